// Where one can go: the rail at the left of a wide page, the bar at the bottom of a narrow one.

import { html, signal } from '../vendor/preact.js';
import { theme, times } from '../lib/prefs.js';
import { openFindings, pausedSince, status, statusError } from '../lib/status.js';
import { connection } from '../lib/stream.js';
import { VIEWS } from '../lib/views.js';
import { SeverityShape } from './badge.js';
import { Dialog } from './dialog.js';
import { helpOpen } from './help.js';
import { Icon, Mark } from './icon.js';
import { paletteOpen } from './palette.js';
import { pauseOpen } from './recording.js';
import { short } from '../lib/format.js';

/** @typedef {import('../lib/views.js').ViewEntry} ViewEntry */

const moreOpen = signal(false);

/** @param {{ view: ViewEntry, current: string, onClick?: () => void }} props */
function Item({ view, current, onClick }) {
  const open = openFindings.value;
  const badge = view.name === 'findings' && open.total > 0 && open.worst;
  return html`<li><a class="rail-item" href=${view.path} aria-current=${view.name === current ? 'page' : undefined} title=${view.title} onClick=${onClick}>
    <${Icon} name=${view.name} size=${18} /><span class="rail-words">${view.title}</span>
    ${badge ? html`<span class=${`rail-badge severity-${badge}`}><${SeverityShape} severity=${badge} />${short(open.total)}<span class="hidden"> open, worst ${badge}</span></span>` : null}
  </a></li>`;
}

/** Recording or paused; a press asks before it changes anything. */
function State() {
  // Without a connection nobody here knows; a banner says so.
  if (!status.value || connection.value === 'lost' || statusError.value?.status === 0) return null;
  const paused = pausedSince.value !== null;
  return html`<button type="button" class=${`rail-item rail-state${paused ? ' is-paused' : ''}`} title=${paused ? 'Recording is paused' : 'Vigil is recording'}
    onClick=${() => { pauseOpen.value = true; }}><span class="rail-lamp" aria-hidden="true"></span><span class="rail-words">${paused ? 'Paused' : 'Recording'}</span></button>`;
}

const THEMES = /** @type {const} */ ([['light', 'sun', 'Light'], ['dark', 'moon', 'Dark'], ['system', 'auto', 'As the system']]);

function Switches() {
  const exact = times.value === 'exact';
  return html`<div class="switches">
    <div class="segments" role="group" aria-label="Theme">${THEMES.map(([name, icon, words]) => html`<button key=${name} type="button" class="button is-icon"
      aria-pressed=${theme.value === name} aria-label=${`${words} theme`} title=${`${words} theme`} onClick=${() => { theme.value = name; }}><${Icon} name=${icon} /></button>`)}</div>
    <div class="segments"><button type="button" class="button is-icon" aria-pressed=${exact} aria-label="Exact times" title=${exact ? 'Show relative times' : 'Show exact times'}
      onClick=${() => { times.value = exact ? 'relative' : 'exact'; }}><${Icon} name="clock" /></button>
    <button type="button" class="button is-icon" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" onClick=${() => { helpOpen.value = true; }}><${Icon} name="help" /></button></div>
  </div>`;
}

/** @param {{ current: string }} props */
export function Rail({ current }) {
  return html`<header class="rail">
    <a class="brand" href="/" aria-label="Vigil, to the sessions"><${Mark} lit=${openFindings.value.total > 0} /><span class="brand-word">Vigil</span></a>
    <button type="button" class="rail-search" onClick=${() => { paletteOpen.value = true; }} title="Go to… (Ctrl or Cmd K)" aria-label="Go to a view or a session">
      <${Icon} name="search" /><span class="rail-words">Go to…</span></button>
    <nav aria-label="Views"><ul>${VIEWS.map((view) => html`<${Item} key=${view.name} view=${view} current=${current} />`)}</ul></nav>
    <div class="rail-foot"><${State} /><${Switches} /></div>
  </header>`;
}

/** @param {{ current: string }} props */
export function BottomBar({ current }) {
  const others = VIEWS.filter((view) => !view.main);
  const close = () => { moreOpen.value = false; };
  return html`<div class="bottom">
    <nav aria-label="Main views"><ul>
      ${VIEWS.filter((view) => view.main).map((view) => html`<${Item} key=${view.name} view=${view} current=${current} />`)}
      <li><button type="button" class="rail-item" aria-haspopup="dialog" aria-expanded=${moreOpen.value}
        aria-current=${others.some((view) => view.name === current) ? 'true' : undefined} onClick=${() => { moreOpen.value = true; }}>
        <${Icon} name="more" size=${18} /><span class="rail-words">More</span></button></li>
    </ul></nav>
    ${moreOpen.value ? html`<${Dialog} title="More" class="sheet" onClose=${close}>
      <ul class="sheet-list">${others.map((view) => html`<${Item} key=${view.name} view=${view} current=${current} onClick=${close} />`)}
        <li><button type="button" class="rail-item" onClick=${() => { close(); paletteOpen.value = true; }}><${Icon} name="search" size=${18} /><span class="rail-words">Go to…</span></button></li>
        <li><${State} /></li></ul>
      <${Switches} />
    <//>` : null}
  </div>`;
}
