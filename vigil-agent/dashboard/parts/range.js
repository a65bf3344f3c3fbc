// The time-range picker: presets, or two times of one's own; kept in the URL as `range`, or
// `from` and `to`.

import { html, useEffect, useMemo, useState } from '../vendor/preact.js';
import { query, setQuery } from '../lib/router.js';
import { PRESETS, fromLocalInput, millis, rangeOf, rangeWords, toLocalInput } from '../lib/time.js';
import { Popover } from './popover.js';

/** A preset counts back from now: older than this part of its length, it is no longer true. */
const TRUE_FOR = 1 / 12;

/**
 * The range that the URL says, steady until the URL changes, or the page is seen again after a
 * while: "the last hour" of a tab that was left open over night is another one in the morning.
 * @param {string} [fallback]  The preset when it says none.
 */
export function useRange(fallback = 'all') {
  const params = query.value;
  const said = ['range', 'from', 'to'].map((name) => params.get(name) ?? '').join(' ');
  const [woken, setWoken] = useState(0);
  const range = useMemo(() => rangeOf(params, fallback), [said, fallback, woken]);
  useEffect(() => {
    const preset = PRESETS.find((one) => one.name === range.preset);
    if (!preset || !range.from) return;
    const ends = millis(range.from) + preset.length * (1 + TRUE_FOR);
    const look = () => {
      if (document.visibilityState === 'visible' && Date.now() > ends) setWoken((n) => n + 1);
    };
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [range]);
  return range;
}

/** @param {string} [from] @param {string} [to]  Sets a range of one's own, as a brush does. */
export function setRange(from, to) {
  setQuery({ range: null, from: from ?? null, to: to ?? null }, { push: true });
}

/**
 * `open` is for what always goes up to now: no end can be chosen, and one in the URL counts for nothing.
 * @param {{ fallback?: string, open?: boolean }} props
 */
export function RangePicker({ fallback = 'all', open }) {
  const asked = useRange(fallback);
  const range = open && !asked.preset ? { ...rangeOf(new URLSearchParams(asked.from ? { from: asked.from } : {}), 'all') } : asked;
  return html`<${Popover} label="Time range" words=${rangeWords(range)} icon="calendar" set=${range.preset !== fallback} class="range-panel">${(/** @type {() => void} */ close) =>
    html`<${Panel} range=${range} fallback=${fallback} open=${open} close=${close} />`}<//>`;
}

/** @param {{ range: import('../lib/time.js').Range, fallback: string, open?: boolean, close: () => void }} props */
function Panel({ range, fallback, open, close }) {
  const [from, setFrom] = useState(toLocalInput(range.from));
  const [to, setTo] = useState(open ? '' : toLocalInput(range.to));
  const wrong = from && to && from >= to;
  /** @param {string} name */
  const preset = (name) => {
    setQuery({ range: name === fallback ? null : name, from: null, to: null }, { push: true });
    close();
  };
  const apply = () => {
    if (wrong) return;
    setRange(fromLocalInput(from), fromLocalInput(to));
    close();
  };
  /** @param {(value: string) => void} set */
  const onInput = (set) => (/** @type {Event} */ event) => set(/** @type {HTMLInputElement} */ (event.currentTarget).value);
  return html`<div class="range-presets">${PRESETS.map((one) => html`<button key=${one.name} type="button" class="chip" aria-pressed=${range.preset === one.name}
      onClick=${() => preset(one.name)}>${one.label}</button>`)}</div>
    <label>From <input type="datetime-local" value=${from} onInput=${onInput(setFrom)} /></label>
    ${open ? null : html`<label>To <input type="datetime-local" value=${to} onInput=${onInput(setTo)} /></label>`}
    ${wrong ? html`<p class="range-wrong" role="alert">"To" must be later than "From".</p>` : null}
    <div class="range-foot"><span class="quiet">${open ? 'up to now' : 'in your time zone'}</span>
      <button type="button" class="button is-main" disabled=${!!wrong || (!from && !to)} onClick=${apply}>Apply</button></div>`;
}
