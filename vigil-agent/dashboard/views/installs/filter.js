// What the installs are filtered by: the URL's parameters as a question to the API, the bar that sets
// them, and the places of the list and of one install.

import { html } from '../../vendor/preact.js';
import { clientName } from '../../lib/clients.js';
import { count, counted } from '../../lib/format.js';
import { flat } from '../../lib/masks.js';
import { ecosystemName, wayWords } from '../../lib/packages.js';
import { href, hrefWith, query } from '../../lib/router.js';
import { SEVERITIES } from '../../lib/status.js';
import { SeverityShape } from '../../parts/badge.js';
import { FilterBar } from '../../parts/filterbar.js';
import { Chips, Choice, SearchBox } from '../../parts/filters.js';
import { Icon } from '../../parts/icon.js';
import { RangePicker } from '../../parts/range.js';

/** @typedef {import('../../types/api.d.ts').InstallPage} InstallPage */
/** @typedef {import('../../types/api.d.ts').InstallQuery} InstallQuery */
/** @typedef {import('../../types/api.d.ts').InstallRow} InstallRow */

const PLAIN = /** @type {const} */ (['q', 'severity', 'ecosystem', 'client', 'package', 'session', 'outcome', 'way']);
export const FILTERS = /** @type {const} */ ([...PLAIN, 'range', 'from', 'to']);
const NONE = 'none';

/** @param {URLSearchParams} params @param {import('../../lib/time.js').Range} range @returns {InstallQuery} */
export function filterOf(params, range) {
  /** @type {Record<string, string | undefined>} */
  const filter = { from: range.from, to: range.to };
  for (const name of PLAIN) filter[name] = params.get(name) ?? undefined;
  return /** @type {InstallQuery} */ (filter);
}

/** What tells an install from others, in the page and in its address. @param {InstallRow} row */
export function idOf(row) {
  return `${row.event}.${row.place}`;
}

/** The place of an install, with the filters of the list around it. @param {string} id */
export function placeOf(id) {
  return href(`/installs/${id}`, Object.fromEntries(query.value));
}

/** The list with its filters, no install open. */
export function listPlace() {
  return href('/installs', Object.fromEntries(query.value));
}

/** @type {Record<string, string>} */
const OUTCOMES = { executed: 'Ran', requested: 'Only requested', denied: 'Denied', failed: 'Failed', interrupted: 'Interrupted' };

/** @param {{ page: InstallPage | null, total: number | null, of: string | null }} props  `of`: the session's title. */
export function InstallFilters({ page, total, of }) {
  const params = query.value;
  const by = page?.facets ?? {};
  const set = (params.get('severity') ?? '').split(',');
  const severities = [...SEVERITIES, NONE].filter((one) => (by.severity?.[one] ?? 0) > 0 || set.includes(one));
  const [session, name] = [params.get('session'), params.get('package')];
  return html`<${FilterBar} names=${FILTERS} class="install-bar" search=${html`<${SearchBox} label="Search installs" placeholder="Search packages, commands and reasons" />`}
    side=${html`<span class="bar-count quiet">${total === null ? '' : counted(total, 'install')}</span>`}>
    <${Chips} name="severity" label="Verdict" values=${severities} words=${(/** @type {string} */ one) => one === NONE
      ? html`nothing known <span class="chip-n">${count(by.severity?.[one] ?? 0)}</span>`
      : html`<${SeverityShape} severity=${one} />${one} <span class="chip-n">${count(by.severity?.[one] ?? 0)}</span>`} />
    <${Choice} name="ecosystem" label="Ecosystem" all="All ecosystems" counts=${by.ecosystem} words=${ecosystemName} />
    <${Choice} name="client" label="Client" all="All clients" counts=${by.client} words=${clientName} />
    <${Choice} name="outcome" label="Outcome" all="All outcomes" counts=${by.outcome} words=${(/** @type {string} */ one) => OUTCOMES[one] ?? one} />
    ${Object.keys(by.way ?? {}).length > 1 || params.has('way') ? html`<${Choice} name="way" label="Shown by" all="All ways" counts=${by.way} words=${(/** @type {InstallRow['way']} */ one) => wayWords(one).words} />` : null}
    <${RangePicker} />
    ${name ? html`<${Set} name="package" words=${`Package ${flat(name, 60)}`} />` : null}
    ${session ? html`<${Set} name="session" words=${`In ${of ? flat(of, 60) : 'one session'}`} />` : null}
  <//>`;
}

/** A filter that only links set, and the way out of it. @param {{ name: string, words: string }} props */
function Set({ name, words }) {
  return html`<a class="chip is-set" href=${hrefWith({ [name]: null })}><span class="cut install-set">${words}</span><${Icon} name="close" size=${12} /><span class="hidden">, remove this filter</span></a>`;
}
