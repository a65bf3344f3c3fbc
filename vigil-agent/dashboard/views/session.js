// One session: turn rail, timeline, and the event that is looked at, side by side where there is
// room. Where one is (event, span, filters) is in the URL. Never changes anything that is recorded.

import { html, useCallback, useEffect, useMemo, useRef, useSignal, useState } from '../vendor/preact.js';
import { ApiError } from '../lib/api.js';
import { count } from '../lib/format.js';
import { isTyping, register } from '../lib/keyboard.js';
import { flat } from '../lib/masks.js';
import { singleKeys } from '../lib/prefs.js';
import { back, navigate, query, setQuery } from '../lib/router.js';
import { Dialog } from '../parts/dialog.js';
import { Empty, Problem, Skeleton } from '../parts/empty.js';
import { Icon } from '../parts/icon.js';
import { Page } from '../parts/page.js';
import { Aside } from './session/aside.js';
import { useChosen } from './session/chosen.js';
import { Copying } from './session/copying.js';
import { Gauge } from './session/gauge.js';
import { Facts, Title } from './session/header.js';
import { Inspector } from './session/inspector.js';
import { Files, Findings } from './session/lists.js';
import { useSession } from './session/load.js';
import { useMode } from './session/mode.js';
import { AT, SEQ, THREAD, TURN, indexOf, isFiltering, tapeOf, threadsAround } from './session/outline.js';
import { FILTERS, FilterBar, Timeline } from './session/timeline.js';
import { Turns } from './session/turns.js';
import { Compared } from './session/witnesses.js';

/** @typedef {import('../types/api.d.ts').SessionView} SessionView */
/** @typedef {import('../types/api.d.ts').TurnRow} TurnRow */
/** @typedef {import('../parts/list.js').ListHandle} ListHandle */
/** @typedef {import('./session/outline.js').TapeRow} TapeRow */
/**
 * What is read: the turn's number (0 for none), the time in milliseconds (null before anybody
 * moved), the thread (0 for the main one).
 * @typedef {{ turn: number, at: number | null, thread: number }} Reading
 */

/** @param {{ params: Record<string, string> }} props */
export function View({ params }) {
  const key = params.key ?? '';
  const { doc, error, retry } = useSession(key);
  const own = doc?.session.key ?? key;
  // An old link to what turned out to be another session leads there.
  useEffect(() => {
    if (own !== key) navigate(`/sessions/${own}${location.search}`, { replace: true, quiet: true });
  }, [own, key]);
  const gone = error instanceof ApiError && (error.status === 404 || error.status === 400);
  if (gone) {
    return html`<${Page} title="No such session"><${Empty} title="This session is not here.">
      <p>It was deleted, or it never was in this store. <a href="/">All sessions</a></p><//><//>`;
  }
  if (doc === null) {
    return html`<${Page} title="Session" wide class="session-view">${error ? html`<${Problem} error=${error} retry=${retry} />` : html`<${Skeleton} rows=${10} height=${52} />`}<//>`;
  }
  return html`<${Session} doc=${doc} error=${error} retry=${retry} />`;
}

/** The filter as the URL has it. */
function useFilter() {
  const params = query.value;
  const text = `${params.get('show') ?? ''}|${params.has('findings')}|${params.has('failures')}`;
  return useMemo(() => ({
    text, groups: new Set((params.get('show') ?? '').split(',').filter(Boolean)), findings: params.has('findings'), failures: params.has('failures'),
  }), [text]);
}

/** Threads that are open. */
function useThreads() {
  const [open, setOpen] = useState(/** @type {ReadonlySet<number>} */ (new Set()));
  const flip = useCallback((/** @type {number} */ place) => setOpen((old) => {
    const next = new Set(old);
    if (!next.delete(place)) next.add(place);
    return next;
  }), []);
  const show = useCallback((/** @type {number[]} */ places) => setOpen((old) => (places.every((place) => old.has(place)) ? old : new Set([...old, ...places]))), []);
  return { open, flip, show };
}

