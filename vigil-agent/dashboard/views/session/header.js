// The head of the session view: what session this is and what it amounts to, in three lines.

import { html, useEffect, useMemo, useState } from '../../vendor/preact.js';
import { get } from '../../lib/api.js';
import { isSite } from '../../lib/clients.js';
import { count, counted, duration, money, share, short, shortId, tokensInFull, tokensOf } from '../../lib/format.js';
import { query } from '../../lib/query.js';
import { whole } from '../../lib/time.js';
import { Client, Deleted } from '../../parts/badge.js';
import { Icon } from '../../parts/icon.js';
import { Path, Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';
import { Cost } from './cost.js';
import { OUTCOME } from './outline.js';

/** @typedef {import('../../types/api.d.ts').SessionView} SessionView */
/** @typedef {import('../../types/api.d.ts').SessionRow} SessionRow */
/** @typedef {import('../../types/api.d.ts').SessionPage} SessionPage */

/** @param {{ session: SessionRow }} props */
export function Title({ session }) {
  return session.title ? html`<${Words} text=${session.title} most=${300} brief />`
    : html`Untitled <span class="mono quiet"><${Words} text=${shortId(session.id)} brief /></span>`;
}

/** @param {{ doc: SessionView }} props */
export function Facts({ doc }) {
  const { session } = doc;
  const tally = useMemo(() => {
    let failed = 0;
    let denied = 0;
    for (const row of doc.outline.rows) {
      if (row[OUTCOME] === 'failed') failed += 1;
      if (row[OUTCOME] === 'denied') denied += 1;
    }
    return [failed > 0 && `${count(failed)} failed`, denied > 0 && `${count(denied)} denied`].filter(Boolean).join(', ');
  }, [doc]);
  const { usage } = session;
  const length = session.started && session.last ? Date.parse(session.last) - Date.parse(session.started) : 0;
  const read = usage.input + usage.cache_read + usage.cache_write;
  return html`<div class="facts">
    <p class="facts-line"><span class="facts-client"><${Client} name=${session.client} version=${session.version} />${session.version ? html`<span class="quiet cut"><${Words} text=${session.version} most=${40} brief /></span>` : null}</span>
      <span class=${`facts-path${isSite(session.client) ? '' : ' mono'}`}><${Path} path=${session.cwd} none=${isSite(session.client) ? 'Web conversation, as its page told the browser extension' : undefined} /></span>
      ${session.branch ? html`<span class="facts-branch"><${Icon} name="branch" size=${12} /><span class="cut"><${Words} text=${session.branch} most=${80} brief /></span></span>` : null}
      ${session.model ? html`<span class="mono quiet cut"><${Words} text=${session.model} most=${80} brief /></span>` : null}
      <${Parent} id=${session.parent} /></p>
    <p class="facts-line"><span title=${session.started ? whole(session.started) : undefined}><span class="quiet">Started</span> <${When} at=${session.started} /></span>
      <span><span class="quiet">last</span> <${When} at=${session.last} />${length > 60_000 ? html` <span class="quiet">(${duration(length)})</span>` : null}</span>
      <span>${counted(session.turns, 'turn')}</span><span>${counted(session.tool_calls, 'tool call')}${tally ? html` <span class="facts-wrong">(${tally})</span>` : null}</span>
      ${isSite(session.client) && tokensOf(usage) === 0 ? html`<span class="quiet" title="a page says neither how many tokens it took nor what that cost">tokens not told</span>` : html`<span title=${tokensInFull(usage)}>${short(tokensOf(usage))} tokens${read > 0 ? html` <span class="quiet">${share(usage.cache_read / read)} cached</span>` : null}</span>`}
      <${Cost} usage=${usage} /><${Unexplained} open=${doc.unexplained} />${session.deleted ? html`<span><${Deleted} at=${session.deleted} /></span>` : null}</p>
  </div>`;
}

/** What the client says beyond the calls on record. @param {{ open: SessionView['unexplained'] }} props */
function Unexplained({ open }) {
  if (!open) return null;
  const usd = money({ cost_usd: Math.abs(open.cost_usd), estimated: false });
  return html`<span class="quiet" title="The client’s own total of this session. It makes calls that it does not write down, such as those of a compaction.">its client says ${usd} ${open.cost_usd < 0 ? 'less' : 'more'}</span>`;
}

/** The session that this one continues, found by the client's id of it. @param {{ id: string | null }} props */
function Parent({ id }) {
  const [found, setFound] = useState(/** @type {SessionRow | null} */ (null));
  useEffect(() => {
    if (!id) return;
    const abort = new AbortController();
    get(query('sessions', { q: id, limit: 20 }), abort.signal)
      .then((/** @type {SessionPage} */ page) => setFound(page.sessions.find((row) => row.id === id) ?? null), () => {});
    return () => abort.abort();
  }, [id]);
  if (!id) return null;
  return html`<span class="facts-parent"><span class="quiet">continues</span> ${found ? html`<a href=${`/sessions/${found.key}`}>${found.title
    ? html`<${Words} text=${found.title} most=${60} brief />` : html`<span class="mono"><${Words} text=${shortId(found.id)} brief /></span>`}</a>` : html`<span class="mono"><${Words} text=${shortId(id)} brief /></span>`}</span>`;
}
