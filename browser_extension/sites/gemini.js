// gemini.google.com: arrays in arrays, by place instead of by name, sent over and over as they grow.
(() => {
  'use strict';
  const { vigil } = globalThis;
  const ANSWER = /\/assistant\.lamda\.BardFrontendService\/StreamGenerate$/;
  const BATCH = /\/batchexecute$/;
  /** The call that lists what was said in a conversation. */
  const LISTING = 'hNvQHb';

  /** The arrays within the frames of an answer. @param {string} text @param {string} [call] */
  const payloads = (text, call) =>
    vigil
      .frames(text)
      .filter((/** @type {any[]} */ frame) => frame[0] === 'wrb.fr' && (call === undefined || frame[1] === call))
      .map((/** @type {any[]} */ frame) => vigil.json(frame[2] ?? ''))
      .filter(Array.isArray);

  /** The form's fields, from a query or from JSON. @param {string} body @returns {any[] | undefined} */
  function asked(body) {
    const form = body.startsWith('{') ? vigil.json(body)?.['f.req'] : new URLSearchParams(body).get('f.req');
    const outer = vigil.json(form ?? '');
    const inner = vigil.json(outer?.[1] ?? '');
    return Array.isArray(inner) ? inner : undefined;
  }

  /** A page that is in an account's second place has `/u/1` before its path. @param {any} id */
  const plain = (id) => vigil.text(id)?.replace(/^c_/, '');

  vigil.sites.push({
    name: 'gemini.google.com',
    hosts: ['gemini.google.com'],
    parse(exchange) {
      const { pathname } = new URL(exchange.url);
      if (BATCH.test(pathname)) {
        const turns = [];
        for (const payload of payloads(exchange.text, LISTING)) {
          for (const pair of Array.isArray(payload[0]) ? payload[0] : []) {
            const conversation = plain(pair?.[0]?.[0]);
            const request = vigil.text(pair?.[0]?.[1]);
            const prompt = vigil.text(pair?.[2]?.[0]?.[0]);
            const candidate = pair?.[3]?.[0]?.[0];
            if (conversation === undefined || request === undefined) continue;
            if (prompt !== undefined) {
              turns.push({ conversation, id: request, role: /** @type {const} */ ('user'), text: prompt, status: /** @type {const} */ ('done') });
            }
            if (vigil.text(candidate?.[0]) && vigil.text(candidate?.[1]?.[0])) {
              turns.push({
                conversation,
                id: candidate[0],
                parent: request,
                role: /** @type {const} */ ('assistant'),
                text: candidate[1][0],
                status: /** @type {const} */ ('done'),
              });
            }
          }
        }
        return turns.length > 0 ? { turns, history: true } : undefined;
      }
      if (!ANSWER.test(pathname)) return undefined;
      const request = asked(exchange.body ?? '');
      const prompt = vigil.text(request?.[0]?.[0]);
      let conversation = plain(request?.[2]?.[0]);
      let asking = '';
      let candidate;
      let model;
      let finished = false;
      for (const payload of payloads(exchange.text)) {
        conversation = plain(payload[1]?.[0]) ?? conversation;
        asking = vigil.text(payload[1]?.[1]) ?? asking;
        const first = payload[4]?.[0];
        if (vigil.text(first?.[0])) candidate = first;
        model = vigil.text(payload[42]) ?? model;
        // Of a whole answer the state is 2; the end of the stream says it too.
        if (first?.[8]?.[0] === 2) finished = true;
      }
      const ended = vigil.frames(exchange.text).some((/** @type {any[]} */ frame) => frame[0] === 'e');
      if (conversation === undefined || asking === '') return { turns: [], unknown: 1 };
      /** @type {Turn[]} */
      const turns = [];
      if (prompt !== undefined) {
        const files = Array.isArray(request?.[0]?.[3]) ? request[0][3] : [];
        turns.push({
          conversation,
          id: asking,
          role: 'user',
          text: prompt,
          status: 'done',
          how: 'new',
          attachments: files.map((/** @type {any} */ file) => vigil.text(file?.[1])).filter((/** @type {any} */ name) => name !== undefined),
        });
      }
      if (candidate !== undefined) {
        turns.push({
          conversation,
          id: candidate[0],
          parent: asking,
          role: 'assistant',
          text: vigil.text(candidate[1]?.[0]) ?? '',
          thinking: vigil.text(candidate[37]?.[0]?.[0]),
          model,
          status: (finished || ended) && exchange.how === 'done' ? 'done' : 'stopped',
          how: 'new',
        });
      }
      return { turns };
    },
    conversation: (url) => /\/app\/([0-9a-f]+)/.exec(url.pathname)?.[1],
    page: {
      turns: [
        {
          all: 'user-query, model-response',
          role: (element) => (element.localName === 'user-query' ? 'user' : 'assistant'),
          text: '.query-text, .markdown, message-content',
        },
        {
          all: '[data-test-id="user-query"], [data-test-id="model-response"]',
          role: (element) => (element.getAttribute('data-test-id') === 'user-query' ? 'user' : 'assistant'),
        },
      ],
    },
  });
})();
