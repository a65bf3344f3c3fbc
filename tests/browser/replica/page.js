// The page of a replica, in the page's own words: sends what is typed, shows what comes, and notes all of
// it, so that two runs can be compared. Served as it is; `SITE` and `RENAMED` stand before it.
(() => {
  'use strict';
  const { SITE, RENAMED } = /** @type {any} */ (window);
  /** @type {string[]} */
  const seen = [];
  Object.assign(window, { seen });
  const list = /** @type {HTMLElement} */ (document.querySelector('#list'));
  const box = /** @type {HTMLTextAreaElement} */ (document.querySelector('textarea'));
  const path = (/** @type {string} */ real) => (RENAMED.endpoints ? `/new/place${real.includes('ws') ? '/ws' : ''}?of=${encodeURIComponent(real)}` : real);
  const mem = { conversation: /^\/(?:a\/chat\/s|chats?|c|app|search)\/([^/]+)$/.exec(location.pathname)?.[1] ?? '', parent: undefined, number: 0 };
  /** Where each site's page of a conversation is. @type {Record<string, string>} */
  const home = { 'claude.ai': '/chat/', 'chatgpt.com': '/c/', 'gemini.google.com': '/app/', 'www.perplexity.ai': '/search/', 'copilot.microsoft.com': '/chats/', 'chat.deepseek.com': '/a/chat/s/' };
  const arrive = () => {
    if (mem.conversation !== '' && !location.pathname.endsWith(mem.conversation)) history.replaceState(null, '', `${home[SITE]}${mem.conversation}`);
  };
  const json = { 'content-type': 'application/json' };
  /** @type {AbortController | undefined} */
  let going;
  /** @type {WebSocket | undefined} */
  let socket;

  /** How each site marks a turn. @type {Record<string, (element: HTMLElement, role: string, id: string) => void>} */
  const marks = {
    'claude.ai': (element, role) => (role === 'user' ? element.setAttribute('data-testid', 'user-message') : element.classList.add('font-claude-response')),
    'chatgpt.com': (element, role, id) => {
      element.setAttribute('data-message-author-role', role);
      element.setAttribute('data-message-id', id);
    },
    'gemini.google.com': () => {},
    'www.perplexity.ai': (element, role, id) => (role === 'user' ? element.setAttribute('data-testid', 'user-query') : element.setAttribute('id', `markdown-content-${id}`)),
    'copilot.microsoft.com': (element, role) => element.setAttribute('data-content', role === 'user' ? 'user-message' : 'ai-message'),
    'chat.deepseek.com': (element, role) => {
      element.setAttribute('data-message-id', `${list.childElementCount}`);
      element.setAttribute('data-role', role);
    },
  };

  /** @param {'user' | 'assistant'} role @param {string} text */
  const show = (role, text) => {
    const name = SITE === 'gemini.google.com' && !RENAMED.page ? (role === 'user' ? 'user-query' : 'model-response') : 'div';
    const element = document.createElement(name);
    if (!RENAMED.page) marks[SITE]?.(element, role, `${list.childElementCount}`);
    element.textContent = text;
    element.style.display = 'block';
    list.append(element);
    return element;
  };

  /** What a site's page makes of its stream: here, all the text in it. @param {string} text */
  const shown = (text) =>
    [...text.matchAll(/\\"rc_[0-9a-f]+\\",\[\\"((?:[^"\\]|\\\\.)*)\\"/g)].at(-1)?.[1]?.replaceAll('\\\\n', '\n') ??
    [...text.matchAll(/"(?:text|v|answer|thinking)\\?":\s*\\?"((?:[^"\\]|\\.)*?)\\?"/g)].map(([, words]) => words).join('');

  /** @param {string} prompt @param {string} how */
  const request = (prompt, how) => {
    const again = how === 'regenerate';
    switch (SITE) {
      case 'claude.ai':
        mem.conversation ||= crypto.randomUUID();
        return {
          url: `/api/organizations/0a0a0a0a/chat_conversations/${mem.conversation}/${again ? 'retry_' : ''}completion`,
          body: JSON.stringify({ prompt: again ? '' : prompt, parent_message_uuid: mem.parent, timezone: 'UTC', model: 'claude-test', attachments: [{ file_name: 'notes.txt' }], files: [], rendering_mode: 'messages', ...(how === 'temporary' && { create_conversation_params: { is_temporary: true } }) }),
          headers: json,
        };
      case 'chatgpt.com':
        return {
          url: '/backend-api/f/conversation',
          body: JSON.stringify({ action: again ? 'variant' : 'next', ...(!again && { messages: [{ id: crypto.randomUUID(), author: { role: 'user' }, content: { content_type: 'text', parts: [prompt] }, metadata: { attachments: [{ name: 'notes.txt' }] } }] }), conversation_id: mem.conversation || undefined, parent_message_id: mem.parent ?? 'client-created-root', model: 'auto', history_and_training_disabled: how === 'temporary' }),
          headers: json,
        };
      case 'gemini.google.com':
        return {
          url: '/_/BardChatUi/data/assistant.lamda.BardFrontendService/StreamGenerate?bl=boq&_reqid=1&rt=c',
          body: new URLSearchParams({ 'f.req': JSON.stringify([null, JSON.stringify([[prompt, 0, null, [['blob', 'notes.txt']]], ['en'], [mem.conversation ? `c_${mem.conversation}` : '', '', '']])]), at: 'x' }).toString(),
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        };
      case 'www.perplexity.ai':
        return {
          url: '/rest/sse/perplexity_ask',
          body: JSON.stringify({ query_str: prompt, params: { frontend_context_uuid: mem.conversation || undefined, context_uuid: mem.conversation || undefined, model_preference: 'pplx_pro', query_source: again ? 'retry' : how === 'edit' ? 'edit' : 'home', attachments: ['https://files.test/a/notes.txt?x=1'], is_incognito: how === 'temporary' } }),
          headers: json,
        };
      default:
        mem.conversation ||= crypto.randomUUID();
        return {
          url: `/api/v0/chat/${again ? 'regenerate' : how === 'edit' ? 'edit_message' : 'completion'}`,
          body: JSON.stringify({ chat_session_id: mem.conversation, parent_message_id: mem.number || null, ...(!again && { prompt }), ...(how === 'edit' && { message_id: mem.number - 1 }), ref_file_ids: [], thinking_enabled: false, search_enabled: false }),
          headers: json,
        };
    }
  };

  /** @param {string} text what the site says, to go on from */
  const learn = (text) => {
    mem.conversation ||= /"conversation_id":"([^"]+)"/.exec(text)?.[1] ?? /\\?"c_([0-9a-f]+)/.exec(text)?.[1] ?? /"context_uuid":"([^"]+)"/.exec(text)?.[1] ?? '';
    arrive();
    mem.number = Number(/"response_message_id":(\d+)/.exec(text)?.[1] ?? mem.number);
  };

  /** @param {string} prompt @param {string} how @param {HTMLElement} into */
  const overSocket = async (prompt, how, into) => {
    mem.conversation ||= crypto.randomUUID();
    arrive();
    if (socket === undefined) {
      socket = new WebSocket(path('wss://copilot.microsoft.com/c/api/chat?api-version=2').replace(/^\//, `wss://${location.host}/`));
      seen.push(`${socket.constructor === WebSocket} ${socket instanceof WebSocket} ${socket.readyState}`);
      await new Promise((opened) => socket?.addEventListener('open', opened));
    }
    const over = new Promise((done) => {
      if (socket === undefined) return;
      socket.onmessage = ({ data }) => {
        seen.push(data.replaceAll(/[0-9a-f-]{36}/g, 'ID'));
        const said = JSON.parse(data);
        if (said.event === 'appendText') into.textContent += said.text;
        if (said.event === 'done') done(undefined);
      };
    });
    socket.send(JSON.stringify({ event: 'send', conversationId: mem.conversation, content: [{ type: 'text', text: prompt }], mode: 'chat' }));
    await over;
  };

  /** @param {string} prompt @param {string} how @param {HTMLElement} into */
  const overXhr = (prompt, how, into) =>
    new Promise((done) => {
      const { url, body, headers } = request(prompt, how);
      const asking = new XMLHttpRequest();
      going = /** @type {any} */ ({ abort: () => asking.abort() });
      asking.open('POST', path(url));
      for (const [name, value] of Object.entries(headers)) asking.setRequestHeader(name, value);
      asking.onprogress = () => {
        into.textContent = shown(asking.responseText);
        learn(asking.responseText);
      };
      asking.onloadend = () => {
        seen.push(`${asking.status} ${asking.responseText.replaceAll(/[0-9a-f-]{16,36}/g, 'ID')}`);
        done(undefined);
      };
      asking.send(body);
    });

  /** @param {string} prompt @param {string} how @param {HTMLElement} into */
  const overFetch = async (prompt, how, into) => {
    const { url, body, headers } = request(prompt, how);
    going = new AbortController();
    let text = '';
    try {
      const asked = how === 'request' ? [new Request(path(url), { method: 'POST', headers, body, signal: going.signal })] : [path(url), { method: 'POST', headers, body, signal: going.signal }];
      const answer = await fetch(.../** @type {[any, any]} */ (asked));
      seen.push(`${answer.status} ${answer.type} ${answer.bodyUsed} ${answer.headers.get('content-type')} ${Object.keys(answer)}`);
      const reader = /** @type {ReadableStream<Uint8Array>} */ (answer.body).getReader();
      const decoder = new TextDecoder();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        text += decoder.decode(value, { stream: true });
        into.textContent = shown(text);
        learn(text);
        if (how === 'cancel' && text.length > 600) {
          await reader.cancel();
          break;
        }
      }
    } catch (error) {
      seen.push(`${error}`);
    }
    if (how !== 'stop' && how !== 'cancel') seen.push(text.replaceAll(/[0-9a-f-]{16,36}/g, 'ID'));
  };

  /** @param {string} prompt @param {string} [how] */
  const send = async (prompt, how = 'new') => {
    box.value = '';
    if (how !== 'regenerate') show('user', prompt);
    const into = show('assistant', ' ');
    document.title = 'busy';
    arrive();
    if (SITE === 'copilot.microsoft.com') await overSocket(prompt, how, into);
    else if (SITE === 'gemini.google.com' || SITE === 'chat.deepseek.com') await overXhr(prompt, how, into);
    else await overFetch(prompt, how, into);
    document.title = 'idle';
  };
  Object.assign(window, { send, stop: () => going?.abort() });
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      void send(box.value);
    }
  });

  /** A page that is loaded on a conversation asks for it. */
  const load = async () => {
    if (mem.conversation === '') return;
    /** @type {Record<string, string>} */
    const places = {
      'claude.ai': `/api/organizations/0a0a0a0a/chat_conversations/${mem.conversation}`,
      'chatgpt.com': `/backend-api/conversation/${mem.conversation}`,
      'gemini.google.com': '/_/BardChatUi/data/batchexecute?rpcids=hNvQHb',
      'www.perplexity.ai': `/rest/thread/${mem.conversation}`,
      'copilot.microsoft.com': `/c/api/conversations/${mem.conversation}/history`,
      'chat.deepseek.com': `/api/v0/chat/history_messages?chat_session_id=${mem.conversation}`,
    };
    const isPost = SITE === 'gemini.google.com';
    const answer = await fetch(path(places[SITE] ?? ''), isPost ? { method: 'POST', body: mem.conversation } : {});
    seen.push(`listed ${answer.status} ${(await answer.text()).length}`);
    document.title = 'listed';
  };
  void load();
})();
