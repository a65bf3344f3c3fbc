// The headline numbers and how each differs from the same length of time before. Where the record
// does not reach back that far, says so instead of comparing with nothing.

import { html } from '../../vendor/preact.js';
import { count, isUnpriced, money, moneyTitle, share, short, tokensInFull } from '../../lib/format.js';
import { cacheShare, tokensIn } from './metrics.js';
import { dayWords, lengthWords, spanWords } from './spans.js';

/** @typedef {import('../../types/api.d.ts').Analytics} Analytics */

const DAY = 86_400;
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 });
const points = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

/** @param {{ doc: Analytics, filtered: { model: boolean } }} props */
export function Headline({ doc, filtered }) {
  const { total, before } = doc;
  const [from, to] = [Date.parse(doc.from) / 1000, Date.parse(doc.to) / 1000];
  const length = to - from;
  const first = doc.first ? Date.parse(doc.first) / 1000 : null;
  // A range that ends in the future has not had its time yet; so far it counts in full.
  const whole = first !== null && first <= from - length;
  const against = whole && before.calls > 0;
  const days = Math.max(1, (Math.min(to, Date.now() / 1000) - Math.max(from, first ?? from)) / DAY);
  const tools = doc.tools.reduce((sum, tool) => ({ calls: sum.calls + tool.calls, failed: sum.failed + tool.failed, denied: sum.denied + tool.denied }), { calls: 0, failed: 0, denied: 0 });
  const part = cacheShare(total);
  const partBefore = cacheShare(before);
  const perDay = money({ cost_usd: total.cost_usd / days, estimated: total.estimated });
  /** @param {number} now @param {number} then @param {(value: number) => string} words */
  const change = (now, then, words) => (against && then > 0 ? { by: now / then - 1, words: words(then) } : null);
  return html`<section class="figures" aria-label="In total">
    <dl class="figures-row">
      <${Figure} label="Cost" figure=${money(total)} title=${moneyTitle(total)} more=${isUnpriced(total) ? 'no price is known' : days >= 2 ? `${perDay} a day` : total.estimated ? 'estimated' : 'as reported'}
        change=${change(total.cost_usd, before.cost_usd, (cost_usd) => money({ cost_usd, estimated: before.estimated }))} />
      <${Figure} label="Tokens in" figure=${short(tokensIn(total))} title=${tokensInFull(total)} more=${`${short(total.input)} uncached`}
        change=${change(tokensIn(total), tokensIn(before), count)} />
      <${Figure} label="Tokens out" figure=${short(total.output)} title=${`${count(total.output)} tokens`}
        more=${total.calls > 0 ? `${short(Math.round(total.output / total.calls))} a call` : ''} change=${change(total.output, before.output, count)} />
      <${Figure} label="Cache share" figure=${part === null ? '–' : share(part)} title="of the tokens in, how many were read from the cache"
        more=${`${short(total.cache_write)} written to it`}
        change=${against && part !== null && partBefore !== null ? { points: (part - partBefore) * 100, words: share(partBefore) } : null} />
      <${Figure} label="Model calls" figure=${short(total.calls)} title=${`${count(total.calls)} calls`} more=${days >= 2 ? `${short(Math.round(total.calls / days))} a day` : ''}
        change=${change(total.calls, before.calls, count)} />
      <${Figure} label=${filtered.model ? 'Tool calls, all models' : 'Tool calls'} figure=${`${short(tools.calls)}${doc.tools.length >= 100 ? '+' : ''}`} title=${`${count(tools.calls)} calls`}
        more=${[tools.failed && `${short(tools.failed)} failed`, tools.denied && `${short(tools.denied)} denied`].filter(Boolean).join(', ') || 'none failed'} change=${null} />
    </dl>
    <p class="figures-note quiet">${against
      ? `Change against the ${lengthWords(length)} before: ${spanWords(from - length, from, doc.time_zone)}.`
      : first === null ? 'No usage has been recorded yet.'
        : whole ? `Nothing to compare with: no model was called in the ${lengthWords(length)} before.`
          : `Nothing to compare with: the record of usage begins ${dayWords(first, doc.time_zone)}.`}</p>
  </section>`;
}

/**
 * @typedef {{ by?: number, points?: number, words: string }} Change  A share, or points of a percentage.
 * @param {{ label: string, figure: string, title: string, more: string, change: Change | null }} props
 */
function Figure({ label, figure, title, more, change }) {
  return html`<div class="figure-tile"><dt>${label}</dt>
    <dd class="figure-value" title=${title}>${figure}</dd>${change ? html`<dd class="change"><${ChangeMark} ...${change} /></dd>` : null}
    <dd class="figure-more">${more}</dd></div>`;
}

/** @param {Change} props  Neutral on purpose: more is not worse, and less is not better. */
function ChangeMark({ by, points: moved, words }) {
  const amount = by ?? moved ?? 0;
  const size = by === undefined ? Math.abs(amount) : Math.abs(amount) * 100;
  const text = size < 0.05 ? 'the same' : by === undefined ? `${points.format(size)} pts` : by >= 9.995 ? `${points.format(by + 1)}×` : percent.format(Math.abs(by));
  const way = size < 0.05 ? '' : amount > 0 ? 'up' : 'down';
  return html`<span title=${`${words} before`}>${way ? html`<span aria-hidden="true">${way === 'up' ? '↑' : '↓'}</span><span class="hidden">${way} </span>` : null}${text}</span>`;
}
