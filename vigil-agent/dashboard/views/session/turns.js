// The turn rail: every turn of a session with its first words and what happened in it. Shows
// which one is read; never scrolls the timeline by itself.

import { html, useCallback, useComputed, useEffect, useRef } from '../../vendor/preact.js';
import { count, counted } from '../../lib/format.js';
import { hrefWith } from '../../lib/router.js';
import { whole } from '../../lib/time.js';
import { SeverityShape } from '../../parts/badge.js';
import { List } from '../../parts/list.js';
import { Words } from '../../parts/text.js';
import { moment } from './clock.js';
import { Cost } from './cost.js';

/** @typedef {import('../../types/api.d.ts').TurnRow} TurnRow */
/** @typedef {import('../../parts/list.js').ListHandle} ListHandle */

const HEIGHT = 68;

/**
 * @param {{ turns: TurnRow[], reading: import('../../vendor/preact.js').ReadonlySignal<import('../session.js').Reading>,
 *   go: (turn: TurnRow) => void, pane: boolean }} props  `pane`: it scrolls by itself.
 */
export function Turns({ turns, reading, go, pane }) {
  const current = useComputed(() => reading.value.turn).value;
  const list = useRef(/** @type {ListHandle | null} */ (null));
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const place = turns.findIndex((turn) => turn.number === current);
  useEffect(() => {
    if (place >= 0 && !box.current?.contains(document.activeElement)) list.current?.scrollTo(place);
  }, [place]);
  const keyOf = useCallback((/** @type {number} */ i) => turns[i]?.number ?? null, [turns]);
  return html`<nav ref=${box} class="turns" aria-label="Turns" ...${pane ? { 'data-scroller': true } : {}}>
    ${turns.length === 0 ? html`<p class="note">No turns: nobody prompted.</p>` : html`<${List} label="Turns" count=${turns.length} rowHeight=${HEIGHT} keyOf=${keyOf}
      handle=${(/** @type {ListHandle} */ got) => { list.current = got; if (place > 0) got.scrollTo(place, { align: 'center' }); }}
      render=${(/** @type {number} */ i, /** @type {{ tabIndex: 0 | -1 }} */ { tabIndex }) => {
        const turn = turns[i];
        return turn ? html`<${Turn} turn=${turn} before=${turns[i - 1]?.at ?? null} current=${i === place} go=${go} tabIndex=${tabIndex} />` : null;
      }} />`}
  </nav>`;
}

/** @param {{ turn: TurnRow, before: string | null, current: boolean, go: (turn: TurnRow) => void, tabIndex: 0 | -1 }} props */
function Turn({ turn, before, current, go, tabIndex }) {
  /** @param {MouseEvent} event */
  const onClick = (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(turn);
  };
  return html`<a class="turn" href=${hrefWith({ event: turn.seq ?? turn.event, at: null, finding: null, pane: null })} data-row tabindex=${tabIndex}
    aria-current=${current ? 'true' : undefined} onClick=${onClick}>
    <span class="turn-number n">${turn.number}</span>
    <span class="turn-words"><${Words} text=${turn.prompt} none="(no longer kept)" most=${160} clamp=${2} brief /></span>
    <span class="turn-marks"><time dateTime=${turn.at} title=${whole(turn.at)}>${moment(turn.at, before)}</time>
      ${turn.findings > 0 ? html`<span class="turn-found" title=${counted(turn.findings, 'finding')}><${SeverityShape} severity=${turn.worst ?? 'info'} />${count(turn.findings)}<span class="hidden"> findings</span></span>` : null}
      ${turn.failed > 0 ? html`<span class="turn-failed" title=${`${count(turn.failed)} failed or denied`}>✕ ${count(turn.failed)}<span class="hidden"> failed</span></span>` : null}
      ${turn.tool_calls > 0 ? html`<span title=${counted(turn.tool_calls, 'tool call')}>${count(turn.tool_calls)} ${turn.tool_calls === 1 ? 'call' : 'calls'}</span>` : null}
      <${Cost} usage=${turn.usage} class="turn-cost" /></span></a>`;
}
