// A text with the findings in it marked and listed, longer ones a piece at a time.

import { html, useEffect, useMemo, useRef, useState } from '../../../vendor/preact.js';
import { announce } from '../../../lib/announce.js';
import { bytes } from '../../../lib/format.js';
import { ruleWords } from '../../../lib/masks.js';
import { Severity, TriageState } from '../../../parts/badge.js';
import { Words } from '../../../parts/text.js';

/** @typedef {import('../../../types/api.d.ts').SpanRow} SpanRow */
/** @typedef {import('../../../parts/text/marks.js').Mark} Mark */
/** @typedef {import('../event.js').Whole} Whole */

/**
 * The places to mark; the one that is looked for has the focus.
 * @param {SpanRow[]} spans @param {{ start: number, end: number } | null} span @param {string | null} finding
 * @returns {Mark[]}
 */
export function marksOf(spans, span, finding) {
  const marks = spans.map((one) => ({
    start: one.start, end: one.end, severity: one.severity, title: `${one.severity}: ${ruleWords(one.rule)}`,
    focus: finding !== null ? one.finding === finding : span !== null && one.start === span.start && one.end === span.end,
  }));
  if (span !== null && !marks.some((mark) => mark.focus)) return [...marks, { ...span, focus: true, title: 'the place this link points to' }];
  return marks;
}

/** Findings in a text, once each, as links. @param {{ spans: SpanRow[] }} props */
export function FindingLinks({ spans }) {
  const once = [...new Map(spans.map((span) => [span.finding, span])).values()];
  if (once.length === 0) return null;
  return html`<ul class="look-findings" aria-label="Findings in this text">${once.slice(0, 50).map((span) => html`<li key=${span.finding}>
    <a href=${`/findings/${span.finding}`}><${Severity} severity=${span.severity} /><span>${ruleWords(span.rule)}</span></a>
    ${span.state === 'open' ? null : html`<${TriageState} state=${span.state} />`}</li>`)}
    ${once.length > 50 ? html`<li class="quiet">and ${once.length - 50} more</li>` : null}</ul>`;
}

/** Brings the mark with the focus into view once it is there. @param {unknown} what  Another value looks again. */
export function useFocusMark(/** @type {{ current: HTMLElement | null }} */ box, what) {
  useEffect(() => {
    box.current?.querySelector('.hit.is-focus')?.scrollIntoView({ block: 'center', inline: 'nearest' });
  }, [what]);
}

/** @param {{ whole: Whole, more: () => Promise<void> }} props */
export function More({ whole, more }) {
  const [busy, setBusy] = useState(false);
  if (whole.next === null) return null;
  const left = whole.first.bytes - whole.next;
  const onClick = async () => {
    setBusy(true);
    await more();
    setBusy(false);
    announce('More of the text is shown');
  };
  return html`<p class="look-more"><button type="button" class="button" disabled=${busy} onClick=${onClick}>Show more</button>
    <span class="quiet">${bytes(whole.next)} of ${bytes(whole.first.bytes)} shown, ${bytes(left)} left</span></p>`;
}

/**
 * @param {{ whole: Whole, more: () => Promise<void>, span: { start: number, end: number } | null, finding: string | null,
 *   mono?: boolean, none?: string }} props
 */
export function Text({ whole, more, span, finding, mono, none = 'no text' }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const marks = useMemo(() => marksOf(whole.spans, span, finding), [whole, span?.start, span?.end, finding]);
  useFocusMark(box, `${whole.first.event.seq} ${marks.find((mark) => mark.focus && mark.start < whole.text.length)?.start}`);
  return html`<div ref=${box} class="look-text"><${FindingLinks} spans=${whole.spans} />
    <div class=${`look-block${mono ? ' is-mono' : ''}`}><${Words} text=${whole.text} marks=${marks} mono=${mono} pre most=${Infinity} none=${none} /></div>
    <${More} whole=${whole} more=${more} /></div>`;
}
