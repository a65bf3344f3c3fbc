// One event on its own, in a dialog: for what belongs to no session (gaps, pauses, triage,
// connections), whose place is the feed itself. Which one is open is in the URL as `event`.

import { html, useEffect, useState } from '../../vendor/preact.js';
import { get, isAbort } from '../../lib/api.js';
import { flowDetail } from '../../lib/flows.js';
import { bytes, duration } from '../../lib/format.js';
import { own } from '../../lib/own.js';
import { query, setQuery } from '../../lib/router.js';
import { whole } from '../../lib/time.js';
import { Client, Kind, Outcome, Witness } from '../badge.js';
import { Dialog } from '../dialog.js';
import { Problem } from '../empty.js';
import { Words } from '../text.js';
import { When } from '../when.js';
import { processWords, reasonWords, wayWords } from './words.js';

/** @typedef {import('../../types/api.d.ts').EventView} EventView */

/** The dialog of the event that the URL names; nothing without one. */
export function EventDialog() {
  const seq = query.value.get('event');
  if (!seq || !/^\d+$/.test(seq)) return null;
  return html`<${Open} key=${seq} seq=${seq} />`;
}

/** @param {{ seq: string }} props */
function Open({ seq }) {
  const [view, setView] = useState(/** @type {EventView | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    setError(null);
    get(`events/${seq}`, abort.signal).then(setView, (/** @type {Error} */ problem) => {
      if (!isAbort(problem)) setError(problem);
    });
    return () => abort.abort();
  }, [asked]);
  return html`<${Dialog} title="One event" class="event-dialog" onClose=${() => setQuery({ event: null })}>
    ${error ? html`<${Problem} error=${error} retry=${() => setAsked((n) => n + 1)} />` : view ? html`<${Shown} view=${view} />` : null}
  <//>`;
}

/** Details by the words of the page. @type {Record<string, string>} */
const LABELS = {
  cwd: 'Folder', exe: 'File', ended: 'Ended', cpu_us: 'CPU', peak_rss: 'Most memory', way: 'Way', port: 'Port',
  client_port: 'From port', duration_us: 'Lasted', sent: 'Sent', received: 'Received', open: 'Open',
};

/** What a witness calls a place in a file; of others the number means nothing to people. */
const IN_FILES = new Set(['transcript']);

/** Figures with their units. @param {string} name @param {unknown} value */
function figure(name, value) {
  if (name === 'ended' && typeof value === 'string') return whole(value);
  if (name === 'way' && typeof value === 'string') return wayWords(value);
  if (name === 'open') return value ? 'yes' : 'no';
  if (typeof value !== 'number') return String(value);
  if (name.endsWith('_us')) return duration(value / 1000);
  return ['sent', 'received', 'peak_rss', 'bytes'].includes(name) ? bytes(value) : String(value);
}

/** The command lines that a process had before. @param {EventView['event']} event */
function earlierOf(event) {
  const earlier = event.detail?.['earlier'];
  return Array.isArray(earlier) ? earlier.map(String) : [];
}

/** @param {{ view: EventView }} props */
function Shown({ view }) {
  const { event, sightings } = view;
  const said = event.kind === 'gap' || event.kind === 'config_change';
  const detail = Object.entries(event.detail ?? {}).filter(([, value]) => value !== null && typeof value !== 'object')
    .map(([name, value]) => /** @type {const} */ ([name, figure(name, value)]));
  const text = event.kind === 'connection' ? flowDetail(event.text) : event.text;
  const plain = said || event.kind === 'connection';
  const process = event.kind === 'process' ? processWords(/** @type {any} */ (event)) : '';
  return html`<p class="event-head"><${Kind} kind=${event.kind} /><${Client} name=${event.client} /><${Outcome} outcome=${event.outcome} /></p>
    ${event.name ? html`<h3 class="event-name"><${Words} text=${said ? reasonWords(event.name) : event.name} mono=${!said} /></h3>` : null}
    ${text ? html`<p class=${plain ? '' : 'event-text'}><${Words} text=${text} pre mono=${!plain} />${view.next === null ? null : ' …'}</p>` : null}
    <dl class="event-facts">
      <dt>Happened</dt><dd><time dateTime=${event.at}>${whole(event.at)}</time> <span class="quiet">(<${When} at=${event.at} />)</span></dd>
      ${event.process ? html`<dt>Process</dt><dd>${event.process.pid}${process ? html`, ${process}` : null}</dd>` : null}
      ${earlierOf(event).map((argv, i) => html`<dt key=${`before ${i}`}>${i === 0 ? 'Before that' : ''}</dt><dd class="mono"><${Words} text=${argv} /></dd>`)}
      ${detail.map(([name, value]) => html`<dt key=${name}><${Words} text=${own(LABELS, name) ?? reasonWords(name)} most=${60} brief /></dt><dd><${Words} text=${String(value)} /></dd>`)}
      <dt>Number</dt><dd>${event.seq}</dd>
      ${sightings.map((one, i) => html`<dt key=${i}>${i === 0 ? 'Seen by' : ''}</dt><dd><${Witness} name=${one.witness} /> <span class="mono quiet"><${Words} text=${one.place} />${IN_FILES.has(one.witness) ? `, byte ${one.position}` : ''}</span></dd>`)}
    </dl>`;
}
