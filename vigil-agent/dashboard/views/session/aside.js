// What stands beside the timeline: the event that is looked at, the session's findings, the files
// it touched. Which one is in the URL.

import { html } from '../../vendor/preact.js';
import { count } from '../../lib/format.js';
import { query, setQuery } from '../../lib/router.js';
import { Inspector } from './inspector.js';
import { Files, Findings } from './lists.js';

/** @typedef {import('../../types/api.d.ts').SessionView} SessionView */
/** @typedef {import('../../types/api.d.ts').FindingRow} FindingRow */
/** @typedef {import('../../types/api.d.ts').FileUse} FileUse */

/**
 * @param {{ doc: SessionView, look: import('./inspector.js').Look | null, close: () => void,
 *   go: { finding: (finding: FindingRow) => void, file: (file: FileUse) => void } }} props
 */
export function Aside({ doc, look, close, go }) {
  const { session, findings, files } = doc;
  const asked = query.value.get('pane');
  const pane = asked === 'findings' || asked === 'files' ? asked : look ? 'event' : session.findings > 0 ? 'findings' : 'files';
  /** @param {string} name @param {string} words @param {number | null} n */
  const tab = (name, words, n) => html`<button type="button" class="tab" aria-pressed=${pane === name} disabled=${name === 'event' && !look}
    onClick=${() => setQuery({ pane: name === 'event' ? null : name })}>${words}${n === null ? null : html` <span class="quiet">${count(n)}</span>`}</button>`;
  return html`<aside class="pane pane-look" aria-label="Beside the timeline">
    <div class="tabs" role="group" aria-label="What is shown here">${tab('event', 'Event', null)}${tab('findings', 'Findings', session.findings)}${tab('files', 'Files', files.length)}</div>
    <div class="look-scroll" data-scroller key=${pane}>
      ${pane === 'event' && look ? html`<${Inspector} look=${look} session=${session.key} fresh=${doc} onClose=${close} />`
        : pane === 'findings' ? html`<${Findings} findings=${findings} total=${session.findings} chosen=${look?.finding ?? null} go=${go.finding} />`
          : html`<${Files} files=${files} go=${go.file} />`}
    </div>
  </aside>`;
}
