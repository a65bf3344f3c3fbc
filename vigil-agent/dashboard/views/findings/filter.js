// What the list of findings is filtered by: the URL's parameters as a question to the API, the
// bar that sets them, and links that keep them. Never asks anything itself.

import { html } from '../../vendor/preact.js';
import { clientName } from '../../lib/clients.js';
import { count, counted, folderName } from '../../lib/format.js';
import { flat } from '../../lib/masks.js';
import { href, hrefWith, query } from '../../lib/router.js';
import { SEVERITIES, facets } from '../../lib/status.js';
import { SeverityShape } from '../../parts/badge.js';
import { FilterBar } from '../../parts/filterbar.js';
import { Choice, Chips, SearchBox } from '../../parts/filters.js';
import { Icon } from '../../parts/icon.js';
import { RangePicker } from '../../parts/range.js';
import { STATES, SUPPRESSED, groupName, ruleName } from './words.js';

/** @typedef {import('../../types/api.d.ts').FindingPage} FindingPage */
/** @typedef {import('../../types/api.d.ts').FindingQuery} FindingQuery */
/** @typedef {Record<string, number>} Counts */

const PLAIN = /** @type {const} */ (['q', 'severity', 'state', 'group', 'rule', 'client', 'project', 'session']);
/** What "Clear filters" takes away; which state one looks at is not among them. */
export const FILTERS = /** @type {const} */ (['q', 'severity', 'group', 'rule', 'client', 'project', 'session', 'range', 'from', 'to']);

/**
 * @param {URLSearchParams} params
 * @param {import('../../lib/time.js').Range} range
 * @returns {FindingQuery}
 */
export function filterOf(params, range) {
  /** @type {Record<string, string | undefined>} */
  const filter = { from: range.from, to: range.to };
  for (const name of PLAIN) filter[name] = params.get(name) ?? undefined;
  return /** @type {FindingQuery} */ (filter);
}

/** The place of a finding, with the filters of the list around it. @param {string} id */
export function placeOf(id) {
  return href(`/findings/${id}`, Object.fromEntries(query.value));
}

/** The list with its filters, no finding open. */
export function listPlace() {
  return href('/findings', Object.fromEntries(query.value));
}

/**
 * Counts are of what is open: with other states they would mislead, so only the names stay.
 * @param {Counts | undefined} counts
 * @param {boolean} open
 * @param {Counts | undefined} [others]  Values that may have findings that are not open.
 * @returns {Counts}
 */
function shown(counts, open, others) {
  if (open) return counts ?? {};
  return Object.fromEntries([...Object.keys(counts ?? {}), ...Object.keys(others ?? {})].map((key) => [key, -1]));
}

/** @param {{ page: FindingPage | null, total: number | null, of: string | null }} props  `of`: the session's title. */
export function FindingFilters({ page, total, of }) {
  const params = query.value;
  const open = !params.has('state') || params.get('state') === 'open';
  const by = page?.facets ?? {};
  const session = params.get('session');
  const set = (params.get('severity') ?? '').split(',');
  // With every severity of every rule there is little room for those that nothing has.
  const severities = open && page ? SEVERITIES.filter((one) => (by.severity?.[one] ?? 0) > 0 || set.includes(one)) : SEVERITIES;
  return html`<${FilterBar} names=${FILTERS} class="finding-bar" search=${html`<${SearchBox} label="Search findings" placeholder="Search rules, evidence and reasons" />`}
    side=${html`<span class="bar-count quiet">${total === null ? '' : counted(total, 'finding')}</span>`}>
    <${Chips} name="severity" label="Severity" values=${severities} words=${(/** @type {import('../../types/api.d.ts').Severity} */ severity) =>
      html`<${SeverityShape} severity=${severity} />${severity}${open ? html` <span class="chip-n">${count(by.severity?.[severity] ?? 0)}</span>` : null}`} />
    <${Choice} name="group" label="Type" all="All types" counts=${shown(by.group, open)} words=${groupName} />
    <${Choice} name="rule" label="Rule" all="All rules" counts=${shown(by.rule, open)} words=${ruleName} />
    <${Choice} name="client" label="Client" all="All clients" counts=${shown(by.client, open, facets.value?.clients)} words=${clientName} />
    <${Choice} name="project" label="Project" all="All projects" counts=${shown(by.project, open, facets.value?.projects)} words=${folderName} />
    <${RangePicker} />
    ${session ? html`<a class="chip is-set" href=${hrefWith({ session: null })} title="Show findings of all sessions"><span class="cut finding-of">In ${of ? flat(of, 60) : 'one session'}</span><${Icon} name="close" size=${12} /><span class="hidden">, remove this filter</span></a>` : null}
  <//>`;
}

/** Which state one looks at, as links. @param {{ counts: Counts | undefined }} props */
export function StateTabs({ counts }) {
  const set = query.value.get('state') ?? 'open';
  const all = counts ? Object.values(counts).reduce((sum, n) => sum + n, 0) : undefined;
  const tabs = [
    ...[...STATES, SUPPRESSED].map(({ state, tab }) => ({ state: /** @type {string} */ (state), tab, n: counts ? counts[state] ?? 0 : undefined })),
    { state: 'any', tab: 'All', n: all },
  ];
  return html`<nav class="state-tabs" aria-label="State">${tabs.map(({ state, tab, n }) => html`<a key=${state} class="state-tab" aria-current=${state === set ? 'true' : undefined}
    href=${href('/findings', { ...Object.fromEntries(query.value), state: state === 'open' ? null : state })}>${tab}${n === undefined ? null : html` <span class="state-tab-n">${count(n)}</span>`}</a>`)}</nav>`;
}
