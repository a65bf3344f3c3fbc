// What stands there when the range holds nothing: whether the record begins or ends elsewhere, a
// filter is in the way, or nothing was ever recorded. Each with the way on.

import { html } from '../../vendor/preact.js';
import { setQuery } from '../../lib/router.js';
import { Empty } from '../../parts/empty.js';
import { spanWords } from './spans.js';
import { allHref, isZoomed, resetZoom, spanHref } from './zoom.js';

/**
 * @param {{ record: { from: number, to: number, zone: string } | null | undefined, range: string, filters: readonly string[],
 *   filtered: boolean }} props  `range` in words, as in "in the last 30 days"; `record`: where there is usage under these filters.
 */
export function Nothing({ record, range, filters, filtered }) {
  if (record === undefined) return null;
  if (record) {
    const span = spanWords(record.from, record.to, record.zone);
    return html`<${Empty} title=${`No usage ${range}.`}>
      <p>${filtered ? 'Under these filters, usage' : 'Usage'} was recorded ${span}.</p>
      <div class="empty-ways">${isZoomed() ? html`<button type="button" class="button is-main" onClick=${resetZoom}>Reset zoom</button>` : null}<a class=${`button${isZoomed() ? '' : ' is-main'}`} href=${spanHref(record)}>Show ${span}</a>
        <a class="button" href=${allHref()}>Show all time</a></div><//>`;
  }
  if (filtered) {
    return html`<${Empty} title="No usage matches these filters, at any time.">
      <button type="button" class="button" onClick=${() => setQuery(Object.fromEntries(filters.map((name) => [name, null])), { push: true })}>Clear filters</button><//>`;
  }
  return html`<${Empty} title="No usage has been recorded yet." command="vigil status">
    <p>Tokens and cost are counted for each call of a model that Vigil sees: in the transcripts of an agent such as Claude Code, or on the wire through the proxy. This command tells what Vigil can see on this machine and what would improve it:</p><//>`;
}
