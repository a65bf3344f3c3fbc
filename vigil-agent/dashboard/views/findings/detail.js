// One finding in full: what, why, how sure, who saw it, where, what was said of it and what to do.
// A pane beside the list where there is room, else a page. Shows the list's row until it knows more.

import { html, useEffect, useMemo, useState } from '../../vendor/preact.js';
import { ApiError, get, isAbort } from '../../lib/api.js';
import { evidenceOf, ownMask } from '../../lib/findings.js';
import { href } from '../../lib/router.js';
import { subscribe } from '../../lib/stream.js';
import { Client, Severity, TriageState, Witnesses, isIndependent } from '../../parts/badge.js';
import { CopyButton } from '../../parts/copy.js';
import { Empty, Problem, Skeleton } from '../../parts/empty.js';
import { Icon } from '../../parts/icon.js';
import { Path, Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';
import { Actions } from './actions.js';
import { Conflict } from './conflict.js';
import { placeOf } from './filter.js';
import { NextSteps } from './next.js';
import { History, Places } from './places.js';
import { Sealed } from './sealed.js';
import { Suppress } from './suppress.js';
import { ItsWay } from './way.js';
import { CONFIDENCE, groupName, seenAgain, whatOf } from './words.js';

/** @typedef {import('../../types/api.d.ts').FindingRow} FindingRow */
/** @typedef {import('../../types/api.d.ts').FindingView} FindingView */
/** @typedef {import('../../types/api.d.ts').Triage} Triage */

/** Rows pass quickly under a held key; only one that stays is asked for. */
const RESTS = 60;
/** After a change the agent tells, so many milliseconds may bring more of it. */
const GATHER = 400;

/**
 * The finding `id`, asked for again when findings change or `version` does.
 * @param {string | null} id
 * @param {number} version
 */
export function useFinding(id, version) {
  const [view, setView] = useState(/** @type {FindingView | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [asked, setAsked] = useState(0);
  const again = () => setAsked((n) => n + 1);
  const known = view?.finding.id === id;
  useEffect(() => {
    if (!id) return;
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const answer = /** @type {FindingView} */ (await get(`findings/${encodeURIComponent(id)}`, abort.signal));
        setView(answer);
        setError(null);
      } catch (problem) {
        if (!isAbort(problem)) setError(/** @type {Error} */ (problem));
      }
    }, known ? 0 : RESTS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [id, asked, version]);
  useEffect(() => setError(null), [id]);
  useEffect(() => {
    let timer = 0;
    const later = () => {
      clearTimeout(timer);
      timer = window.setTimeout(again, GATHER);
    };
    const stop = subscribe({ changed: later, missed: later });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);
  return { view: known ? view : null, error, again };
}

/**
 * @param {{ id: string, row: FindingRow | null, found: ReturnType<typeof useFinding>, leaving: boolean,
 *   onState: (state: Triage) => void, onNote: () => void, head: import('../../vendor/preact.js').ComponentChildren }} props
 *   `row`: the list's, if it has it; `head`: what closes the pane or leads on.
 */
