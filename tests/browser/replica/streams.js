// How each site tells an answer: synthetic, in the forms that the sites' pages speak. Nothing here was
// recorded from anybody.

import { randomUUID } from 'node:crypto';

/** A text in pieces, as a model writes it. @param {string} text */
export const pieces = (text) => text.match(/\S+\s*|\s+/g) ?? [];

/** @param {unknown} data @param {string} [event] */
export const sse = (data, event) =>
  `${event === undefined ? '' : `event: ${event}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

/**
 * One answer on its way: its parts in order, and what is kept of it.
 * @typedef {object} Answer
 * @property {string[]} parts
 * @property {{ conversation: string, asked: string, id: string, prompt: string, text: string, model: string }} kept
 */

/** @typedef {{ body: any, url: URL, text: string, model: string }} Asked */

/** @type {Record<string, (asked: Asked) => Answer>} */
export const answers = {
  'claude.ai': ({ body, url, text, model }) => {
    const conversation = /chat_conversations\/([^/]+)/.exec(url.pathname)?.[1] ?? '';
    const asked = body.turn_message_uuids?.human_message_uuid ?? randomUUID();
    const id = randomUUID();
    const parts = [
      sse({ type: 'message_start', message: { id: `chatcompl_${id}`, type: 'message', role: 'assistant', model, parent_uuid: asked, uuid: id, content: [], stop_reason: null } }, 'message_start'),
      sse({ type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } }, 'content_block_start'),
      sse({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'A small thought.' } }, 'content_block_delta'),
      sse({ type: 'content_block_stop', index: 0 }, 'content_block_stop'),
      sse({ type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } }, 'content_block_start'),
      ...pieces(text).map((piece) => sse({ type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: piece } }, 'content_block_delta')),
      sse({ type: 'content_block_stop', index: 1 }, 'content_block_stop'),
      sse({ type: 'message_delta', delta: { stop_reason: 'end_turn' } }, 'message_delta'),
      sse({ type: 'message_stop' }, 'message_stop'),
    ];
    return { parts, kept: { conversation, asked, id, prompt: body.prompt ?? '', text, model } };
  },
  'chatgpt.com': ({ body, text, model }) => {
    const conversation = body.conversation_id ?? randomUUID();
    const sent = body.messages?.[0];
    const asked = sent?.id ?? body.parent_message_id;
    const id = randomUUID();
    const message = (/** @type {any} */ over) => ({ id, author: { role: 'assistant', name: null, metadata: {} }, recipient: 'all', channel: 'final', metadata: { model_slug: model, parent_id: asked }, ...over });
    const parts = [
      sse('"v1"', 'delta_encoding'),
      ...(sent === undefined ? [] : [sse({ type: 'input_message', input_message: sent, conversation_id: conversation })]),
      sse({ p: '', o: 'add', v: { message: message({ content: { content_type: 'text', parts: [''] }, status: 'in_progress' }), conversation_id: conversation, error: null }, c: 1 }, 'delta'),
      ...pieces(text).map((piece, i) => sse(i === 0 ? { p: '/message/content/parts/0', o: 'append', v: piece } : { v: piece }, 'delta')),
      sse({ p: '', o: 'patch', v: [{ p: '/message/status', o: 'replace', v: 'finished_successfully' }, { p: '/message/end_turn', o: 'replace', v: true }] }, 'delta'),
      sse({ type: 'message_stream_complete', conversation_id: conversation }),
      sse('[DONE]'),
    ];
    return { parts, kept: { conversation, asked, id, prompt: sent?.content?.parts?.[0] ?? '', text, model } };
  },
  'gemini.google.com': ({ body, text, model }) => {
    const inner = JSON.parse(JSON.parse(new URLSearchParams(body).get('f.req') ?? '[]')[1]);
    const [[prompt], , ids] = inner;
    const bare = (ids?.[0] ?? '').replace(/^c_/, '') || randomUUID().replaceAll('-', '').slice(0, 16);
    const asked = `r_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
    const id = `rc_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
    const frame = (/** @type {unknown} */ payload) => {
      const line = JSON.stringify([['wrb.fr', null, JSON.stringify(payload)]]);
      return `${line.length}\n${line}\n`;
    };
    const state = (/** @type {string} */ so, /** @type {number} */ how) => {
      const payload = Array(43).fill(null);
      payload[1] = [`c_${bare}`, asked];
      payload[4] = [[id, [so], null, null, null, null, null, null, [how]]];
      payload[42] = model;
      return frame(payload);
    };
    let so = '';
    const grown = pieces(text).map((piece) => state((so += piece), 1));
    const end = JSON.stringify([['e', 4, null, null, 131]]);
    const parts = [`)]}'\n\n`, frame([null, [`c_${bare}`, asked]]), ...grown, state(text, 2), `${end.length}\n${end}\n`];
    return { parts, kept: { conversation: bare, asked, id, prompt, text, model } };
  },
  'www.perplexity.ai': ({ body, text, model }) => {
    const conversation = body.params.context_uuid ?? body.params.frontend_context_uuid ?? randomUUID();
    const id = randomUUID();
    const base = { backend_uuid: id, context_uuid: conversation, uuid: id, query_str: body.query_str, display_model: model, thread_url_slug: conversation };
    const block = (/** @type {string} */ answer) => [{ intended_usage: 'ask_text', markdown_block: { progress: 'IN_PROGRESS', answer } }];
    let so = '';
    const parts = [
      sse({ ...base, status: 'PENDING', blocks: [] }, 'message'),
      ...pieces(text).map((piece) => sse({ ...base, status: 'PENDING', blocks: block((so += piece)) }, 'message')),
      sse({ ...base, status: 'COMPLETED', final: true, final_sse_message: true, blocks: [...block(text), { intended_usage: 'web_results', web_result_block: { web_results: [{ name: 'One', url: 'https://example.com/one' }] } }] }, 'message'),
      sse({}, 'end_of_stream'),
    ];
    return { parts, kept: { conversation, asked: `${id}:asked`, id, prompt: body.query_str, text, model } };
  },
  'copilot.microsoft.com': ({ body, text, model }) => {
    const conversation = body.conversationId;
    const asked = randomUUID();
    const id = randomUUID();
    const parts = [
      { event: 'received', conversationId: conversation, messageId: asked },
      { event: 'startMessage', conversationId: conversation, messageId: id },
      ...pieces(text).map((piece) => ({ event: 'appendText', messageId: id, partId: '1', text: piece })),
      { event: 'citation', messageId: id, title: 'One', url: 'https://example.com/one' },
      { event: 'partCompleted', messageId: id, partId: '1' },
      { event: 'done', messageId: id },
    ].map((part) => JSON.stringify(part));
    return { parts, kept: { conversation, asked, id, prompt: body.content[0].text, text, model: body.mode ?? model } };
  },
  'chat.deepseek.com': ({ body, text, model }) => {
    const conversation = body.chat_session_id;
    const number = (body.parent_message_id ?? 0) + 1;
    const parts = [
      sse({ request_message_id: number, response_message_id: number + 1 }, 'ready'),
      sse({ v: { response: { message_id: number + 1, parent_id: number, model, role: 'ASSISTANT', status: 'WIP', content: '', thinking_content: null, files: [] } } }),
      ...pieces(text).map((piece, i) => sse(i === 0 ? { p: 'response/content', o: 'APPEND', v: piece } : { v: piece })),
      sse({ p: 'response/status', o: 'SET', v: 'FINISHED' }),
      sse({ click_behavior: 'none' }, 'close'),
    ];
    const name = (/** @type {number} */ n) => `${conversation}:${n}`;
    return { parts, kept: { conversation, asked: name(number), id: name(number + 1), prompt: body.prompt ?? '', text, model } };
  },
};

