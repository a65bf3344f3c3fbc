// The processes that a tool call started, folded: what ran, how it ended and how long it took.

import { html, useEffect, useState } from '../../../vendor/preact.js';
import { get, isAbort } from '../../../lib/api.js';
import { counted, duration } from '../../../lib/format.js';
import { endWords, failed } from '../../../lib/processes.js';
import { query } from '../../../lib/query.js';
import { millis } from '../../../lib/time.js';
import { Problem } from '../../../parts/empty.js';
import { Words } from '../../../parts/text.js';

/** @typedef {import('../../../types/api.d.ts').ProcessPage} ProcessPage */

/** @param {{ call: number, fresh: unknown }} props  `fresh`: another value asks again. */
export function Started({ call, fresh }) {
  const [page, setPage] = useState(/** @type {ProcessPage | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    get(query('processes', { call }), abort.signal).then((answer) => {
      setPage(answer);
      setError(null);
    }, (/** @type {Error} */ problem) => {
      if (!isAbort(problem)) setError(problem);
    });
    return () => abort.abort();
  }, [call, fresh, asked]);
  if (error) return html`<${Problem} error=${error} retry=${() => setAsked((n) => n + 1)} slim />`;
  if (!page || page.total === 0) return null;
  const bad = page.processes.filter((one) => failed(one.exit)).length;
  return html`<details class="look-part look-started"><summary><h3>${counted(page.total, 'process', 'processes')}</h3>
      <span class="quiet">${bad > 0 ? `${bad} did not end well; ` : ''}seen by the kernel</span></summary>
    <ul>${page.processes.map((one) => html`<li key=${one.seq}><span class="mono"><${Words} text=${one.argv || one.exe} most=${400} none="command not seen" /></span>
      <span class="started-end"><span class=${`badge${failed(one.exit) ? ' outcome outcome-failed' : ''}`}>${endWords(one)}</span>
      <span class="quiet n">${one.ended === null ? '' : duration(Math.max(0, millis(one.ended) - millis(one.at)))}</span></span></li>`)}</ul>
    ${page.total > page.processes.length ? html`<p class="note">The first ${page.processes.length}.</p>` : null}
  </details>`;
}
