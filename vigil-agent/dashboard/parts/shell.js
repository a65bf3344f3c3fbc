// The frame around every view: rail or bottom bar, banners, the live region, the view itself.

import { html, useEffect, useLayoutEffect, useRef } from '../vendor/preact.js';
import { announcement } from '../lib/announce.js';
import { closed } from '../lib/api.js';
import { register } from '../lib/keyboard.js';
import { theme, times } from '../lib/prefs.js';
import { leftAt, navigate, path, saveScroll, visits } from '../lib/router.js';
import { pausedSince } from '../lib/status.js';
import { VIEWS, viewOf } from '../lib/views.js';
import { View as Closed } from '../views/closed.js';
import { Banners } from './banners.js';
import { useKeptFocus } from './focus.js';
import { Help, helpOpen } from './help.js';
import { Palette, paletteOpen } from './palette.js';
import { Recording, pauseOpen } from './recording.js';
import { BottomBar, Rail } from './rail.js';
import { Outlet } from './outlet.js';

/** The views' keys and the page's own; registered once. */
function useShortcuts() {
  useEffect(() => register([
    ...VIEWS.map((view) => ({ keys: `g ${view.key}`, does: view.title, group: 'Go to', opens: true, run: () => navigate(view.path) })),
    { keys: 'Mod+k', does: 'Command palette', group: 'Everywhere', opens: true, run: () => { paletteOpen.value = !paletteOpen.value; } },
    { keys: '?', does: 'This sheet', group: 'Everywhere', run: () => { helpOpen.value = true; } },
    { keys: 'x', does: 'Exact or relative times', group: 'Everywhere', opens: true, run: flipTimes },
  ]), []);
}

function flipTimes() {
  times.value = times.value === 'exact' ? 'relative' : 'exact';
}

/** @returns {import('./palette.js').Entry[]} */
function actions() {
  return [
    { id: 'theme-light', words: 'Light theme', side: 'action', icon: 'sun', run: () => { theme.value = 'light'; } },
    { id: 'theme-dark', words: 'Dark theme', side: 'action', icon: 'moon', run: () => { theme.value = 'dark'; } },
    { id: 'theme-system', words: 'Theme of the system', side: 'action', icon: 'auto', run: () => { theme.value = 'system'; } },
    { id: 'times', words: times.value === 'exact' ? 'Relative times' : 'Exact times', side: 'action', icon: 'clock', run: flipTimes },
    { id: 'help', words: 'Keyboard shortcuts', side: 'action', icon: 'help', run: () => { helpOpen.value = true; } },
    { id: 'pause', words: pausedSince.value ? 'Resume recording' : 'Pause recording', side: 'action', icon: pausedSince.value ? 'play' : 'pause',
      run: () => { pauseOpen.value = true; } },
  ];
}

const PATIENCE = 10_000;
/** What a person scrolls with; the pointer, on the scrollbar. */
const THEIRS = ['wheel', 'touchstart', 'pointerdown', 'keydown'];

/**
 * Tries anew with every frame until `done` says so; gives up after ten seconds, on a machine that is
 * busy, or when the person does something else.
 * @param {HTMLElement} box
 * @param {() => boolean} done
 */
function insist(box, done) {
  const until = performance.now() + PATIENCE;
  let frame = 0;
  const stop = () => {
    cancelAnimationFrame(frame);
    for (const what of THEIRS) box.removeEventListener(what, stop);
  };
  const step = () => {
    if (done() || performance.now() > until) stop();
    else frame = requestAnimationFrame(step);
  };
  for (const what of THEIRS) box.addEventListener(what, stop, { passive: true });
  step();
  return stop;
}

/** Scrolls to where this history entry was left, as soon as the view is that long again. @param {HTMLElement} box */
function restore(box) {
  const { top } = leftAt();
  return insist(box, () => {
    box.scrollTop = top;
    return box.scrollTop >= top - 1;
  });
}

/** Gives the focus back to the row on which this history entry was left, once it is there. @param {HTMLElement} box @param {string} link */
function refocus(box, link) {
  return insist(box, () => {
    /** @type {HTMLElement | null} */
    const row = box.querySelector(`a[data-row][href="${CSS.escape(link)}"]`);
    row?.focus({ preventScroll: true });
    return row !== null;
  });
}

export function Shell() {
  useShortcuts();
  useKeptFocus();
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const place = viewOf(path.value);
  const visit = visits.value;

  /** Ends the search for the row of the visit before. */
  const forget = useRef(() => {});
  // On navigation the view's heading gets the focus, so that keyboard and screen reader are where
  // the eye is. The view may still be loading: Outlet calls back when it is there.
  const arrived = () => {
    forget.current();
    if (visits.peek() === 0) return;
    /** @type {HTMLElement | null} */ (main.current?.querySelector('[data-heading]') ?? null)?.focus({ preventScroll: true });
    const { link } = leftAt();
    if (link !== null && main.current) forget.current = refocus(main.current, link);
  };
  useLayoutEffect(() => (main.current && visit > 0 ? restore(main.current) : undefined), [visit]);

  if (closed.value) return html`<${Closed} />`;
  return html`<div class="shell">
    <a class="skip" href="#main" onClick=${(/** @type {MouseEvent} */ event) => { event.preventDefault(); main.current?.focus(); }}>Skip to the content</a>
    <${Rail} current=${place?.rail ?? ''} />
    <div class="stage">
      <${Banners} />
      <main ref=${main} id="main" class="main" tabindex="-1" data-scroller
        onScroll=${(/** @type {Event} */ event) => saveScroll(/** @type {HTMLElement} */ (event.currentTarget).scrollTop)}>
        <${Outlet} place=${place} arrived=${arrived} />
      </main>
    </div>
    <${BottomBar} current=${place?.rail ?? ''} />
    <p class="hidden" role="status" aria-live="polite">${announcement}</p>
    <${Palette} actions=${actions()} />
    <${Help} />
    <${Recording} />
  </div>`;
}
