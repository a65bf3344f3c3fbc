// The background: takes turns from the bridges, keeps them until Vigil has them, and asks Vigil about
// pasted text. It talks to Vigil's program on this machine and to nobody else.
(() => {
  'use strict';
  const api = globalThis.browser ?? globalThis.chrome;

  /** The name of the native host, as its manifest has it. */
  const HOST = 'dev.vigil.browser';
  /** What waits while Vigil is away: turns, and characters of them, in memory alone. */
  const WAITING = { turns: 500, characters: 4 * 1024 * 1024 };
  /** How long what was cut by leaving the page waits for the page to list it whole, in milliseconds. */
  const CUT = 30_000;
  /** Pauses between tries to reach Vigil, in milliseconds. */
  const PAUSES = [1000, 5000, 15_000, 60_000];

  const SITES = {
    'claude.ai': 'claude.ai',
    'chatgpt.com': 'chatgpt.com',
    'gemini.google.com': 'gemini.google.com',
    'perplexity.ai': 'perplexity.ai',
    'www.perplexity.ai': 'perplexity.ai',
    'copilot.microsoft.com': 'copilot.microsoft.com',
    'chat.deepseek.com': 'chat.deepseek.com',
  };

  /** @type {Kept} */
  const state = { waiting: [], next: 1, dropped: 0, cut: [], health: {}, connected: 'no', findings: [] };

  /** The state outlives the worker's sleep, not the browser: it is never on disk. */
  const restored = (async () => {
    const { kept } = await api.storage.session.get('kept');
    if (kept !== undefined) Object.assign(state, kept, { connected: 'no' });
  })();
  let keeping = 0;
  const keep = () => {
    if (keeping !== 0) return;
    keeping = Number(setTimeout(() => {
      keeping = 0;
      void api.storage.session.set({ kept: state });
    }, 200));
  };

  // --- The way to Vigil.

  /** @type {any} */
  let port;
  let tries = 0;
  let retry = 0;

  const connect = () => {
    if (port !== undefined) return;
    try {
      port = api.runtime.connectNative(HOST);
    } catch {
      lost('no native messaging');
      return;
    }
    port.onMessage.addListener(hear);
    port.onDisconnect.addListener((/** @type {any} */ gone) => {
      lost(`${api.runtime.lastError?.message ?? gone?.error?.message ?? 'ended'}`);
    });
    port.postMessage({ kind: 'hello', version: api.runtime.getManifest().version });
    for (const one of state.waiting) port.postMessage({ n: one.n, ...one.said });
  };
  /** @param {string} why */
  const lost = (why) => {
    port = undefined;
    state.connected = 'no';
    state.why = why.slice(0, 200);
    keep();
    clearTimeout(retry);
    const pause = PAUSES[Math.min(tries, PAUSES.length - 1)];
    tries += 1;
    if (state.waiting.length > 0) {
      retry = Number(setTimeout(connect, pause));
    }
  };

  /** @param {any} said what Vigil says */
  const hear = (said) => {
    if (said?.kind === 'hello') {
      tries = 0;
      state.connected = 'native';
      state.dashboard = typeof said.dashboard === 'string' ? said.dashboard : undefined;
    } else if (said?.kind === 'taken') {
      const { last } = state;
      if (last !== undefined && last.n === said.n && /^[0-9a-f-]{16,64}$/.test(said.session ?? '')) last.session = said.session;
      taken(said.n);
    } else if (said?.kind === 'refused') {
      state.why = `${said.why}`.slice(0, 200);
      taken(said.n);
      state.dropped += 1;
    } else if (said?.kind === 'paste' && said.findings > 0) warn(said);
    keep();
  };
  /** @param {number} n */
  const taken = (n) => {
    state.waiting = state.waiting.filter((one) => one.n !== n);
  };

  /** @param {any} said */
  const put = (said) => {
    const size = JSON.stringify(said).length;
    const one = { n: state.next, said, size };
    state.next += 1;
    state.waiting.push(one);
    let characters = state.waiting.reduce((sum, { size: each }) => sum + each, 0);
    while (state.waiting.length > WAITING.turns || characters > WAITING.characters) {
      characters -= state.waiting.shift()?.size ?? 0;
      state.dropped += 1;
    }
    keep();
    if (port === undefined) connect();
    else port.postMessage({ n: one.n, ...said });
  };

  // --- A pasted secret: a mark on the extension's own button, which no page sees.

  /** @param {any} said */
  const warn = (said) => {
    const types = Array.isArray(said.types) ? said.types.slice(0, 5).map((/** @type {unknown} */ type) => `${type}`.slice(0, 60)) : [];
    state.findings = [...state.findings, { at: Date.now(), site: said.site, types }].slice(-10);
    void api.action.setBadgeBackgroundColor({ color: '#b42318' });
    void api.action.setBadgeText({ text: '!' });
    void api.action.setTitle({ title: `Vigil: what was pasted holds ${types.join(', ')}` });
  };

  // --- What the bridges tell.

  /** @param {string} site @param {any[]} turns what the site listed: whole, what was cut before */
  const listed = (site, turns) => {
    for (const turn of turns) {
      const cut = state.cut.find((one) => one.site === site && one.turn.id === turn.id && one.turn.conversation === turn.conversation);
      if (cut === undefined || turn.text === '') continue;
      state.cut = state.cut.filter((one) => one !== cut);
      put({ ...cut, kind: 'turn', turn: { ...cut.turn, text: turn.text, status: 'done' } });
    }
  };
  const overdue = () => {
    const now = Date.now();
    const due = state.cut.filter((one) => now - one.at >= CUT);
    state.cut = state.cut.filter((one) => now - one.at < CUT);
    for (const one of due) put({ ...one, kind: 'turn' });
    if (state.cut.length > 0) setTimeout(overdue, CUT);
  };

  api.runtime.onMessage.addListener((/** @type {any} */ said, /** @type {any} */ sender, /** @type {(answer: unknown) => void} */ answer) => {
    if (sender.id !== api.runtime.id) return undefined;
    if (said?.kind === 'state' && sender.url?.startsWith(api.runtime.getURL(''))) {
      void restored.then(() => {
        if (port === undefined && state.connected === 'no') connect();
        void api.action.setBadgeText({ text: '' });
        answer(state);
      });
      return true;
    }
    // The page's own word counts for nothing here: the browser says where it comes from.
    const site = SITES[/** @type {keyof typeof SITES} */ (new URL(sender.url ?? 'about:blank').hostname)];
    if (site === undefined || sender.frameId !== 0) return undefined;
    void restored.then(() => {
      if (said.kind === 'turn') {
        const { turn, by, at } = said;
        const cut = state.cut.findIndex((one) => one.site === site && one.turn.id === turn.id);
        if (cut >= 0) state.cut.splice(cut, 1);
        state.last = { n: state.next, site, at, conversation: turn.conversation, role: turn.role };
        put({ kind: 'turn', site, by, at, turn });
      } else if (said.kind === 'cut') {
        state.cut = [...state.cut, { kind: 'turn', site, by: said.by, at: said.at, turn: said.turn }].slice(-20);
        setTimeout(overdue, CUT);
        keep();
      } else if (said.kind === 'listed') listed(site, said.turns);
      else if (said.kind === 'health') {
        state.health[site] = { ...said.health, at: Date.now() };
        if (port !== undefined) port.postMessage({ kind: 'health', site, health: said.health });
        else if (state.waiting.length > 0) connect();
        answer({ waiting: state.waiting.length });
        keep();
      } else if (said.kind === 'paste') {
        if (port === undefined) connect();
        port?.postMessage({ kind: 'paste', site, text: said.text });
      }
    });
    // Only this is answered.
    return said.kind === 'health' ? true : undefined;
  });

  /** Before anything is taken, the user is asked. */
  api.runtime.onInstalled.addListener((/** @type {{ reason: string }} */ { reason }) => {
    if (reason === 'install') void api.runtime.openOptionsPage();
  });
  void restored.then(overdue);
})();
