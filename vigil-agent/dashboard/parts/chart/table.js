// The figures of a chart as a table, folded away until it is wanted.

import { html, useState } from '../../vendor/preact.js';

/**
 * `sum`: with a column that adds the lines up, `total` is its words.
 * @param {{ x: number[], lines: import('../chart.js').Line[], label: string, words: (value: number) => string,
 *   when: (x: number) => string, sum: boolean, total?: (i: number) => string }} props
 */
export function Table({ x, lines, label, words, when, sum, total }) {
  const [open, setOpen] = useState(false);
  const withSum = sum && lines.length > 1;
  return html`<details class="chart-table" onToggle=${(/** @type {Event} */ event) => setOpen(/** @type {HTMLDetailsElement} */ (event.currentTarget).open)}>
    <summary>As a table</summary>
    ${open ? html`<div class="table-box" tabindex="0" role="region" aria-label=${`${label}, table`}><table><thead><tr><th scope="col">From</th>
      ${lines.map((line, i) => html`<th key=${i} scope="col" class="n">${line.label}</th>`)}${withSum ? html`<th scope="col" class="n">Total</th>` : null}</tr></thead>
      <tbody>${x.map((start, i) => html`<tr key=${start}><th scope="row">${when(start)}</th>
        ${lines.map((line, n) => html`<td key=${n} class="n">${line.values[i] == null ? '' : line.say?.(i) ?? words(line.values[i] ?? 0)}</td>`)}
        ${withSum ? html`<td class="n">${total?.(i) ?? words(lines.reduce((all, line) => all + (line.values[i] ?? 0), 0))}</td>` : null}</tr>`)}</tbody></table></div>` : null}
  </details>`;
}
