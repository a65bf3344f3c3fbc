// The few icons, drawn here: 16 px strokes in the text's colour. Always decoration; the words
// beside them, or an aria-label on what holds them, carry the meaning.

import { html } from '../vendor/preact.js';

/** @type {Record<string, string[]>} */
const PATHS = {
  sessions: ['M2.5 4h11', 'M2.5 8h11', 'M2.5 12h7'],
  live: ['M1.5 8h3l2-5 3 10 2-5h3'],
  findings: ['M8 1.8 14.6 13.5H1.4Z', 'M8 6v3.6', 'M8 11.4v.4'],
  installs: ['M8 1.8v7.4', 'M4.8 6.2 8 9.4l3.200-3.200', 'M2.5 9.5v4h11v-4'],
  analytics: ['M2.5 13.5h11', 'M4.5 11V8', 'M8 11V3', 'M11.5 11V6'],
  timeline: ['M4 2v12', 'M4 4.5h8', 'M4 8h5', 'M4 11.5h7'],
  system: ['M2 3h12v8H2Z', 'M5.5 13.5h5', 'M8 11v2.5'],
  capture: ['M8 2a6 6 0 1 0 6 6', 'M8 5a3 3 0 1 0 3 3', 'M8 8l5-5'],
  search: ['M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z', 'M10.4 10.4 14 14'],
  more: ['M3.5 8h.01', 'M8 8h.01', 'M12.5 8h.01'],
  close: ['M3.5 3.5l9 9', 'M12.5 3.5l-9 9'],
  copy: ['M5.5 5.5h8v8h-8Z', 'M10.5 5.5v-3h-8v8h3'],
  check: ['M2.5 8.5l3.5 3.5 7.5-8'],
  calendar: ['M2 3.5h12v10H2Z', 'M2 6.5h12', 'M5 1.8v3', 'M11 1.8v3'],
  sun: ['M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6Z', 'M8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M13 3l-1.2 1.2M4.2 11.8 3 13'],
  moon: ['M13.5 9.7A6 6 0 0 1 6.3 2.5a6 6 0 1 0 7.2 7.2Z'],
  auto: ['M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Z', 'M8 2v12', 'M8 5l4-1M8 8.5l5.8-1M8 12l4.4-1'],
  clock: ['M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Z', 'M8 4.8V8l2.4 1.6'],
  help: ['M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Z', 'M6.2 6.4a1.9 1.9 0 1 1 2.6 1.7c-.6.3-.8.6-.8 1.3', 'M8 11.4v.3'],
  globe: ['M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Z', 'M2 8h12', 'M8 2c4 4 4 8 0 12', 'M8 2c-4 4-4 8 0 12'],
  pause: ['M5.5 3.5v9', 'M10.5 3.5v9'],
  play: ['M5 3l8 5-8 5Z'],
  chevron: ['M4 6l4 4 4-4'],
  right: ['M6 4l4 4-4 4'],
  left: ['M10 4 6 8l4 4'],
  up: ['M8 13V3', 'M3.5 7.5 8 3l4.5 4.5'],
  compact: ['M3 2.5l5 4 5-4', 'M3 13.5l5-4 5 4', 'M2 8h12'],
  branch: ['M4.5 2v12', 'M4.5 10c0-3 7-2 7-6', 'M11.5 2v2'],
  download: ['M8 2v8', 'M4.5 7 8 10.5 11.5 7', 'M2.5 13.5h11'],
};

/** @param {{ name: string, size?: number }} props */
export function Icon({ name, size = 16 }) {
  return html`<svg class="icon" width=${size} height=${size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    ${(PATHS[name] ?? []).map((d) => html`<path d=${d} />`)}
  </svg>`;
}

/** The mark: a recorder's reel that is also an eye; amber when there is something to look at. */
export function Mark({ lit = false }) {
  return html`<svg class=${`mark${lit ? ' is-lit' : ''}`} width="24" height="24" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path class="mark-eye" d="M2 12c2.6-4.6 6-7 10-7s7.4 2.4 10 7c-2.6 4.6-6 7-10 7s-7.4-2.4-10-7Z" />
    <circle class="mark-lamp" cx="12" cy="12" r="3.6" />
  </svg>`;
}
