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
  // Under an address that a person added, there is the one adapter that they named.
  const site = vigil.sites.find((/** @type {Site} */ one) => one.hosts.includes(host) || vigil.sites.length === 1);
  if (site === undefined) return;

  /** How long the page may take to show what the network said, and to fall quiet, in milliseconds. */
  const SETTLE = 2500;
  /** How long after something was sent either way must have told of it. */
  const ANSWERED = 10_000;
  /** How often the background is woken while something waits. */
  const AGAIN = 15_000;

  const counts = { matched: 0, parsed: 0, unknown: 0, failed: 0, dropped: 0, too_large: 0, agreed: 0, differed: 0, by_page: 0, sent: 0, unseen: 0, temporary: 0 };
  let patched = false;
  /** @type {'idle' | 'ok' | 'drift' | 'stale'} */
  let state = 'idle';
  let drift = '';
  let lastOk = 0;
  let allowed = false;
  /** False until it is known whether anything may be taken. Copies wait so long, unacknowledged. */
  let settled = false;
  /** @type {any[]} */
  const early = [];
  /** Conversations that the site does not keep. @type {Set<string>} */
  const temporary = new Set();

  // --- What the user wants.

  const settle = async () => {
    const { consented, paused, off } = await local.get(['consented', 'paused', 'off']);
    allowed = consented === true && paused !== true && off?.[site.name] !== true;
    if (!allowed) {
      network.clear();
      sending = undefined;
      listed = { of: [], turns: [] };
    }
    report();
  };
  const begin = async () => {
    const [, known] = await Promise.all([settle(), tell({ kind: 'temporaries' })]);
    for (const one of Array.isArray(known) ? known : []) temporary.add(one);
    settled = true;
    for (const { port, data } of early.splice(0)) take(port, data);
  };
  (globalThis.browser ?? globalThis.chrome).storage.onChanged.addListener(() => void settle());

  /** Whether the page is of a conversation that the site does not keep. */
  const isTemporary = () => {
    const url = new URL(location.href);
    return site.temporary?.(document, url) === true || temporary.has(site.conversation(url) ?? '');
  };
  /** @param {string | undefined} conversation */
  const leaveOut = (conversation) => {
    counts.temporary += 1;
    if (conversation === undefined || conversation.length > limits.id || temporary.has(conversation)) return;
    if (temporary.size < limits.temporary) temporary.add(conversation);
    void tell({ kind: 'temporary', conversation });
  };

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
  const health = () => ({ allowed: settled && allowed, patched, state, drift, lastOk, ...counts });
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
  /**
   * What the site listed last, for when the user asks for it, and the names of that conversation.
   * @type {{ of: (string | undefined)[], turns: Turn[] }}
   */
  let listed = { of: [], turns: [] };
  let minute = 0;
  let inMinute = 0;

  /** @param {Turn} turn */
  const keyOf = (turn) => `${turn.conversation}\n${turn.id}\n${turn.role}`;
  /** @param {any} given @param {'network' | 'page'} by @param {'cut' | 'imported'} [so] */
  const pass = (given, by, so) => {
    const turn = vigil.bounded(given);
    const now = Math.floor(Date.now() / 60_000);
    if (now !== minute) [minute, inMinute] = [now, 0];
    if (so !== 'imported') inMinute += 1;
    if (turn === undefined || inMinute > limits.turns) {
      counts.dropped += 1;
      return false;
    }
    const cut = so === 'cut';
    const key = keyOf(turn);
    if (told.has(key)) return false;
    if (!cut) told.add(key);
    if (told.size > 4096) told.delete(/** @type {string} */ (told.values().next().value));
    void tell({ kind: cut ? 'cut' : 'turn', turn, by, at: Date.now() });
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
      // The page is asked, too: a second message need not say what the first one said.
      const known = read.turns.find((turn) => temporary.has(turn.conversation));
      if (read.temporary || known !== undefined || temporary.has(read.conversation ?? '')) {
        const of = read.conversation ?? read.turns[0]?.conversation;
        leaveOut(of);
        sending = undefined;
        report();
        return;
      }
      if (read.turns.length > 0 && isTemporary()) {
        counts.temporary += 1;
        report();
        return;
      }
      if (read.history) {
        listed = { of: [read.conversation, read.turns[0]?.conversation], turns: read.turns };
        void tell({ kind: 'listed', turns: read.turns.slice(-40).map((turn) => vigil.bounded(turn)).filter((turn) => turn !== undefined) });
        return;
      }
      for (const turn of read.turns) {
        if (!pass(turn, 'network', how === 'left' && turn.role === 'assistant' ? 'cut' : undefined)) continue;
        if (how !== 'left') compare(turn);
      }
      if (read.turns.length > 0) {
        sending = undefined;
        if (state === 'idle' || state === 'stale') become('ok');
      }
      report();
    },
    counts,
    isTemporary,
  );

  // --- The tap's port: the first that comes, from this window, before any script of the page ran.

  /** @param {MessagePort} port @param {any} data */
  const take = (port, data) => {
    if (!settled) {
      early.push({ port, data });
      return;
    }
    if (allowed) {
      counts.failed = Math.max(counts.failed, data.failed);
      if (data.dropped > 0) counts.unseen = data.dropped;
      network.take(data);
    } else network.pass(data);
    port.postMessage(data.size);
  };
  /** @param {MessageEvent} event */
  const onPort = (event) => {
    const port = event.ports[0];
    if (event.source !== window || event.data !== 'vigil' || port === undefined) return;
    event.stopImmediatePropagation();
    window.removeEventListener('message', onPort, true);
    patched = true;
    port.onmessage = ({ data }) => take(port, data);
    report();
  };
  window.addEventListener('message', onPort, true);
  window.addEventListener('pagehide', () => {
    if (allowed) network.leave();
  });

  // --- Something is sent: by then either way must tell of it.

  /**
   * @type {{ before: ReturnType<typeof page.shown>, at: number, parsed: number, posted: number, text: string,
   *   isKey: boolean, conversation?: string } | undefined}
   */
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
    const url = new URL(location.href);
    const conversation = site.conversation(url);
    if (sending.conversation !== undefined && conversation !== sending.conversation) {
      // Another conversation was opened: what it shows was said before.
      sending = undefined;
    } else if (isQuiet && counts.parsed === sending.parsed) {
      sending.conversation = conversation;
      const { text, isKey, posted } = sending;
      const more = isTemporary() ? [] : page.since(sending.before, url, `page:${sending.at}`);
      // It begins with what was sent: what else is new was opened, not said.
      const first = more.findIndex((/** @type {Turn} */ turn) => turn.role === 'user' && page.shows(turn.text, text));
      const turns = first < 0 ? [] : more.slice(first);
      if (isTemporary()) {
        leaveOut(conversation);
        sending = undefined;
      } else if (turns.some((/** @type {Turn} */ turn) => turn.role === 'assistant')) {
        for (const turn of turns) if (pass(turn, 'page')) counts.by_page += 1;
        sending = undefined;
        become('drift', 'network');
      } else if (now - sending.at > ANSWERED) {
        sending = undefined;
        // What was written may have been given up: that it was sent, something must say.
        if (isKey || turns.length > 0 || network.posted() > posted) become('stale');
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
  const perhaps = (isKey = false) => {
    if ((settled && !allowed) || sending !== undefined) return;
    const text = written(place);
    if (text === undefined || text.trim() === '') return;
    const at = Date.now();
    const { parsed } = counts;
    const posted = network.posted();
    const before = page.shown();
    const conversation = site.conversation(new URL(location.href));
    // Sent is what was written and is gone shortly after.
    window.setTimeout(() => {
      const rest = place instanceof Node && place.isConnected ? written(place) : '';
      if (!allowed || sending !== undefined || (rest ?? '').trim() !== '') return;
      counts.sent += 1;
      if (counts.parsed > parsed) return;
      sending = { before, at, parsed, posted, text, isKey, conversation };
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
        perhaps(true);
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
        void tell({ kind: 'paste', text: text.slice(0, limits.paste).toWellFormed(), temporary: isTemporary() });
      }
    },
    true,
  );

  // --- What the popup asks.

  runtime.onMessage.addListener((/** @type {any} */ asked, /** @type {any} */ sender, /** @type {(answer: unknown) => void} */ answer) => {
    if (sender.id !== runtime.id) return;
    if (asked?.kind === 'health') answer({ site: site.name, health: health(), listed: listed.turns.length });
    if (asked?.kind === 'import') answer(bring());
  });
  /** Tells what this conversation already holds, the newest first when it is much. */
  const bring = () => {
    const url = new URL(location.href);
    if (!allowed || isTemporary()) return { imported: 0, left: 0, why: allowed ? 'temporary' : 'off' };
    const conversation = site.conversation(url);
    const isListed = listed.turns.length > 0 && conversation !== undefined && listed.of.includes(conversation);
    /** @type {Turn[]} */
    const all = isListed ? listed.turns : page.since([], url, `page:${Date.now()}`);
    const untold = all.filter((turn) => !told.has(keyOf(turn)));
    const turns = untold.slice(-limits.imported);
    const imported = turns.filter((turn) => pass(turn, isListed ? 'network' : 'page', 'imported')).length;
    return { imported, left: untold.length - turns.length };
  };
  void begin();
  report();
})();
