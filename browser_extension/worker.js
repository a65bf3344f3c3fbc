// The background: takes turns from the bridges, keeps them until Vigil has them, and asks Vigil about
// pasted text. It talks to Vigil's program on this machine and to nobody else.
import { isPairing, open, pair } from './paired.js';
import { placesIn, settle } from './places.js';

(() => {
  'use strict';
  const api = globalThis.browser ?? globalThis.chrome;

  /** The name of the native host, as its manifest has it. */
  const HOST = 'dev.vigil.browser';
  /** What waits while Vigil is away: turns, and bytes of them, in memory alone. */
  const WAITING = { turns: 500, bytes: 3 * 1024 * 1024 };
  /** Conversations that sites do not keep, to be known again. */
  const TEMPORARY = 500;
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
  const state = { waiting: [], next: 1, dropped: 0, cut: [], temporary: [], unkept: 0, health: {}, connected: 'no', findings: [] };

  /** Other addresses of the sites, that the person added. @type {Record<string, string>} */
  let places = {};
  /** Known to this worker and to the extension's own storage. @type {Pairing | undefined} */
  let pairing;
  /** @param {unknown} known */
  const setPairing = (known) => {
    pairing = isPairing(known) ? /** @type {Pairing} */ (known) : undefined;
    state.isPaired = pairing !== undefined;
    state.isUnknown = false;
  };

  /** The state outlives the worker's sleep, not the browser: it is never on disk. */
  const restored = (async () => {
    const { kept } = await api.storage.session.get('kept');
    if (kept !== undefined) Object.assign(state, kept, { connected: 'no' });
    const { profile, pairing: known, places: added } = await api.storage.local.get(['profile', 'pairing', 'places']);
    setPairing(known);
    places = placesIn(added);
    state.profile = typeof profile === 'string' ? profile : crypto.randomUUID().replaceAll('-', '').slice(0, 16);
    if (state.profile !== profile) await api.storage.local.set({ profile: state.profile });
  })();
  let keeping = 0;
  const keep = () => {
    if (keeping !== 0) return;
    keeping = Number(setTimeout(() => {
      keeping = 0;
      // Without room for it the turns wait in this worker alone.
      api.storage.session.set({ kept: state }).catch(() => (state.unkept += 1));
    }, 200));
  };

  // --- The way to Vigil.

  /** @type {any} */
  let port;
  let tries = 0;
  let retry = 0;

  const connect = () => {
    if (port !== undefined) return;
    if (pairing !== undefined) {
      const mine = open(pairing, {
        hear,
        lost: (why) => port === mine && lost(why),
        unknown: () => {
          state.isUnknown = true;
        },
        isWanted: (n) => state.waiting.some((one) => one.n === n),
      });
      port = mine;
      for (const one of state.waiting) mine.postMessage({ n: one.n, ...one.said });
      mine.start();
      return;
    }
    try {
      port = api.runtime.connectNative(HOST);
    } catch {
      lost('no native messaging');
      return;
    }
    const mine = port;
    mine.onMessage.addListener(hear);
    mine.onDisconnect.addListener((/** @type {any} */ gone) => {
      if (port === mine) lost(`${api.runtime.lastError?.message ?? gone?.error?.message ?? 'ended'}`);
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
      state.isUnknown = false;
      state.connected = pairing === undefined ? 'native' : 'paired';
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
  const sizeOf = (said) => new TextEncoder().encode(JSON.stringify(said)).length;
  /** Drops while too much waits: the oldest of the site that has most of it, so that no other site pays. */
  const bound = () => {
    for (;;) {
      const all = [...state.waiting, ...state.cut.map((said) => ({ said, size: said.size }))];
      const bytes = all.reduce((sum, { size }) => sum + size, 0);
      if (all.length <= WAITING.turns && bytes <= WAITING.bytes) return;
      /** @type {Map<string, number>} */
      const sums = new Map();
      for (const { said, size } of all) sums.set(said.site, (sums.get(said.site) ?? 0) + (bytes > WAITING.bytes ? size : 1));
      const [most] = [...sums].reduce((a, b) => (b[1] > a[1] ? b : a));
      const waits = state.waiting.findIndex(({ said }) => said.site === most);
      if (waits >= 0) state.waiting.splice(waits, 1);
      else state.cut.splice(state.cut.findIndex((said) => said.site === most), 1);
      state.dropped += 1;
    }
  };
  /** @param {any} said */
  const put = (said) => {
    const one = { n: state.next, said, size: sizeOf(said) };
    state.next += 1;
    state.waiting.push(one);
    bound();
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
      const { size, ...whole } = cut;
      put({ ...whole, turn: { ...cut.turn, text: turn.text, status: 'done' } });
    }
  };
  const overdue = () => {
    const now = Date.now();
    const due = state.cut.filter((one) => now - one.at >= CUT);
    state.cut = state.cut.filter((one) => now - one.at < CUT);
    for (const { size, ...one } of due) put(one);
    if (state.cut.length > 0) setTimeout(overdue, CUT);
  };

  /** By another way from now on. */
  api.storage.onChanged.addListener((/** @type {any} */ changes, /** @type {string} */ area) => {
    if (area !== 'local' || changes.pairing === undefined) return;
    void restored.then(() => {
      const old = port;
      setPairing(changes.pairing.newValue);
      old?.disconnect();
      tries = 0;
      lost(pairing === undefined ? 'no longer paired' : 'not asked yet');
      connect();
    });
  });

  /** Scripts that the browser runs where a person added an address: an update of the extension ends them. */
  const readNow = async () => {
    const { places: added } = await api.storage.local.get('places');
    const known = placesIn(added);
    places = known;
    await settle(api, known);
  };
  let reading = Promise.resolve();
  /** One after the other: what is asked for last is what there is in the end. */
  const read = () => {
    // What fails is tried again at the next change and at the next start.
    reading = reading.then(readNow).catch(() => {});
  };
  api.storage.onChanged.addListener((/** @type {any} */ changes, /** @type {string} */ area) => {
    if (area === 'local' && changes.places !== undefined) read();
  });
  read();

  /** Consent that is taken back is taken back for what was not told yet, too. */
  api.storage.onChanged.addListener((/** @type {any} */ changes, /** @type {string} */ area) => {
    if (area !== 'local' || changes.consented === undefined || changes.consented.newValue === true) return;
    void restored.then(() => {
      Object.assign(state, { waiting: [], cut: [], findings: [], last: undefined });
      keep();
    });
  });

  /** @param {string} site @param {string} conversation */
  const isTemporary = (site, conversation) => state.temporary.includes(`${site}\n${conversation}`);
  /** The site does not keep it, and neither do we: what of it waits is dropped. @param {string} site @param {string} conversation */
  const leaveOut = (site, conversation) => {
    if (conversation.length > 200 || isTemporary(site, conversation)) return;
    state.temporary = [...state.temporary, `${site}\n${conversation}`].slice(-TEMPORARY);
    state.waiting = state.waiting.filter(({ said }) => said.site !== site || said.turn.conversation !== conversation);
    state.cut = state.cut.filter((said) => said.site !== site || said.turn.conversation !== conversation);
    keep();
  };

  api.runtime.onMessage.addListener((/** @type {any} */ said, /** @type {any} */ sender, /** @type {(answer: unknown) => void} */ answer) => {
    if (sender.id !== api.runtime.id) return undefined;
    if (said?.kind === 'state' && sender.url?.startsWith(api.runtime.getURL(''))) {
      void restored.then(() => {
        // Asked again and again while the popup is open: it does not knock each time.
        if (said.again !== true) {
          if (port === undefined && state.connected === 'no') connect();
          void api.action.setBadgeText({ text: '' });
        }
        answer(state);
      });
      return true;
    }
    if (said?.kind === 'pair' && sender.url?.startsWith(api.runtime.getURL(''))) {
      void restored.then(async () => {
        const { pairing: made, why } = await pair(`${said.code}`.slice(0, 100), `${state.profile}`);
        if (made !== undefined) await api.storage.local.set({ pairing: made });
        answer({ why });
      });
      return true;
    }
    // The page's own word counts for nothing here: the browser says where it comes from.
    const { hostname } = new URL(sender.url ?? 'about:blank');
    if (sender.frameId !== 0) return undefined;
    void restored.then(() => {
      const site = Object.hasOwn(SITES, hostname) ? SITES[/** @type {keyof typeof SITES} */ (hostname)] : places[hostname];
      if (site === undefined) return;
      if ((said.kind === 'turn' || said.kind === 'cut') && isTemporary(site, said.turn.conversation)) return;
      if (said.kind === 'temporaries') {
        answer(state.temporary.filter((one) => one.startsWith(`${site}\n`)).map((one) => one.slice(site.length + 1)));
      } else if (said.kind === 'temporary') leaveOut(site, `${said.conversation}`);
      else if (said.kind === 'turn') {
        const { turn, by, at } = said;
        const cut = state.cut.findIndex((one) => one.site === site && one.turn.id === turn.id);
        if (cut >= 0) state.cut.splice(cut, 1);
        state.last = { n: state.next, site, at, conversation: turn.conversation, role: turn.role };
        put({ kind: 'turn', site, profile: state.profile, by, at, turn });
      } else if (said.kind === 'cut') {
        const cut = { kind: 'turn', site, profile: state.profile, by: said.by, at: said.at, turn: said.turn };
        state.cut.push({ ...cut, size: sizeOf(cut) });
        if (state.cut.length > 20) {
          state.cut.shift();
          state.dropped += 1;
        }
        bound();
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
        port?.postMessage({ kind: 'paste', site, text: said.text, temporary: said.temporary === true });
      }
    });
    // Only these are answered.
    return said.kind === 'health' || said.kind === 'temporaries' ? true : undefined;
  });

  /** Before anything is taken, the user is asked. */
  api.runtime.onInstalled.addListener((/** @type {{ reason: string }} */ { reason }) => {
    if (reason === 'install') void api.runtime.openOptionsPage();
  });
  void restored.then(overdue);
})();
