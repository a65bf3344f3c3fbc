// chatgpt.com: server-sent events, either whole messages or, since 2025, patches of one; a message may
// be followed by others of tools and of the assistant in the same stream.
(() => {
  'use strict';
  const { vigil } = globalThis;
  const ANSWER = /^\/backend-(api|anon)\/(f\/)?conversation(\/resume)?$/;
  const CONVERSATION = /^\/backend-(api|anon)\/(f\/)?conversation\/([0-9a-f-]{36})$/;

  /** @param {any} message */
  const textOf = (message) => {
    const parts = message?.content?.parts;
    if (!Array.isArray(parts)) return vigil.text(message?.content?.text) ?? '';
    return parts.map((part) => (typeof part === 'string' ? part : (vigil.text(part?.text) ?? ''))).join('');
  };

  /** @param {any} message @param {string} conversation @param {Partial<Turn>} more */
  function turn(message, conversation, more) {
    const role = message?.author?.role;
    const type = message?.content?.content_type;
    if (role !== 'user' && role !== 'assistant') return undefined;
    if (message.metadata?.is_visually_hidden_from_conversation === true) return undefined;
    if (type !== undefined && type !== 'text' && type !== 'multimodal_text') return undefined;
    if (role === 'assistant' && message.recipient !== undefined && message.recipient !== 'all') return undefined;
    const text = textOf(message);
    if (!vigil.text(message.id) || text === '') return undefined;
    const references = message.metadata?.content_references ?? message.metadata?.citations?.map((/** @type {any} */ one) => one?.metadata);
    return {
      conversation,
      id: message.id,
      parent: vigil.text(message.metadata?.parent_id),
      role,
      text,
      model: role === 'assistant' ? vigil.text(message.metadata?.model_slug) : undefined,
      status: /** @type {const} */ ('done'),
      attachments: vigil.names(message.metadata?.attachments, 'name'),
      citations: vigil.names(references, 'url'),
      ...more,
    };
  }

  /** Applies one patch. What it does not name, it has from the one before. @param {any} root @param {any} patch @param {any} before */
  function apply(root, patch, before) {
    const { p, o, v } = { ...before, ...patch };
    if (o === 'patch' && Array.isArray(v)) {
      let inner = { p: '', o: 'add' };
      for (const one of v) inner = apply(root, one, inner);
      return { p, o };
    }
    if (p === '' || p === undefined) {
      if (v !== null && typeof v === 'object') Object.assign(root, v);
      return { p, o };
    }
    const place = vigil.place(root, p);
    if (place === undefined) return { p, o };
    if (o === 'append') {
      const old = place.of[place.key];
      if (Array.isArray(old) && Array.isArray(v)) old.push(...v);
      else place.of[place.key] = `${old ?? ''}${v}`;
    } else if (o === 'remove') delete place.of[place.key];
    else place.of[place.key] = v;
    return { p, o };
  }

  /** The messages of a stream, each in its last state. @param {string} text */
  function messages(text) {
    /** @type {Map<string, any>} */
    const seen = new Map();
    /** @type {string | undefined} */
    let conversation;
    let complete = false;
    let unknown = 0;
    /** @type {any} */
    let root;
    let before = { p: '', o: 'add' };
    const note = () => {
      if (root?.message?.id) seen.set(root.message.id, root.message);
      conversation = vigil.text(root?.conversation_id) ?? conversation;
    };
    for (const { event, data } of vigil.events(text)) {
      if (data === '[DONE]') {
        complete = true;
        continue;
      }
      const said = vigil.json(data);
      if (event === 'delta' || (said !== null && typeof said === 'object' && 'v' in said && !('message' in said))) {
        const starts = said?.v !== null && typeof said?.v === 'object' && 'message' in said.v;
        if (starts) root = {};
        root ??= {};
        before = apply(root, said, starts ? { p: '', o: 'add' } : before);
        note();
      } else if (said?.message) {
        root = said;
        note();
      } else if (vigil.text(said?.type)) {
        if (said.type === 'message_stream_complete') complete = true;
        conversation = vigil.text(said.conversation_id) ?? conversation;
        // The message that was sent comes back with what the site made of it.
        if (said.input_message?.id) seen.set(said.input_message.id, said.input_message);
      } else if (event !== 'delta_encoding') unknown += 1;
    }
    return { messages: [...seen.values()], conversation, complete, unknown };
  }

  vigil.sites.push({
    name: 'chatgpt.com',
    hosts: ['chatgpt.com'],
    parse(exchange) {
      const { pathname } = new URL(exchange.url);
      if (exchange.method === 'POST' && ANSWER.test(pathname)) {
        const asked = vigil.json(exchange.body ?? '') ?? {};
        const stream = messages(exchange.text);
        const conversation = stream.conversation ?? vigil.text(asked.conversation_id);
        if (asked.history_and_training_disabled === true) return { turns: [], temporary: true, conversation };
        if (conversation === undefined) return { turns: [], unknown: 1 };
        const again = asked.action === 'variant';
        const sent = again ? [] : (asked.messages ?? []);
        /** @type {Map<string, any>} */
        const turns = new Map();
        for (const message of sent) {
          const one = turn(message, conversation, { parent: vigil.text(asked.parent_message_id), how: 'new' });
          if (one !== undefined) turns.set(one.id, one);
        }
        for (const message of stream.messages) {
          const over = stream.complete || message.status === 'finished_successfully';
          const one = turn(message, conversation, {
            status: over ? 'done' : 'stopped',
            how: again ? 'regenerate' : 'new',
            ...(message.author?.role === 'assistant' && { model: vigil.text(message.metadata?.model_slug) ?? vigil.text(asked.model) }),
          });
          if (one !== undefined && !(one.role === 'user' && (again || turns.has(one.id)))) turns.set(one.id, one);
        }
        const tools = stream.messages
          .filter((message) => message.author?.role === 'assistant' && message.recipient && message.recipient !== 'all')
          .map((message) => ({ name: `${message.recipient}`, input: textOf(message) }));
        const last = [...turns.values()].findLast((one) => one.role === 'assistant');
        if (last !== undefined && tools.length > 0) last.tools = tools;
        return { turns: [...turns.values()], unknown: stream.unknown };
      }
      const listed = CONVERSATION.exec(pathname)?.[3];
      if (listed === undefined || exchange.method !== 'GET') return undefined;
      const tree = vigil.json(exchange.text);
      if (tree?.mapping === null || typeof tree?.mapping !== 'object') return { turns: [], unknown: 1 };
      const turns = Object.values(tree.mapping)
        .map((node) => turn(node?.message, listed, { parent: vigil.text(node?.parent) }))
        .filter((one) => one !== undefined);
      return { turns, history: true };
    },
    conversation: (url) => /\/c\/([0-9a-f-]{36})/.exec(url.pathname)?.[1],
    temporary: (document, url) => url.searchParams.get('temporary-chat') === 'true',
    page: {
      turns: [
        {
          all: '[data-message-author-role][data-message-id]',
          role: (element) => {
            const role = element.getAttribute('data-message-author-role');
            return role === 'user' || role === 'assistant' ? role : undefined;
          },
          id: (element) => element.getAttribute('data-message-id') ?? undefined,
        },
        {
          all: '[data-turn-id][data-turn]',
          role: (element) => (element.getAttribute('data-turn') === 'user' ? 'user' : 'assistant'),
        },
      ],
    },
  });
})();
