// Filters that live in the URL: a search box, selects, switches, chips of what is set. They set
// parameters of the query (parts never keep a filter of their own).

import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { register } from '../lib/keyboard.js';
import { flat } from '../lib/masks.js';
import { query, setQuery } from '../lib/router.js';
import { Icon } from './icon.js';

/**
 * Focused by `/`; sets the parameter `name` as one types, 250 ms late. `further` is a view's second
 * one, which the key does not lead to.
 * @param {{ name?: string, label: string, placeholder?: string, further?: boolean }} props
 */
export function SearchBox({ name = 'q', label, placeholder, further }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const timer = useRef(0);
  const inUrl = query.value.get(name) ?? '';
  const [typed, setTyped] = useState(inUrl);
  const sent = useRef(inUrl);
  // The URL may change under us: back, a chip cleared.
  useEffect(() => {
    if (inUrl !== sent.current) {
      clearTimeout(timer.current);
      sent.current = inUrl;
      setTyped(inUrl);
    }
  }, [inUrl]);
  useEffect(() => {
    const stop = further ? () => {} : register([{ keys: '/', does: `Focus "${label}"`, group: 'This view', opens: true, run: () => {
      input.current?.focus();
      input.current?.select();
    } }]);
    return () => {
      clearTimeout(timer.current);
      stop();
    };
  }, []);
  /** @param {string} text @param {number} late */
  const send = (text, late) => {
    setTyped(text);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      sent.current = text.trim();
      setQuery({ [name]: text.trim() });
    }, late);
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.key === 'Enter') send(typed, 0);
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    if (typed) send('', 0);
    else input.current?.blur();
  };
  return html`<div class="search">
    <${Icon} name="search" />
    <input ref=${input} type="search" value=${typed} placeholder=${placeholder ?? label} aria-label=${label} autocomplete="off"
      spellcheck=${false} maxlength="500" enterkeyhint="search" onKeyDown=${onKeyDown}
      onInput=${(/** @type {Event} */ event) => send(/** @type {HTMLInputElement} */ (event.currentTarget).value, 250)} />
    ${typed ? html`<button type="button" class="button is-icon" aria-label="Clear the search" onClick=${() => { send('', 0); input.current?.focus(); }}>
      <${Icon} name="close" size=${12} /></button>` : further ? null : html`<kbd aria-hidden="true">/</kbd>`}
  </div>`;
}

/**
 * A drop-down over the values of `counts` ("Claude Code (12)"), most used first; hidden when
 * there is nothing to choose.
 * @param {{ name: string, label: string, all: string, counts: Record<string, number> | undefined,
 *   words?: (value: string) => string }} props  `all` is the choice of no filter.
 */
export function Choice({ name, label, all, counts, words = (value) => value }) {
  const value = query.value.get(name) ?? '';
  const entries = Object.entries(counts ?? {}).sort((a, b) => b[1] - a[1]);
  if (value && !entries.some(([key]) => key === value)) entries.unshift([value, -1]);
  return html`<span class=${`choice${value ? ' is-set' : ''}`}>
    <select aria-label=${label} value=${value}
      onChange=${(/** @type {Event} */ event) => setQuery({ [name]: /** @type {HTMLSelectElement} */ (event.currentTarget).value }, { push: true })}>
      <option value="" selected=${!value}>${all}</option>
      ${entries.map(([key, n]) => html`<option key=${key} value=${key} selected=${key === value}>${flat(words(key), 80)}${n >= 0 ? ` (${n})` : ''}</option>`)}
    </select><${Icon} name="chevron" size=${12} /></span>`;
}

/** A filter that is on or off. @param {{ name: string, children: import('../vendor/preact.js').ComponentChildren }} props */
export function Toggle({ name, children }) {
  const on = query.value.has(name);
  return html`<button type="button" class=${`chip${on ? ' is-set' : ''}`} aria-pressed=${on}
    onClick=${() => setQuery({ [name]: !on }, { push: true })}>${children}</button>`;
}

/**
 * Several values of one parameter, separated by commas; none set means all.
 * @param {{ name: string, label: string, values: readonly string[],
 *   words?: (value: string) => import('../vendor/preact.js').ComponentChildren }} props
 */
export function Chips({ name, label, values, words = (value) => value }) {
  const set = new Set((query.value.get(name) ?? '').split(',').filter(Boolean));
  /** @param {string} value */
  const flip = (value) => {
    const next = values.filter((one) => set.has(one) !== (one === value));
    setQuery({ [name]: next.length === values.length ? '' : next.join(',') }, { push: true });
  };
  return html`<span class="chips" role="group" aria-label=${label}>${values.map((value) => html`<button key=${value} type="button"
    class=${`chip${set.has(value) ? ' is-set' : ''}`} aria-pressed=${set.has(value)} onClick=${() => flip(value)}>${words(value)}</button>`)}</span>`;
}

/** Takes away the filters `names`, where any is set. @param {{ names: readonly string[] }} props */
export function Clear({ names }) {
  if (!names.some((name) => query.value.has(name))) return null;
  return html`<button type="button" class="button is-quiet" onClick=${() => setQuery(Object.fromEntries(names.map((name) => [name, null])), { push: true })}>
    <${Icon} name="close" size=${12} /> Clear filters</button>`;
}
