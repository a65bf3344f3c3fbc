// What something cost; nothing where tokens were used and no price is known, because that is not
// the same as costing nothing.

import { html } from '../../vendor/preact.js';
import { money, moneyTitle, tokensOf } from '../../lib/format.js';

/** @typedef {import('../../types/api.d.ts').UsageFigures} UsageFigures */

/** @param {UsageFigures} usage */
export function isPriced(usage) {
  return usage.cost_usd !== 0 || usage.estimated || tokensOf(usage) === 0;
}

/** @param {{ usage: UsageFigures, class?: string, none?: string }} props */
export function Cost({ usage, none = '', ...rest }) {
  if (usage.calls === 0 || !isPriced(usage)) return none ? html`<span class="quiet">${none}</span>` : null;
  return html`<span class=${rest.class} title=${moneyTitle(usage)}>${money(usage)}</span>`;
}