export function Detail({ id, row, found, leaving, onState, onNote, head }) {
  const { view, error, again } = found;
  const finding = view?.finding ?? row;
  const [all, setAll] = useState(false);
  useEffect(() => setAll(false), [id]);
  if (!finding) {
    const gone = error instanceof ApiError && (error.status === 404 || error.status === 400);
    return html`<div class="detail"><div class="detail-head">${head}</div>
      ${gone ? html`<${Empty} title="There is no such finding."><p>It may have been removed with its session, or the address is not complete.</p><a class="button" href="/findings">All open findings</a><//>`
        : error ? html`<${Problem} error=${error} retry=${again} />` : html`<${Skeleton} rows=${5} />`}</div>`;
  }
  return html`<article class=${`detail${leaving ? ' is-leaving' : ''}`} aria-label=${whatOf(finding)}>
    <div class="detail-head"><${Severity} severity=${finding.severity} /><${TriageState} state=${finding.state} /><span class="detail-lead">${head}</span></div>
    <h2 class="detail-title" tabindex="-1" data-detail>${whatOf(finding)}</h2>
    ${seenAgain(finding) ? html`<p class="detail-again">Seen again <${When} at=${finding.last} />, after it was ${finding.state === 'false_positive' ? 'called a false positive' : finding.state} (<${When} at=${finding.triaged_at} />).</p>` : null}
    <${Evidence} finding=${finding} />
    <${Actions} state=${finding.state} onState=${onState} onNote=${onNote}><${Suppress} key=${finding.id} row=${finding} again=${again} /><//>
    ${error ? html`<${Problem} error=${error} retry=${again} slim />` : null}
    <${Facts} finding=${finding} view=${view} />
    ${view?.sealed ? html`<${Sealed} id=${finding.id} until=${view.sealed} />` : null}
    ${finding.group === 'integrity' ? html`<${Conflict} key=${finding.event} event=${finding.event} finding=${finding.id} />` : null}
    ${view?.lineage ? html`<${ItsWay} lineage=${view.lineage} sightings=${finding.sightings} finding=${finding.id} />` : null}
    <${NextSteps} row=${finding} revocation=${view?.revocation ?? null} />
    ${view ? html`<${Places} row=${finding} places=${view.places} all=${all} onAll=${() => setAll(true)} /><${History} steps=${view.history} />`
      : error ? null : html`<${Skeleton} rows=${3} />`}
  </article>`;
}

/** What was found, marked where other masks stand beside it. @param {{ finding: FindingRow }} props */
function Evidence({ finding }) {
  const text = evidenceOf(finding);
  const marks = useMemo(() => marksOf(text, finding), [text]);
  return html`<p class="detail-evidence"><${Words} text=${text} marks=${marks} mono pre most=${1200} /></p>`;
}

/** @param {string} text @param {FindingRow} finding @returns {import('../../parts/text/marks.js').Mark[]} */
function marksOf(text, finding) {
  const own = ownMask(finding);
  if (!own || text.split('[[vigil:').length < 3) return [];
  // What stands before it may have been cut; what stands after it stands as it did.
  const mask = finding.masked.slice(own.start, own.end);
  const before = finding.masked.slice(0, own.start).split(mask).length - 1;
  let start = text.indexOf(mask);
  for (let i = 0; i < before; i += 1) start = text.indexOf(mask, start + 1);
  return start < 0 ? [] : [{ start, end: start + mask.length, focus: true, title: 'what was found' }];
}

/** @param {{ finding: FindingRow, view: FindingView | null }} props */
function Facts({ finding, view }) {
  const at = view?.places[0]?.seq ?? finding.event;
  const fingerprint = ownMask(finding)?.fingerprint;
  return html`<dl class="detail-facts">
    <div><dt>Why</dt><dd><${Words} text=${finding.why} /></dd></div>
    <div><dt>Confidence</dt><dd>${finding.confidence}: ${CONFIDENCE[finding.confidence]}</dd></div>
    <div><dt>Rule</dt><dd><span class="mono">${finding.rule}</span> <span class="quiet">in ${groupName(finding.group)}</span></dd></div>
    ${fingerprint ? html`<div><dt>Fingerprint</dt><dd class="detail-print"><span class="mono">${fingerprint}</span> <${CopyButton} text=${fingerprint} label="Copy the fingerprint" /></dd></div>` : null}
    <div><dt>First seen</dt><dd><${When} at=${finding.at} /></dd></div>
    ${finding.last && finding.last !== finding.at ? html`<div><dt>Last seen</dt><dd><${When} at=${finding.last} /></dd></div>` : null}
    <div><dt>Seen by</dt><dd>${view ? html`<${SeenBy} view=${view} />` : html`<span class="quiet">…</span>`}</dd></div>
    <div><dt>Session</dt><dd>${finding.session_key ? html`<a href=${href(`/sessions/${finding.session_key}`, { event: at, finding: finding.id })}>${finding.turn === null ? 'Open the exact place' : `Turn ${finding.turn}`}</a> <span class="quiet">of</span> <${Words} text=${finding.title} most=${200} brief none="an untitled session" />`
      : html`<span class="quiet">outside of any session</span>`}</dd></div>
    ${finding.project ? html`<div><dt>Project</dt><dd><${Path} path=${finding.project} /></dd></div>` : null}
    ${finding.client ? html`<div><dt>Client</dt><dd><${Client} name=${finding.client} /></dd></div>` : null}
  </dl>`;
}

/** Who saw it, over all places that are known. @param {{ view: FindingView }} props */
function SeenBy({ view }) {
  const names = [...new Set(view.places.flatMap((place) => place.witnesses))].sort((a, b) => Number(isIndependent(b)) - Number(isIndependent(a)));
  const independent = names.filter(isIndependent).length;
  const words = names.length === 0 ? 'no longer on record'
    : independent === 0 ? "the client's own word only" : independent === names.length ? 'independent of the client' : "the client's own word, and independently";
  return html`<${Witnesses} names=${names} /> <span class="quiet">${words}</span>`;
}

/**
 * Links to the findings before and after this one, where it has a page of its own.
 * @param {{ before: FindingRow | null, after: FindingRow | null }} props
 */
export function Neighbours({ before, after }) {
  if (!before && !after) return null;
  return html`<nav class="detail-neighbours" aria-label="Other findings">
    ${before ? html`<a class="button is-icon" href=${placeOf(before.id)} aria-label="Previous finding" title="Previous (K)"><${Icon} name="left" /></a>` : null}
    ${after ? html`<a class="button is-icon" href=${placeOf(after.id)} aria-label="Next finding" title="Next (J)"><${Icon} name="right" /></a>` : null}</nav>`;
}
