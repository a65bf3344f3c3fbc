// What was lost or not read, by the name it is counted under, with what that name means and what
// one can do. Names that are not known here are shown as they are.

import { html } from '../../vendor/preact.js';
import { count } from '../../lib/format.js';
import { Remedy } from '../../parts/empty.js';

/** @type {Record<string, string>} */
export const LOST = {
  'drop.inspect-queue': 'Pieces of a conversation passed through the proxy faster than Vigil could read them. The client got everything; the record has a hole.',
  'drop.finding-without-event': 'A finding could not be tied to what it was found in, and was not kept.',
  'drop.not-writable': 'A batch of events could not be written to the store and is lost. `vigil logs` says why.',
  'gap.inspector-failed': 'Reading a conversation on its way failed, and the rest of that connection was not read.',
  'gap.proxy': 'A request or an answer on its way could not be read: cut off, too large, or in a form Vigil does not know.',
  'gap.paused': 'Something was written while recording was paused. It was not read and will not be.',
  'gap.not-running': 'Vigil did not run. Transcripts of that time were read later; nobody else was there to see.',
  'gap.nul-filled': 'Part of a transcript is filled with zero bytes, as after a crash of the machine. What stood there is gone.',
  'gap.invalid-utf8': 'A line of a transcript is not text and was not read.',
  'gap.invalid-json': 'A line of a transcript is broken and was not read.',
  'gap.line-too-long': 'A line of a transcript is longer than Vigil reads.',
  'gap.unreadable-file': 'A transcript could not be opened. Check its permissions; Vigil tries again.',
  'gap.store-damaged': 'The store was damaged. It was set aside and a new one begun.',
  'gap.quota': 'The store reached its size limit, and the oldest conversations were removed. `store.quota_mib` in the configuration is the limit.',
};

/** Words of a gap event's reason; those of the proxy are counted together. @type {Record<string, string>} */
const REASONS = {
  'no-answer': 'A connection ended before the answer came.',
  'request-cut': 'A connection ended within a request.',
  'answer-cut': 'A connection ended within an answer.',
  'unreadable-request': 'A request on its way could not be read.',
  'unreadable-answer': 'An answer on its way could not be read.',
  'unreadable-head': 'The head of a message on its way could not be read.',
  'unreadable-body': 'The body of a message on its way could not be read.',
  'undecodable-body': 'The body of a message could not be unpacked.',
  'undecodable-encoding': 'A message was packed in a way that Vigil does not know.',
  'body-too-large': 'A message on its way is larger than Vigil reads.',
  'answer-without-request': 'An answer came that no request was seen for.',
};

/** What a name means, without its commands' marks. @param {string} reason  Of a gap event. */
export function gapWords(reason) {
  return REASONS[reason] ?? LOST[`gap.${reason}`] ?? LOST[`drop.${reason}`] ?? null;
}

/** @param {{ drops: Record<string, number> }} props */
export function Lost({ drops }) {
  const lost = Object.entries(drops).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  return html`<section class="capture-panel" aria-labelledby="lost"><h2 id="lost">What was lost</h2>
    ${lost.length === 0 ? html`<p class="quiet">Nothing that Vigil noticed. It cannot count what it never saw.</p>`
      : html`<ul class="capture-lost">${lost.map(([name, n]) => html`<li key=${name}><span class="lost-n">${count(n)}</span>
        <span><span class="mono">${name}</span><span class="lost-words"><${Remedy} text=${LOST[name] ?? (name.startsWith('drop.') ? 'Something was dropped.' : 'Something was not read.')} /></span></span></li>`)}</ul>`}
  </section>`;
}
