// claude.ai: one stream of server-sent events for each answer; the conversation as a tree.
(() => {
  'use strict';
  const { vigil } = globalThis;
  const COMPLETION = /\/chat_conversations\/([^/]+)\/(retry_)?completion$/;
  const CONVERSATION = /\/chat_conversations\/([^/]+)$/;

  /** @param {any[]} content @param {string} type @param {string} field */
  const joined = (content, type, field) =>
    content
      .filter((block) => block?.type === type)
      .map((block) => vigil.text(block[field]) ?? '')
      .join('\n\n');

  /** @param {any} message @param {string} conversation @returns {Turn | undefined} */
  function kept(message, conversation) {
    const role = message?.sender === 'human' ? 'user' : 'assistant';
    const content = Array.isArray(message?.content) ? message.content : [];
    const text = joined(content, 'text', 'text') || vigil.text(message?.text);
    if (!vigil.text(message?.uuid) || !text) return undefined;
    return {
      conversation,
      id: message.uuid,
      parent: vigil.text(message.parent_message_uuid),
      role,
      text,
      status: 'done',
      attachments: vigil.names([...(message.attachments ?? []), ...(message.files ?? [])], 'file_name', 'name'),
    };
  }

  /** @param {Exchange} exchange @param {string} conversation @param {boolean} again */
  function answered(exchange, conversation, again) {
    const asked = vigil.json(exchange.body ?? '') ?? {};
    let unknown = 0;
    /** @type {any} */
    let message;
    /** @type {Map<number, any>} */
    const blocks = new Map();
    let stopped = true;
    let legacy = '';
    for (const { data } of vigil.events(exchange.text)) {
      const event = vigil.json(data);
      switch (event?.type) {
        case 'message_start':
          message = event.message;
          break;
        case 'content_block_start':
          blocks.set(event.index, { ...event.content_block });
          break;
        case 'content_block_delta': {
          const block = blocks.get(event.index);
          const { delta } = event;
          if (block === undefined) unknown += 1;
          else if (delta?.type === 'text_delta') block.text = `${block.text ?? ''}${delta.text}`;
          else if (delta?.type === 'thinking_delta') block.thinking = `${block.thinking ?? ''}${delta.thinking}`;
          else if (delta?.type === 'input_json_delta') block.json = `${block.json ?? ''}${delta.partial_json}`;
          else if (delta?.type === 'citation_start_delta') (block.urls ??= []).push(delta.citation?.url);
          break;
        }
        case 'message_stop':
          stopped = false;
          break;
        case 'completion':
          legacy += event.completion ?? '';
          message ??= { uuid: event.uuid ?? event.log_id, model: event.model };
          if (event.stop_reason) stopped = false;
          break;
        case 'content_block_stop':
        case 'message_delta':
        case 'message_limit':
        case 'ping':
          break;
        default:
          unknown += 1;
      }
    }
    const id = vigil.text(message?.uuid) ?? vigil.text(message?.id);
    /** @type {Turn[]} */
    const turns = [];
    const prompt = vigil.text(asked.prompt);
    const parent = vigil.text(message?.parent_uuid) ?? vigil.text(asked.turn_message_uuids?.human_message_uuid);
    const model = vigil.text(message?.model) || vigil.text(asked.model);
    if (prompt !== undefined && !again) {
      turns.push({
        conversation,
        id: parent ?? `${id}:asked`,
        parent: vigil.text(asked.parent_message_uuid),
        role: 'user',
        text: prompt,
        status: 'done',
        how: 'new',
        attachments: vigil.names([...(asked.attachments ?? []), ...(asked.files ?? [])], 'file_name', 'name'),
      });
    }
    if (id !== undefined) {
      const content = [...blocks.values()];
      turns.push({
        conversation,
        id,
        parent,
        role: 'assistant',
        text: joined(content, 'text', 'text') || legacy,
        thinking: vigil.text(joined(content, 'thinking', 'thinking')),
        model,
        status: stopped ? 'stopped' : 'done',
        how: again ? 'regenerate' : 'new',
        tools: content.filter((block) => block?.type === 'tool_use').map((block) => ({ name: `${block.name}`, input: block.json })),
        citations: content.flatMap((block) => block?.urls ?? []).filter((url) => typeof url === 'string'),
      });
    }
    return { turns, unknown };
  }

  vigil.sites.push({
    name: 'claude.ai',
    hosts: ['claude.ai'],
    parse(exchange) {
      const { pathname } = new URL(exchange.url);
      const [, conversation, again] = COMPLETION.exec(pathname) ?? [];
      if (conversation !== undefined && exchange.method === 'POST') {
        const asked = vigil.json(exchange.body ?? '');
        if (asked?.create_conversation_params?.is_temporary === true) return { turns: [], temporary: true, conversation };
        return answered(exchange, conversation, again !== undefined);
      }
      const [, listed] = CONVERSATION.exec(pathname) ?? [];
      if (listed === undefined || exchange.method !== 'GET') return undefined;
      const tree = vigil.json(exchange.text);
      if (!Array.isArray(tree?.chat_messages)) return { turns: [], unknown: 1 };
      if (tree.is_temporary === true) return { turns: [], temporary: true, conversation: listed };
      const turns = tree.chat_messages.map((/** @type {any} */ message) => kept(message, listed)).filter((/** @type {Turn | undefined} */ turn) => turn !== undefined);
      return { turns, history: true };
    },
    conversation: (url) => /^\/chat\/([0-9a-f-]{36})/.exec(url.pathname)?.[1],
    temporary: (document, url) => url.searchParams.has('incognito'),
    page: {
      turns: [
        {
          all: '[data-testid="user-message"], .font-claude-response, .font-claude-message',
          role: (element) => (element.matches('[data-testid="user-message"]') ? 'user' : 'assistant'),
        },
        {
          all: '[data-test-render-count] [data-is-streaming], [data-test-render-count] [data-message-author]',
          role: (element) => (element.hasAttribute('data-is-streaming') ? 'assistant' : 'user'),
        },
      ],
    },
  });
})();