/** @typedef {Answer['kept'] & { stopped?: boolean }} Kept */

/** What each site lists of a conversation when its page is loaded again. @type {Record<string, (kept: Kept[]) => unknown>} */
export const listings = {
  'claude.ai': (kept) => ({
    uuid: kept[0]?.conversation,
    name: '',
    chat_messages: kept.flatMap(({ asked, id, prompt, text }) => [
      { uuid: asked, sender: 'human', content: [{ type: 'text', text: prompt }], attachments: [], files: [] },
      { uuid: id, parent_message_uuid: asked, sender: 'assistant', content: [{ type: 'text', text }] },
    ]),
  }),
  'chatgpt.com': (kept) => ({
    mapping: Object.fromEntries(
      kept.flatMap(({ asked, id, prompt, text, model }) => [
        [asked, { id: asked, message: { id: asked, author: { role: 'user' }, content: { content_type: 'text', parts: [prompt] }, metadata: {} } }],
        [id, { id, parent: asked, message: { id, author: { role: 'assistant' }, recipient: 'all', content: { content_type: 'text', parts: [text] }, metadata: { model_slug: model } } }],
      ]),
    ),
  }),
  'gemini.google.com': (kept) => {
    const pairs = kept.map(({ conversation, asked, id, prompt, text }) => [[`c_${conversation}`, asked], null, [[prompt]], [[[id, [text]]]]]);
    const line = JSON.stringify([['wrb.fr', 'hNvQHb', JSON.stringify([pairs])]]);
    return `)]}'\n\n${line.length}\n${line}\n`;
  },
  'www.perplexity.ai': (kept) => ({
    entries: kept.map(({ conversation, id, prompt, text, model }) => ({ backend_uuid: id, context_uuid: conversation, query_str: prompt, display_model: model, blocks: [{ intended_usage: 'ask_text', markdown_block: { answer: text } }] })),
  }),
  'copilot.microsoft.com': (kept) => ({
    results: kept.flatMap(({ asked, id, prompt, text }) => [
      { id: asked, author: { type: 'human' }, content: [{ type: 'text', text: prompt }] },
      { id, author: { type: 'ai' }, content: [{ type: 'text', text }] },
    ]),
  }),
  'chat.deepseek.com': (kept) => ({
    data: {
      biz_data: {
        chat_messages: kept.flatMap(({ asked, id, prompt, text }) => {
          const number = (/** @type {string} */ name) => Number(name.split(':')[1]);
          return [
            { message_id: number(asked), role: 'USER', content: prompt },
            { message_id: number(id), parent_id: number(asked), role: 'ASSISTANT', content: text },
          ];
        }),
      },
    },
  }),
};
