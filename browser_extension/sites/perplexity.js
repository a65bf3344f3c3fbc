// perplexity.ai: server-sent events, each the whole state of the answer so far, or only of some blocks.
(() => {
  'use strict';
  const { vigil } = globalThis;
  const ASK = /^\/rest\/sse\/perplexity_ask$/;
  const THREAD = /^\/rest\/thread\/([^/]+)$/;

  /** @param {any} said */
  function answer(said) {
    const blocks = Array.isArray(said?.blocks) ? said.blocks : [];
    const written = blocks.filter((/** @type {any} */ block) => /^ask_text/.test(block?.intended_usage ?? '') && block.markdown_block);
    for (const { markdown_block: block } of written) {
      const text = vigil.text(block.answer) ?? (Array.isArray(block.chunks) ? block.chunks.join('') : undefined);
      if (text) return text;
    }
    // Older answers are steps in JSON in a string, or the answer itself.
    const steps = vigil.json(said?.text ?? '');
    const last = Array.isArray(steps) ? steps.findLast((step) => step?.step_type === 'FINAL') : steps;
    const inner = vigil.json(last?.content?.answer ?? '') ?? last;
    return vigil.text(inner?.answer) ?? (steps === undefined ? vigil.text(said?.text) : undefined);
  }

  /** @param {any} said */
  const citations = (said) => {
    const blocks = Array.isArray(said?.blocks) ? said.blocks : [];
    const listed = blocks.flatMap((/** @type {any} */ block) => block?.web_result_block?.web_results ?? block?.sources_mode_block?.web_results ?? []);
    return vigil.names(listed, 'url');
  };

  /** @param {any} said @param {'done' | 'stopped'} status @param {Partial<Turn>} asked @returns {Turn[]} */
  function turns(said, status, asked) {
    const conversation = vigil.text(said.context_uuid) ?? vigil.text(said.thread_url_slug);
    const id = vigil.text(said.backend_uuid) ?? vigil.text(said.uuid);
    if (conversation === undefined || id === undefined) return [];
    const prompt = vigil.text(asked.text) ?? vigil.text(said.query_str);
    const text = answer(said);
    /** @type {Turn[]} */
    const made = [];
    if (prompt !== undefined && asked.how !== 'regenerate') {
      made.push({ ...asked, conversation, id: `${id}:asked`, role: 'user', text: prompt, status: 'done' });
    }
    if (text !== undefined) {
      made.push({
        conversation,
        id,
        parent: `${id}:asked`,
        role: 'assistant',
        text,
        model: vigil.text(said.display_model) ?? asked.model,
        status,
        how: asked.how,
        citations: citations(said),
      });
    }
    return made;
  }

  vigil.sites.push({
    name: 'perplexity.ai',
    hosts: ['perplexity.ai', 'www.perplexity.ai'],
    parse(exchange) {
      const { pathname } = new URL(exchange.url);
      if (ASK.test(pathname)) {
        const asked = vigil.json(exchange.body ?? '') ?? {};
        if (asked.params?.is_incognito === true) {
          const named = /"context_uuid":\s*"([^"]+)"/.exec(exchange.text)?.[1];
          return { turns: [], temporary: true, conversation: named ?? vigil.text(asked.params.context_uuid) };
        }
        /** @type {any} */
        let state;
        let unknown = 0;
        for (const { event, data } of vigil.events(exchange.text)) {
          if (event === 'end_of_stream' || data === '{}') continue;
          const said = vigil.json(data);
          if (said === null || typeof said !== 'object') {
            unknown += 1;
            continue;
          }
          const blocks = Array.isArray(said.blocks) ? said.blocks : [];
          const named = new Map([...(state?.blocks ?? []), ...blocks].map((block) => [block?.intended_usage, block]));
          state = { ...state, ...said, blocks: [...named.values()] };
        }
        if (state === undefined) return { turns: [], unknown: unknown + 1 };
        const over = state.final === true || state.final_sse_message === true || state.status === 'COMPLETED';
        const how = asked.params?.query_source === 'retry' ? 'regenerate' : asked.params?.query_source === 'edit' ? 'edit' : 'new';
        const made = turns(state, over ? 'done' : 'stopped', {
          text: vigil.text(asked.query_str),
          model: vigil.text(asked.params?.model_preference),
          parent: vigil.text(asked.params?.last_backend_uuid),
          how,
          attachments: Array.isArray(asked.params?.attachments)
            ? asked.params.attachments.filter((/** @type {any} */ url) => typeof url === 'string').map((/** @type {string} */ url) => url.split('/').pop()?.split('?')[0] ?? url)
            : [],
        });
        return { turns: made, unknown };
      }
      const [, listed] = THREAD.exec(pathname) ?? [];
      if (listed === undefined || exchange.method !== 'GET') return undefined;
      const entries = vigil.json(exchange.text)?.entries;
      if (!Array.isArray(entries)) return { turns: [], unknown: 1 };
      return { turns: entries.flatMap((entry) => turns(entry, 'done', {})), history: true, conversation: listed };
    },
    conversation: (url) => /^\/search\/([^/?]+)/.exec(url.pathname)?.[1],
    page: {
      turns: [
        {
          all: '[data-testid="user-query"], [id^="markdown-content"]',
          role: (element) => (element.hasAttribute('data-testid') ? 'user' : 'assistant'),
        },
        {
          all: 'h1[class*="query"], .prose',
          role: (element) => (element.localName === 'h1' ? 'user' : 'assistant'),
        },
      ],
    },
  });
})();
