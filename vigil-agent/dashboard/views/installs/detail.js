// One install in full: the verdict and its reasons, the command, who saw it, where it stands, what
// to do. A pane beside the list where there is room, else a page.

import { html, useEffect, useState } from '../../vendor/preact.js';
import { get, isAbort } from '../../lib/api.js';
import { ecosystemName, packageName, reasonWhy, shellWord, sourceWords, wayWords } from '../../lib/packages.js';
import { query as apiQuery } from '../../lib/query.js';
import { href } from '../../lib/router.js';
import { Client, Severity, Witnesses } from '../../parts/badge.js';
import { Command, Empty, Problem, Skeleton } from '../../parts/empty.js';
import { Path, Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';
import { idOf } from './filter.js';
import { Steps } from './next.js';
import { Became, Because, Verdict } from './row.js';

/** @typedef {import('../../types/api.d.ts').InstallPage} InstallPage */
/** @typedef {import('../../types/api.d.ts').InstallRow} InstallRow */

/**
 * The install of an address that the list has not at hand.
 * @param {string | null} id
 * @param {InstallRow | null} known
 */
export function useInstall(id, known) {
  const [row, setRow] = useState(/** @type {InstallRow | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [gone, setGone] = useState(false);
  const [asked, setAsked] = useState(0);
  const missing = id !== null && known === null && (row === null || idOf(row) !== id);
  useEffect(() => {
    setGone(false);
    setError(null);
    if (!missing) return;
    const abort = new AbortController();
    const event = id.slice(0, id.lastIndexOf('.'));
    get(apiQuery('installs', { event, limit: 200 }), abort.signal).then((/** @type {InstallPage} */ page) => {
      const found = page.installs.find((one) => idOf(one) === id) ?? null;
      setRow(found);
      setGone(found === null);
    }, (/** @type {Error} */ problem) => {
      if (!isAbort(problem)) setError(problem);
    });
    return () => abort.abort();
  }, [id, missing, asked]);
  const own = row !== null && idOf(row) === id ? row : null;
  return { row: known ?? own, error, gone, again: () => setAsked((n) => n + 1) };
}

/** @param {{ found: ReturnType<typeof useInstall>, head: import('../../vendor/preact.js').ComponentChildren }} props */
export function Detail({ found, head }) {
  const { row, error, gone, again } = found;
  if (!row) {
    return html`<div class="detail"><div class="detail-head">${head}</div>
      ${gone || (error && /** @type {{ status?: number }} */ (error).status === 400) ? html`<${Empty} title="There is no such install."><p>It may have been removed with its session, or the address is not complete.</p><a class="button" href="/installs">All installs</a><//>`
        : error ? html`<${Problem} error=${error} retry=${again} />` : html`<${Skeleton} rows=${4} />`}</div>`;
  }
  const { package: of, reasons } = row;
  return html`<article class="detail" aria-label=${'The install in full'}>
    <div class="detail-head"><${Verdict} severity=${row.severity} /><${Became} row=${row} /><span class="detail-lead">${head}</span></div>
    <h2 class="detail-title" tabindex="-1" data-detail><${Words} text=${packageName(of)} most=${300} brief />${of.package && of.version ? html` <span class="mono quiet"><${Words} text=${of.version} most=${80} brief /></span>` : null}</h2>
    <p class="detail-evidence"><${Words} text=${row.command} mono pre most=${1200} /></p>
    <section class="detail-part is-first"><h3>Why</h3>${reasons.length === 0
      ? html`<p>Nothing that Vigil knows speaks against it. That is no proof that it is harmless.</p>`
      : html`<ul class="install-reasons">${reasons.map((reason, i) => html`<li key=${i}><span><${Because} reason=${reason} /></span>${reasonWhy(reason) ? html`<span class="quiet">${reasonWhy(reason)}</span>` : null}</li>`)}</ul>`}</section>
    <${Facts} row=${row} />
    <${Steps} row=${row} />
    <${Again} row=${row} />
  </article>`;
}

/** @param {{ row: InstallRow }} props */
function Facts({ row }) {
  const { package: of } = row;
  return html`<dl class="detail-facts">
    <div><dt>Ecosystem</dt><dd>${ecosystemName(of.ecosystem)} <span class="quiet">by ${of.manager}</span></dd></div>
    <div><dt>From</dt><dd>${sourceWords(of.source)}${of.url ? html`: <span class="mono"><${Words} text=${of.url} most=${400} /></span>` : null}</dd></div>
    ${of.flags.length > 0 ? html`<div><dt>Flags</dt><dd>${of.flags.join(', ')}</dd></div>` : null}
    <div><dt>Shown by</dt><dd>${wayWords(row.way).title}${row.tool ? html` <span class="quiet">(<${Words} text=${row.tool} most=${60} brief />)</span>` : null}</dd></div>
    <div><dt>Asked for</dt><dd><${When} at=${row.at} /></dd></div>
    <div><dt>Seen by</dt><dd><${Witnesses} names=${row.witnesses} /></dd></div>
    <div><dt>Session</dt><dd>${row.session_key ? html`<a href=${href(`/sessions/${row.session_key}`, { event: row.seq })}>${row.turn === null ? 'Open the exact place' : `Turn ${row.turn}`}</a> <span class="quiet">of</span> <${Words} text=${row.title} most=${200} brief none="an untitled session" />`
      : html`<span class="quiet">outside of any session</span>`}</dd></div>
    ${row.project ? html`<div><dt>Project</dt><dd><${Path} path=${row.project} /></dd></div>` : null}
    ${row.client ? html`<div><dt>Client</dt><dd><${Client} name=${row.client} /></dd></div>` : null}
    <div><dt>Judged by</dt><dd>knowledge of <${When} at=${row.judged_by} /></dd></div>
    ${row.findings.length > 0 ? html`<div><dt>Findings</dt><dd class="install-findings">${row.findings.slice(0, 5).map((id, i) => html`<a key=${id} href=${`/findings/${id}`}>${i === 0 && row.severity ? html`<${Severity} severity=${row.severity} /> ` : null}${id.slice(0, 8)}</a>`)}</dd></div>` : null}
  </dl>`;
}

/** Where to look further: the same package elsewhere, and in a terminal. @param {{ row: InstallRow }} props */
function Again({ row: { package: of } }) {
  const word = of.package === null ? null : shellWord(of.package);
  if (of.package === null) return null;
  return html`<section class="detail-part"><h3>The same package elsewhere</h3>
    <p><a href=${href('/installs', { package: of.package, ecosystem: of.ecosystem })}>Every install of it</a></p>
    ${word ? html`<p class="quiet">What is known of it, in a terminal:</p><${Command} text=${`vigil check-package ${word} --ecosystem ${of.ecosystem}`} />` : null}</section>`;
}
