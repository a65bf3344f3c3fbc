// Runs beside the page, where the page cannot reach: takes the tap's copies, has the site's adapter read
// them, compares with what the page shows, and tells the background. Nothing is taken before consent.
(() => {
  'use strict';
  const { vigil } = globalThis;
  const { limits } = vigil;
  const runtime = (globalThis.browser ?? globalThis.chrome).runtime;
  const { local } = (globalThis.browser ?? globalThis.chrome).storage;

  const host = location.hostname;
  /** @type {Site | undefined} */
  const site = vigil.sites.find((/** @type {Site} */ one) => one.hosts.includes(host));
  if (site === undefined) return;

  /** How long the page may take to show what the network said, and to fall quiet, in milliseconds. */
  const SETTLE = 2500;
  /** How long after something was sent either way must have told of it. */
  const ANSWERED = 10_000;
  /** How often the background is woken while something waits. */
  const AGAIN = 15_000;

  const counts = { matched: 0, parsed: 0, unknown: 0, failed: 0, dropped: 0, tooLarge: 0, agreed: 0, differed: 0, by_page: 0, sent: 0, unseen: 0, temporary: 0 };
  let patched = false;
  /** @type {'idle' | 'ok' | 'drift' | 'stale'} */
  let state = 'idle';
  let drift = '';
  let lastOk = 0;
  let allowed = false;

  // --- What the user wants.

  const settle = async () => {
    const { consented, paused, off } = await local.get(['consented', 'paused', 'off']);
    allowed = consented === true && paused !== true && off?.[site.name] !== true;
  };
  void settle();
  (globalThis.browser ?? globalThis.chrome).storage.onChanged.addListener(() => void settle());

  // --- The way to the background. It may be asleep or gone after an update.

  /** @param {Record<string, unknown>} said */
  const tell = (said) => {
    try {
      return runtime.sendMessage({ site: site.name, ...said }).catch(() => {
        counts.dropped += 1;
      });
    } catch {
      counts.dropped += 1;
      return Promise.resolve();
    }
  };
  const health = () => ({ patched, state, drift, lastOk, ...counts });
  let reporting = 0;
  const report = () => {
    if (reporting !== 0) return;
    reporting = window.setTimeout(() => {
      reporting = 0;
      void tell({ kind: 'health', health: health() }).then((/** @type {any} */ answer) => {
        // The background sleeps soon: while something waits for Vigil it is woken to try again.
        if (answer?.waiting > 0) window.setTimeout(report, AGAIN);
      });
    }, 250);
  };
  /** @param {'ok' | 'drift' | 'stale'} next @param {string} [why] */
  const become = (next, why = '') => {
    state = next;
    drift = why;
    if (next !== 'stale') lastOk = Date.now();
    report();
  };

  // --- Turns.

  const page = vigil.page(site, document);
  /** What was told, so that it is told once. @type {Set<string>} */
  const told = new Set();
  /** What the site listed of this conversation, for when the user asks for it. @type {Turn[]} */
  let listed = [];
  let minute = 0;
  let inMinute = 0;

  /** @param {any} given @param {'network' | 'page'} by @param {boolean} [cut] */
  const pass = (given, by, cut = false) => {
    const turn = vigil.bounded(given);
    const now = Math.floor(Date.now() / 60_000);
    if (now !== minute) [minute, inMinute] = [now, 0];
    inMinute += 1;
    if (turn === undefined || inMinute > limits.turns) {
      counts.dropped += 1;
      return false;
    }
    const key = `${turn.conversation}\n${turn.id}\n${turn.role}`;
    if (told.has(key)) return false;
    if (!cut) told.add(key);
    if (told.size > 4096) told.delete(/** @type {string} */ (told.values().next().value));
    void tell({ kind: cut ? 'cut' : 'turn', turn, by, at: Date.now(), url: location.pathname });
    return true;
  };

  /** @param {Turn} turn */
  const compare = (turn) => {
    window.setTimeout(() => {
      if (page.agrees(turn)) {
        counts.agreed += 1;
        become('ok');
      } else {
        counts.differed += 1;
        become('drift', 'page');
      }
    }, SETTLE);
  };

  const network = vigil.network(
    site,
    (/** @type {Read} */ read, /** @type {string} */ how) => {
      if (!allowed) return;
      if (read.temporary) {
        counts.temporary += 1;
        sending = undefined;
        report();
        return;
      }
      if (read.history) {
        listed = read.turns;
        void tell({ kind: 'listed', turns: read.turns.slice(-40).map((turn) => vigil.bounded(turn)).filter((turn) => turn !== undefined) });
        return;
      }
      for (const turn of read.turns) {
        if (!pass(turn, 'network', how === 'left' && turn.role === 'assistant')) continue;
        if (how !== 'left') compare(turn);
      }
      if (read.turns.length > 0) {
        sending = undefined;
        if (state === 'idle' || state === 'stale') become('ok');
      }
      report();
    },
    counts,
  );

  // --- The tap's port: the first that comes, from this window, before any script of the page ran.

  /** @param {MessageEvent} event */
  const onPort = (event) => {
    const port = event.ports[0];
    if (event.source !== window || event.data !== 'vigil' || port === undefined) return;
    event.stopImmediatePropagation();
    window.removeEventListener('message', onPort, true);
    patched = true;
    port.onmessage = ({ data }) => {
      if (allowed) {
        counts.failed = Math.max(counts.failed, data.failed);
        if (data.dropped > 0) counts.unseen = data.dropped;
        network.take(data);
      }
      port.postMessage(data.size);
    };
    report();
  };
  window.addEventListener('message', onPort, true);
  window.addEventListener('pagehide', () => {
    if (allowed) network.leave();
  });

  // --- Something is sent: by then either way must tell of it.

  /** @type {{ before: ReturnType<typeof page.shown>, at: number, parsed: number } | undefined} */
  let sending;
  let changed = 0;
  /** @type {MutationObserver | undefined} */
  let observer;

  const look = () => {
    if (sending === undefined || !allowed) {
      observer?.disconnect();
      observer = undefined;
      return;
    }
    const now = Date.now();
    const isQuiet = now - changed > SETTLE && now - sending.at > SETTLE;
    if (network.isWaiting() && now - sending.at < 600_000) {
      window.setTimeout(look, 1000);
      return;
    }
    if (isQuiet && counts.parsed === sending.parsed) {
      const url = new URL(location.href);
      const isTemporary = site.temporary?.(document, url) === true;
      const turns = isTemporary ? [] : page.since(sending.before, url, `page:${sending.at}`);
      if (isTemporary) {
        counts.temporary += 1;
        sending = undefined;
      } else if (turns.some((/** @type {Turn} */ turn) => turn.role === 'assistant')) {
        for (const turn of turns) if (pass(turn, 'page')) counts.by_page += 1;
        sending = undefined;
        become('drift', 'network');
      } else if (now - sending.at > ANSWERED) {
        sending = undefined;
        become('stale');
      }
    }
    if (sending !== undefined && now - sending.at > 600_000) sending = undefined;
    window.setTimeout(look, 500);
  };

  /** @param {EventTarget | null} target @returns {string | undefined} what is written where something can be written */
  const written = (target) => {
    if (target instanceof HTMLTextAreaElement) return target.value;
    const editable = target instanceof Element ? target.closest('[contenteditable=""], [contenteditable="true"], [role="textbox"]') : null;
    return editable === null ? undefined : (editable.textContent ?? '');
  };
  /** The last place where something was written. @type {EventTarget | null} */
  let place = null;
  const perhaps = () => {
    if (!allowed || sending !== undefined) return;
    const text = written(place);
    if (text === undefined || text.trim() === '') return;
    const at = Date.now();
    const { parsed } = counts;
    const before = page.shown();
    // Sent is what was written and is gone shortly after.
    window.setTimeout(() => {
      const rest = place instanceof Node && place.isConnected ? written(place) : '';
      if (sending !== undefined || (rest ?? '').trim() !== '') return;
      counts.sent += 1;
      if (counts.parsed > parsed) return;
      sending = { before, at, parsed };
      changed = at;
      observer ??= new MutationObserver(() => (changed = Date.now()));
      observer.observe(document.documentElement, { subtree: true, childList: true, characterData: true });
      look();
    }, 600);
  };
  window.addEventListener('input', (event) => (place = event.target), true);
  window.addEventListener(
    'keydown',
    (event) => {
      if (event.isTrusted && event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        place = event.target;
        perhaps();
      }
    },
    true,
  );
  window.addEventListener('click', (event) => event.isTrusted && perhaps(), true);

  // --- Looked through before it is sent, on this machine.

  window.addEventListener(
    'paste',
    (event) => {
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (allowed && event.isTrusted && text.length >= 10) {
        void tell({ kind: 'paste', text: text.slice(0, limits.paste), at: Date.now() });
      }
    },
    true,
  );

  // --- What the popup asks.

  runtime.onMessage.addListener((/** @type {any} */ asked, /** @type {any} */ sender, /** @type {(answer: unknown) => void} */ answer) => {
    if (sender.id !== runtime.id) return;
    if (asked?.kind === 'health') answer({ site: site.name, health: health(), listed: listed.length });
    if (asked?.kind === 'import') {
      const turns = listed.length > 0 ? listed : page.since([], new URL(location.href), `page:${Date.now()}`);
      answer({ imported: turns.filter((/** @type {Turn} */ turn) => pass(turn, listed.length > 0 ? 'network' : 'page')).length });
    }
  });
  report();
})();
