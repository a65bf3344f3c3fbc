// The frame around every view: rail or bottom bar, banners, the live region, the view itself.

import { html, useEffect, useLayoutEffect, useRef } from '../vendor/preact.js';
import { announcement } from '../lib/announce.js';
import { closed } from '../lib/api.js';
import { register } from '../lib/keyboard.js';
import { theme, times } from '../lib/prefs.js';
import { navigate, path, saveScroll, savedScroll, visits } from '../lib/router.js';
import { pausedSince } from '../lib/status.js';
import { VIEWS, viewOf } from '../lib/views.js';
import { View as Closed } from '../views/closed.js';
import { Banners } from './banners.js';
import { Help, helpOpen } from './help.js';
import { Palette, paletteOpen } from './palette.js';
import { Recording, pauseOpen } from './recording.js';
import { BottomBar, Rail } from './rail.js';
import { Outlet } from './outlet.js';

/** The views' keys and the page's own; registered once. */
function useShortcuts() {
  useEffect(() => register([
    ...VIEWS.map((view) => ({ keys: `g ${view.key}`, does: view.title, group: 'Go to', run: () => navigate(view.path) })),
    { keys: 'Mod+k', does: 'Command palette', group: 'Everywhere', run: () => { paletteOpen.value = !paletteOpen.value; } },
    { keys: '?', does: 'This sheet', group: 'Everywhere', run: () => { helpOpen.value = true; } },
    { keys: 'x', does: 'Exact or relative times', group: 'Everywhere', run: flipTimes },
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

/**
 * Scrolls to where this history entry was left, as soon as the view is that long again; gives up
 * after two seconds or when the person scrolls.
 * @param {HTMLElement} box
 * @param {number} top
 */
function restore(box, top) {
  const until = performance.now() + 2000;
  let frame = 0;
  const stop = () => {
    cancelAnimationFrame(frame);
    box.removeEventListener('wheel', stop);
    box.removeEventListener('touchstart', stop);
    box.removeEventListener('keydown', stop);
  };
  const step = () => {
    box.scrollTop = top;
    if (box.scrollTop >= top - 1 || performance.now() > until) stop();
    else frame = requestAnimationFrame(step);
  };
  box.addEventListener('wheel', stop, { passive: true });
  box.addEventListener('touchstart', stop, { passive: true });
  box.addEventListener('keydown', stop);
  step();
  return stop;
}

export function Shell() {
  useShortcuts();
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const place = viewOf(path.value);
  const visit = visits.value;

  // On navigation the view's heading gets the focus, so that keyboard and screen reader are where
  // the eye is. The view may still be loading: Outlet calls back when it is there.
  const arrived = () => {
    if (visits.peek() === 0) return;
    /** @type {HTMLElement | null} */ (main.current?.querySelector('[data-heading]') ?? null)?.focus({ preventScroll: true });
  };
  useLayoutEffect(() => (main.current && visit > 0 ? restore(main.current, savedScroll()) : undefined), [visit]);

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