/** @param {{ doc: SessionView, error: Error | null, retry: () => void }} props */
function Session({ doc, error, retry }) {
  const mode = useMode();
  const filter = useFilter();
  const threads = useThreads();
  const index = useMemo(() => indexOf(doc), [doc]);
  const chosen = useChosen(doc, index);
  const rows = useMemo(() => tapeOf(doc, index, filter, threads.open), [doc, index, filter, threads.open]);
  const calls = useMemo(() => new Map(doc.calls.map((call) => [call.seq, call])), [doc]);
  const paths = useMemo(() => new Map(doc.files.map((file) => [file.seq, file.path])), [doc]);
  const turns = useMemo(() => new Map(doc.turns.map((turn) => [turn.number, turn])), [doc]);
  const [active, setActive] = useState(/** @type {string | number | null} */ (null));
  // A signal, so that scrolling draws the rail and the gauge again and nothing else.
  const reading = useSignal(/** @type {Reading} */ ({ turn: doc.turns[0]?.number ?? 0, at: null, thread: index.main }));
  const [list, setList] = useState(/** @type {ListHandle | null} */ (null));
  const [dialog, setDialog] = useState(/** @type {'copy' | 'turns' | 'findings' | 'files' | null} */ (null));
  const one = mode === 'one';

  /** What the timeline was brought to, so that it is not brought there again. */
  const shown = useRef(/** @type {string | null} */ (null));
  const quietUntil = useRef(0);
  const seen = (/** @type {TapeRow} */ row) => {
    if (row.type === 'event' && performance.now() > quietUntil.current) reading.value = { turn: row.row[TURN], at: row.row[AT], thread: row.row[THREAD] };
  };
  /** @param {import('../types/api.d.ts').OutlineRow} row */
  const read = (row) => {
    quietUntil.current = performance.now() + 400;
    reading.value = { turn: row[TURN], at: row[AT], thread: row[THREAD] };
  };

  // An event that a link, the gauge or a list leads to: opened, scrolled to, once.
  const target = chosen.row;
  useEffect(() => {
    if (!list || target === null || shown.current === chosen.ref) return;
    const i = rows.findIndex((row) => row.key === target[SEQ]);
    if (i >= 0) {
      shown.current = chosen.ref;
      setActive(target[SEQ]);
      read(target);
      list.scrollTo(i, { align: 'center' });
      return;
    }
    const around = threadsAround(index, doc, target);
    if (around.some((place) => !threads.open.has(place))) threads.show(around);
    else if (isFiltering(filter)) setQuery(Object.fromEntries(FILTERS.map((name) => [name, null])));
  }, [list, target, chosen.ref, rows]);

  /** @param {TapeRow} row */
  const onActive = (row) => {
    setActive(row.key);
    if (row.type !== 'event') return;
    read(row.row);
    if (one) return;
    shown.current = String(row.row[SEQ]);
    chosen.pick(row.row[SEQ]);
  };
  /** @param {import('../types/api.d.ts').OutlineRow} row */
  const choose = (row) => {
    shown.current = String(row[SEQ]);
    setActive(row[SEQ]);
    read(row);
    // Where the event covers the page, the way back of the browser closes it.
    if (one) chosen.choose(row[SEQ], {}, { push: true });
    else chosen.pick(row[SEQ]);
  };
  const latest = useRef(choose);
  latest.current = choose;
  const tape = useMemo(() => ({
    doc, main: index.main, calls, turns, paths, flip: threads.flip,
    choose: (/** @type {import('../types/api.d.ts').OutlineRow} */ row) => latest.current(row),
  }), [doc]);
  /** @param {string | number} to @param {Record<string, string | null>} [more] */
  const jump = (to, more) => {
    setDialog(null);
    shown.current = null;
    chosen.choose(to, more, { push: one });
  };
  // What was pressed goes away with its list: the focus goes to what came instead.
  /** @param {string | number} to @param {Record<string, string | null>} [more] */
  const lead = (to, more) => {
    jump(to, more);
    if (!one) focusLook();
  };
  const focusRow = () => {
    const i = rows.findIndex((row) => row.key === active);
    list?.scrollTo(Math.max(0, i), { focus: true });
  };
  const close = () => {
    chosen.choose(null);
    shown.current = null;
    if (!one) focusRow();
  };
  /** @param {TurnRow} turn @param {boolean} [focus] */
  const goTurn = (turn, focus = false) => {
    setDialog(null);
    const i = rows.findIndex((row) => row.type === 'event' && row.depth === 0 && (row.key === turn.seq || row.row[TURN] === turn.number));
    const row = rows[i];
    if (row?.type !== 'event') return;
    setActive(row.key);
    read(row.row);
    list?.scrollTo(i, { align: 'start', focus });
    if (focus && !one) onActive(row);
  };
  /** @param {1 | -1} step */
  const stepTurn = (step) => {
    const place = doc.turns.findIndex((turn) => turn.number === reading.peek().turn);
    const turn = doc.turns[Math.max(0, Math.min(doc.turns.length - 1, place + step))];
    if (turn) goTurn(turn, true);
  };

  useKeys({
    next: () => stepTurn(1), before: () => stepTurn(-1),
    escape: () => (chosen.ref !== null ? close() : back('/')),
  });

  const go = {
    finding: (/** @type {import('../types/api.d.ts').FindingRow} */ finding) => lead(finding.event, { finding: finding.id }),
    file: (/** @type {{ seq: number }} */ file) => lead(file.seq),
  };
  const { session } = doc;
  const title = session.title ? flat(session.title, 80) : 'Session';
  const pane = !one;
  /** @param {'turns' | 'findings' | 'files'} name @param {string} words @param {number} n */
  const way = (name, words, n) => html`<button type="button" class="button" aria-haspopup="dialog" onClick=${() => setDialog(name)}>${words} <span class="quiet">${count(n)}</span></button>`;
  const tools = html`${mode === 'two' ? way('turns', 'Turns', doc.turns.length) : null}<button type="button" class="button" aria-haspopup="dialog" aria-label="Copy as Markdown"
    title="Copy as Markdown" onClick=${() => setDialog('copy')}><${Icon} name="copy" />${one ? null : 'Copy as Markdown'}</button>`;
  return html`<${Page} title=${title} heading=${html`<${Title} session=${session} />`} wide side=${tools} class=${`session-view is-${mode}`}>
    <div class="about-session"><${Facts} doc=${doc} /><${Compared} doc=${doc} go=${(/** @type {number} */ seq) => lead(seq)} /></div>
    ${error ? html`<${Problem} error=${error} retry=${retry} slim />` : null}
    <div class="panes">
      ${mode === 'three' ? html`<div class="pane pane-turns"><h2 class="pane-head">Turns <span class="quiet">${count(doc.turns.length)}</span></h2>
        <${Turns} turns=${doc.turns} reading=${reading} go=${goTurn} pane /></div>` : null}
      <section class="pane pane-tape" aria-label="Timeline">
        <${Gauge} doc=${doc} main=${index.main} reading=${reading} go=${jump} />
        <div class="tape-bar">${one ? html`<div class="tape-ways">${way('turns', 'Turns', doc.turns.length)}${way('findings', 'Findings', session.findings)}${way('files', 'Files', doc.files.length)}</div>` : null}<${FilterBar} /></div>
        <${Timeline} key=${mode === 'one' ? 'page' : 'pane'} rows=${rows} shape=${`${filter.text} ${[...threads.open].join()}`} filter=${filter} chosen=${target?.[SEQ] ?? null} active=${active}
          tape=${tape} onActive=${onActive}
          onOpen=${(/** @type {TapeRow} */ row) => { if (row.type !== 'event') return; choose(row.row); if (!one) focusLook(); }}
          seen=${seen} handle=${setList} pane=${pane} inset=${one ? 52 : 0} />
      </section>
      ${one ? null : html`<${Aside} doc=${doc} look=${chosen.look} close=${close} go=${go} />`}
    </div>
    ${one && chosen.look ? html`<${Dialog} title="Event" class="look-dialog" onClose=${close}><${Inspector} look=${chosen.look} session=${session.key} fresh=${doc} onClose=${close} bare /><//>` : null}
    ${dialog === 'copy' ? html`<${Copying} doc=${doc} turn=${reading.peek().turn || null} onClose=${() => setDialog(null)} />`
      : dialog !== null ? html`<${Dialog} title=${{ turns: 'Turns', findings: 'Findings', files: 'Files' }[dialog]} class="sheet session-sheet" onClose=${() => setDialog(null)}>
        ${dialog === 'turns' ? html`<${Turns} turns=${doc.turns} reading=${reading} go=${goTurn} pane />`
          : html`<div class="sheet-scroll" data-scroller>${dialog === 'findings' ? html`<${Findings} findings=${doc.findings} total=${session.findings} chosen=${null} go=${go.finding} />`
            : html`<${Files} files=${doc.files} go=${go.file} />`}</div>`}<//>` : null}
  <//>`;
}

/** The inspector may be drawn only now. */
function focusLook() {
  requestAnimationFrame(() => /** @type {HTMLElement | null} */ (document.querySelector('[data-look]'))?.focus());
}

/** @param {{ next: () => void, before: () => void, escape: () => void }} does */
function useKeys(does) {
  const latest = useRef(does);
  latest.current = does;
  useEffect(() => {
    const group = 'This view';
    const stop = register([
      { keys: 'n', does: 'Next turn (also Shift J)', group, run: () => latest.current.next() },
      { keys: 'p', does: 'Turn before (also Shift K)', group, run: () => latest.current.before() },
      { keys: 'Enter', does: 'Look at the event', group, run: () => false },
      { keys: 'Escape', does: 'Close the event, then go back', group, run: () => latest.current.escape() },
    ]);
    /** @param {KeyboardEvent} event */
    const onKey = (event) => {
      if (event.defaultPrevented || !event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!['J', 'K'].includes(event.key) || singleKeys.value === 'off' || isTyping(event.target) || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      if (event.key === 'J') latest.current.next();
      else latest.current.before();
    };
    document.addEventListener('keydown', onKey);
    return () => {
      stop();
      document.removeEventListener('keydown', onKey);
    };
  }, []);
}
