// A tool's input as named fields, or as it stands when it is no JSON object.

import { html, useMemo, useRef } from '../../../vendor/preact.js';
import { Words } from '../../../parts/text.js';
import { fieldsOf, inOrder } from '../input.js';
import { FindingLinks, More, Text, marksOf, useFocusMark } from './text.js';

/** @typedef {import('../event.js').Whole} Whole */
/** @typedef {import('../input.js').InputField} InputField */

/** Fields shorter than this and of one line stand beside their name. */
const SHORT = 60;

/**
 * @param {{ whole: Whole, more: () => Promise<void>, span: { start: number, end: number } | null, finding: string | null }} props
 */
export function ToolInput(props) {
  const { whole, more, span, finding } = props;
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const fields = useMemo(() => {
    const found = fieldsOf(whole.text, marksOf(whole.spans, span, finding));
    return found && inOrder(found);
  }, [whole, span?.start, span?.end, finding]);
  const place = fields?.findIndex((field) => field.marks.some((mark) => mark.focus));
  useFocusMark(box, `${whole.first.event.seq} ${span?.start} ${finding} ${place}`);
  if (fields === null) return html`<${Text} ...${props} mono none="no input" />`;
  return html`<div ref=${box} class="look-text"><${FindingLinks} spans=${whole.spans} />
    ${fields.length === 0 ? html`<p class="quiet">called without any input</p>` : html`<dl class="look-fields">${fields.map((field, i) => html`<${Field} key=${`${i} ${field.name}`} field=${field} />`)}</dl>`}
    <${More} whole=${whole} more=${more} /></div>`;
}

/** @param {{ field: InputField }} props */
function Field({ field }) {
  const brief = field.value.length <= SHORT && !field.value.includes('\n');
  const sign = field.name.startsWith('old_') ? ' is-old' : field.name.startsWith('new_') ? ' is-new' : '';
  return html`<div class=${`look-field${brief ? ' is-brief' : ''}${sign}`}><dt><${Words} text=${field.name} most=${120} brief /></dt>
    <dd><${Words} text=${field.value} marks=${field.marks} mono pre most=${Infinity} none="empty" /></dd></div>`;
}
