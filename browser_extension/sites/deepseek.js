// chat.deepseek.com: server-sent events whose data are patches of one answer; what a patch does not
// name, it has from the one before.
(() => {
  'use strict';
  const { vigil } = globalThis;
  const ANSWER = /^\/api\/v0\/chat\/(completion|regenerate|edit_message|resume_stream)$/;
  const HISTORY = /^\/api\/v0\/chat\/history_messages$/;

  /** @param {any} response @param {string} type */
  const fragments = (response, type) =>
    (Array.isArray(response?.fragments) ? response.fragments : [])
      .filter((/** @type {any} */ one) => one?.type === type)
      .map((/** @type {any} */ one) => vigil.text(one.content) ?? '')
      .join('');

  /** @param {any} root @param {any} patch @param {any} before */
  function apply(root, patch, before) {
    const { p, o, v } = { ...before, ...patch };
    if (o === 'BATCH' && Array.isArray(v)) {
      let inner = { p: '', o: 'SET' };
      for (const one of v) inner = apply(p === '' ? root : (vigil.place(root, `${p}/.`)?.of ?? root), one, inner);
      return { p, o };
    }
    if (p === '' || p === undefined) {
      if (v !== null && typeof v === 'object') Object.assign(root, v);
      return { p: '', o };
    }
    const place = vigil.place(root, p);
    if (place === undefined) return { p, o };
    if (o === 'APPEND') {
      const old = place.of[place.key];
      if (Array.isArray(old)) old.push(...(Array.isArray(v) ? v : [v]));
      else place.of[place.key] = `${old ?? ''}${v}`;
    } else place.of[place.key] = v;
    // A text that follows without a place goes on where the last one stood.
    return { p, o: o === 'SET' && typeof v === 'string' ? 'APPEND' : o };
  }

  /** Ids of messages are small numbers: each conversation counts its own. @param {string} conversation @param {unknown} id */
  const whole = (conversation, id) => (id === undefined || id === null ? undefined : `${conversation}:${id}`);

  vigil.sites.push({
    name: 'chat.deepseek.com',
    hosts: ['chat.deepseek.com'],
    parse(exchange) {
      const url = new URL(exchange.url);
      if (HISTORY.test(url.pathname)) {
        const conversation = url.searchParams.get('chat_session_id') ?? '';
        const messages = vigil.json(exchange.text)?.data?.biz_data?.chat_messages;
        if (!Array.isArray(messages) || conversation === '') return { turns: [], unknown: 1 };
        const turns = messages.flatMap((message) => {
          const text = vigil.text(message?.content) ?? fragments(message, message?.role === 'USER' ? 'REQUEST' : 'RESPONSE');
          const id = whole(conversation, message?.message_id);
          if (id === undefined || !text) return [];
          const role = message.role === 'USER' ? /** @type {const} */ ('user') : /** @type {const} */ ('assistant');
          return [{ conversation, id, parent: whole(conversation, message.parent_id), role, text, status: /** @type {const} */ ('done') }];
        });
        return { turns, history: true };
      }
      const [, call] = ANSWER.exec(url.pathname) ?? [];
      if (call === undefined) return undefined;
      const asked = vigil.json(exchange.body ?? '') ?? {};
      const conversation = vigil.text(asked.chat_session_id);
      if (conversation === undefined) return { turns: [], unknown: 1 };
      /** @type {any} */
      const root = {};
      let before = { p: '', o: 'SET' };
      /** @type {any} */
      let ready = {};
      let closed = false;
      let unknown = 0;
      for (const { event, data } of vigil.events(exchange.text)) {
        const said = vigil.json(data);
        if (event === 'ready') ready = said ?? {};
        else if (event === 'close' || event === 'finish') closed = true;
        else if (event === 'title' || event === 'update_session' || event === 'hint') continue;
        else if (said !== null && typeof said === 'object' && 'v' in said) before = apply(root, said, before);
        else unknown += 1;
      }
      const { response } = root;
      const id = whole(conversation, ready.response_message_id ?? response?.message_id);
      const parent = whole(conversation, ready.request_message_id ?? response?.parent_id);
      /** @type {Turn[]} */
      const turns = [];
      const prompt = vigil.text(asked.prompt);
      const again = call === 'regenerate';
      if (prompt !== undefined && !again && call !== 'resume_stream' && parent !== undefined) {
        turns.push({
          conversation,
          id: parent,
          parent: whole(conversation, asked.parent_message_id),
          role: 'user',
          text: prompt,
          status: 'done',
          how: call === 'edit_message' ? 'edit' : 'new',
          attachments: vigil.names(response?.files, 'file_name'),
        });
      }
      const text = vigil.text(response?.content) ?? fragments(response, 'RESPONSE');
      if (id !== undefined && text !== undefined && response !== undefined) {
        const finished = response.status === 'FINISHED' || (closed && response.status !== 'INCOMPLETE');
        turns.push({
          conversation,
          id,
          parent,
          role: 'assistant',
          text,
          thinking: vigil.text(response.thinking_content) ?? vigil.text(fragments(response, 'THINK')),
          model: vigil.text(response.model) ?? vigil.text(asked.model_type),
          status: finished && exchange.how === 'done' ? 'done' : 'stopped',
          how: again ? 'regenerate' : 'new',
          citations: vigil.names(response.search_results, 'url'),
        });
      }
      return { turns, unknown };
    },
    conversation: (url) => /\/a\/chat\/s\/([0-9a-f-]{36})/.exec(url.pathname)?.[1],
    page: {
      turns: [
        {
          all: '[data-message-id][data-role]',
          role: (element) => (element.getAttribute('data-role') === 'user' ? 'user' : 'assistant'),
        },
        {
          all: '.ds-message',
          role: (element) => (element.querySelector('.ds-markdown') === null ? 'user' : 'assistant'),
        },
      ],
    },
  });
})();
