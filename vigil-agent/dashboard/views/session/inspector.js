// One event in full: what was said or done, what came of it, who saw it. Everything in it was
// recorded by somebody else and is shown as text.

import { html } from '../../vendor/preact.js';
import { ApiError } from '../../lib/api.js';
import { href } from '../../lib/router.js';
import { whole as wholeTime } from '../../lib/time.js';
import { Outcome, kindName } from '../../parts/badge.js';
import { CopyButton } from '../../parts/copy.js';
import { Problem, Skeleton } from '../../parts/empty.js';
import { Icon } from '../../parts/icon.js';
import { Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';
import { useEvent } from './event.js';
import { CallFigures } from './inspector/call.js';
import { Facts, Sightings } from './inspector/facts.js';
import { Started } from './inspector/started.js';
import { Text } from './inspector/text.js';
import { ToolInput } from './inspector/tool.js';
import { readable } from './markdown.js';

/** @typedef {import('../../types/api.d.ts').EventView} EventView */
/** @typedef {import('./event.js').Whole} Whole */
/**
 * What is looked at: an event (a call rather than its result), and what in it.
 * @typedef {object} Look
 * @property {string} event  Number or id.
 * @property {string | null} result  Of a call: its result's number.
 * @property {'event' | 'result'} part  Where `span`, `byte` and `finding` belong.
 * @property {{ start: number, end: number } | null} span  UTF-16 units of the whole text.
 * @property {string | null} finding
 * @property {number | null} byte  Where the finding begins in its text.
 */

/**
 * @param {{ look: Look, session: string, fresh: unknown, onClose: () => void, bare?: boolean }} props  `fresh`: another value
 *   asks again. `bare`: what is around it has the title and the button that closes it.
 */
export function Inspector({ look, session, fresh, onClose, bare }) {
  const wanted = { ...(look.span && { unit: look.span.end }), ...(look.byte !== null && { byte: look.byte + 1 }) };
  const main = useEvent(look.event, look.part === 'event' ? wanted : undefined, fresh);
  const result = useEvent(look.result, look.part === 'result' ? wanted : undefined, fresh);
  const { whole } = main;

  if (main.error) {
    return main.error instanceof ApiError && main.error.status === 404
      ? html`<div class="look"><${Head} title="Not kept" onClose=${onClose} bare=${bare} /><p class="note">This event is no longer kept, or it never was in this store.</p></div>`
      : html`<div class="look"><${Head} title="Event" onClose=${onClose} bare=${bare} /><${Problem} error=${main.error} retry=${main.retry} /></div>`;
  }
  if (whole === null) return html`<div class="look" aria-busy="true"><${Head} title="" onClose=${onClose} bare=${bare} /><${Skeleton} rows=${4} height=${56} /></div>`;

  const { event } = whole.first;
  const { kind } = event;
  const part = (/** @type {'event' | 'result'} */ of) => (look.part === of ? { span: look.span, finding: look.finding } : { span: null, finding: null });
  return html`<div class="look">
    <${Head} title=${kindName(kind)} onClose=${onClose} bare=${bare} whole=${whole}
      name=${event.name && kind !== 'model_call' ? html`<span class="look-name mono"><${Words} text=${event.name} most=${120} brief /></span>` : null}
      copy=${() => [whole, result.whole].filter((one) => one !== null).map((one) => readable(one.text)).join('\n\n')} />
    <p class="look-sub"><time dateTime=${event.at}>${wholeTime(event.at)}</time> <span class="quiet">(<${When} at=${event.at} />)</span>
      <${Outcome} outcome=${event.outcome} />${event.turn === null ? null : html`<span class="quiet">turn ${event.turn}</span>`}</p>
    <${Elsewhere} view=${whole.first} session=${session} />
    <${Contradiction} view=${whole.first} session=${session} />
    ${kind === 'model_call' ? html`<${CallFigures} event=${event} />` : null}
    ${kind === 'tool_call' ? html`<${ToolInput} whole=${whole} more=${main.more} ...${part('event')} />`
      : whole.text || kind !== 'model_call' ? html`<${Text} key=${`${event.seq}`} whole=${whole} more=${main.more} mono=${kind === 'tool_result'} ...${part('event')} />` : null}
    ${look.result !== null ? html`<section class="look-part" aria-label="Result"><h3>Result</h3>
      ${result.error ? html`<${Problem} error=${result.error} retry=${result.retry} slim />`
        : result.whole === null ? html`<${Skeleton} rows=${2} height=${40} />`
          : html`<${Text} key=${look.result} whole=${result.whole} more=${result.more} mono none="no output" ...${part('result')} />`}</section>`
      : kind === 'tool_call' ? html`<p class="note">${event.outcome === 'requested' ? 'No result was seen. A request alone is no proof that it ran.' : 'No result was seen.'}</p>` : null}
    ${kind === 'tool_call' ? html`<${Started} key=${`started ${event.seq}`} call=${event.seq} fresh=${fresh} />` : null}
    <${Sightings} rows=${[...whole.first.sightings.map((row) => ({ ...row, of: look.result === null ? '' : 'call' })),
      ...(result.whole?.first.sightings ?? []).map((row) => ({ ...row, of: 'result' }))]} />
    <${Facts} event=${event} bytes=${whole.first.bytes} result=${result.whole?.first ?? null} />
  </div>`;
}

/**
 * @param {{ title: string, name?: unknown, whole?: Whole, copy?: () => string, onClose: () => void, bare?: boolean }} props
 */
function Head({ title, name, whole, copy, onClose, bare }) {
  const link = () => `${location.origin}${location.pathname}?event=${whole?.first.event.seq}`;
  return html`<header class="look-head"><h2 tabindex="-1" data-look>${title}</h2>${name}
    <span class="look-tools">${whole && copy ? html`<${CopyButton} text=${link} label="Copy a link to this event" /><${CopyButton} text=${copy} label="Copy the text">Copy<//>` : null}
    ${bare ? null : html`<button type="button" class="button is-icon" aria-label="Close the event" title="Close (Esc)" onClick=${onClose}><${Icon} name="close" /></button>`}</span></header>`;
}

/** @param {{ view: EventView, session: string }} props  An event that a link says is here and is not. */
function Elsewhere({ view, session }) {
  if (view.session_key === session) return null;
  return html`<p class="note">This event belongs to ${view.session_key === null ? 'no session' : html`<a href=${href(`/sessions/${view.session_key}`, { event: view.event.seq })}>another session</a>`}.</p>`;
}

/** @param {{ view: EventView, session: string }} props */
function Contradiction({ view, session }) {
  const other = view.event.conflicts_with ?? view.contradicted_by;
  if (other === null) return null;
  return html`<div class="look-warn"><${Icon} name="findings" /><p>${view.event.conflicts_with
    ? 'This sighting contradicts what another witness saw.' : 'Another witness tells this otherwise.'}
    <a href=${href(`/sessions/${view.session_key ?? session}`, { event: other })}>See the other one</a></p></div>`;
}

