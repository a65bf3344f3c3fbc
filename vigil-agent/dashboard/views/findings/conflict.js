// Two records of the same thing beside each other, for a finding that they disagree: who told
// which, where it stands, and from where on they differ. Reads both; judges neither.

import { html, useEffect, useMemo, useState } from '../../vendor/preact.js';
import { get, isAbort } from '../../lib/api.js';
import { href } from '../../lib/router.js';
import { Witnesses } from '../../parts/badge.js';
import { Problem, Skeleton } from '../../parts/empty.js';
import { Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';

/** @typedef {import('../../types/api.d.ts').EventView} EventView */

const LEAD = 120;
const SHOWN = 600;

/** @param {string} event  The one that tells it otherwise. */
function usePair(event) {
  const [pair, setPair] = useState(/** @type {{ of: string, first: EventView | null, other: EventView } | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    const ask = async () => {
      const other = /** @type {EventView} */ (await get(`events/${event}`, abort.signal));
      const about = other.event.conflicts_with;
      const first = about ? /** @type {EventView} */ (await get(`events/${about}`, abort.signal)) : null;
      setPair({ of: event, first, other });
      setError(null);
    };
    ask().catch((problem) => {
      if (!isAbort(problem)) setError(problem);
    });
    return () => abort.abort();
  }, [event, asked]);
  return { pair: pair?.of === event ? pair : null, error, retry: () => setAsked((n) => n + 1) };
}

/** Where two texts begin and end to differ, in UTF-16 units of each. @param {string} a @param {string} b */
function difference(a, b) {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let same = 0;
  while (same < a.length - start && same < b.length - start && a[a.length - 1 - same] === b[b.length - 1 - same]) same += 1;
  return { start, a: a.length - same, b: b.length - same };
}

/** @param {{ event: string, finding: string }} props */
export function Conflict({ event, finding }) {
  const { pair, error, retry } = usePair(event);
  const differ = useMemo(() => (pair?.first ? difference(pair.first.event.text ?? '', pair.other.event.text ?? '') : null), [pair]);
  return html`<section class="detail-part"><h3>The two records</h3>
    ${error ? html`<${Problem} error=${error} retry=${retry} slim />` : null}
    ${pair ? html`<div class="records">
        ${pair.first && differ ? html`<${Record} title="As told first" view=${pair.first} start=${differ.start} end=${differ.a} finding=${finding} />`
          : html`<p class="quiet">The first record is no longer kept.</p>`}
        <${Record} title="As told otherwise" view=${pair.other} start=${differ?.start ?? 0} end=${differ?.b ?? 0} finding=${finding} /></div>`
      : error ? null : html`<${Skeleton} rows=${2} height=${72} />`}
  </section>`;
}

/** @param {{ title: string, view: EventView, start: number, end: number, finding: string }} props */
function Record({ title, view, start, end, finding }) {
  const text = view.event.text ?? '';
  // A cut never goes through a mask: it would show as brackets.
  const mask = text.lastIndexOf('[[vigil:', start);
  const near = Math.max(0, (mask >= 0 && text.indexOf(']]', mask) + 2 > start - LEAD ? Math.min(mask, start - LEAD) : start - LEAD));
  const marks = end > start ? [{ start: start - near, end: end - near, title: 'Here they differ' }] : [];
  const to = view.session_key ? href(`/sessions/${view.session_key}`, { event: view.event.seq, finding }) : null;
  return html`<div class="record"><div class="place-head"><strong>${title}</strong><${When} at=${view.event.at} /></div>
    <span class="place-text">${near > 0 ? '…' : null}<${Words} text=${text.slice(near)} marks=${marks} mono pre most=${SHOWN} none="no text" /></span>
    ${view.sightings.map((one) => html`<span key=${`${one.place} ${one.position}`} class="record-source quiet"><${Words} text=${one.place} mono most=${200} brief /></span>`)}
    <div class="place-foot">${to ? html`<a href=${to}>Open in its session</a>` : null}<${Witnesses} names=${view.event.witnesses} /></div></div>`;
}
