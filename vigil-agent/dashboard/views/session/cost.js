// What something cost; nothing where tokens were used and no price is known, because that is not
// the same as costing nothing.

import { html } from '../../vendor/preact.js';
import { isUnpriced, money, moneyTitle } from '../../lib/format.js';

/** @typedef {import('../../types/api.d.ts').UsageFigures} UsageFigures */

/** @param {{ usage: UsageFigures, class?: string, none?: string }} props */
export function Cost({ usage, none = '', ...rest }) {
  if (usage.calls === 0 || isUnpriced(usage)) return none ? html`<span class="quiet">${none}</span>` : null;
  return html`<span class=${rest.class} title=${moneyTitle(usage)}>${money(usage)}</span>`;
}
