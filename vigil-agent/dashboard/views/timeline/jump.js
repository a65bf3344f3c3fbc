// Jumps to a date: the feed then begins at the end of that day. In the URL as `at`.

import { html } from '../../vendor/preact.js';
import { setQuery } from '../../lib/router.js';
import { rfc3339 } from '../../lib/time.js';

/** @param {{ at: string | null }} props */
export function Jump({ at }) {
  /** @param {Event} event */
  const onChange = (event) => {
    const { value } = /** @type {HTMLInputElement} */ (event.currentTarget);
    const [year = 0, month = 1, day = 1] = value.split('-').map(Number);
    // While a year is typed the field already says 0002.
    if (value && year < 1990) return;
    setQuery({ at: value ? rfc3339(new Date(year, month - 1, day + 1)) : null }, { push: true });
  };
  return html`<label class=${`jump${at ? ' is-set' : ''}`}><span>Go to</span><input type="date" value=${dateOf(at)} onChange=${onChange} /></label>`;
}

/** @param {string | null} at  The day whose end, or within which, `at` is. */
function dateOf(at) {
  if (!at) return '';
  const date = new Date(Date.parse(at) - 1);
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
