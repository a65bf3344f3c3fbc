// One row of the timeline. Drawn from the outline at once; its words come from the excerpts when
// they are there. Its height is fixed by heights.js; never larger, never asked for.

import { html } from '../../vendor/preact.js';
import { count, counted, duration, money, moneyTitle, share, short } from '../../lib/format.js';
import { flowDetail } from '../../lib/flows.js';
import { flat } from '../../lib/masks.js';
import { own } from '../../lib/own.js';
import { hrefWith } from '../../lib/router.js';
import { whole } from '../../lib/time.js';
import { Kind, Outcome, SeverityShape } from '../../parts/badge.js';
import { Icon } from '../../parts/icon.js';
import { Path, Words } from '../../parts/text.js';
import { clock } from './clock.js';
import { Cost } from './cost.js';
import { INDENT, MOST, linesOf, promptWidth, textWidth } from './heights.js';
import { gistOf } from './input.js';
import {
  AT, BITS, BYTES, CONTRADICTS, INDEPENDENT, KIND, NAME, OUTCOME, PROCESSES, RESULT, SEQ, THREAD, TOOK, TURN, hasFinding, isCompaction, nameOf, worstIn,
} from './outline.js';

/** @typedef {import('./outline.js').TapeRow} TapeRow */
/** @typedef {import('./excerpts.js').ExcerptSource} ExcerptSource */
/** @typedef {import('../../types/api.d.ts').SessionView} SessionView */
/** @typedef {import('../../types/api.d.ts').OutlineRow} OutlineRow */
/** @typedef {import('../../types/api.d.ts').Excerpt} Excerpt */
/** @typedef {import('../../types/api.d.ts').TurnRow} TurnRow */
/**
 * What an answer of the API may say of a model call beyond its context.
 * @typedef {import('../../types/api.d.ts').CallPoint} CallFacts
 */
/**
 * What all rows need.
 * @typedef {object} Tape
 * @property {SessionView} doc
 * @property {ExcerptSource} excerpts
 * @property {number} width
 * @property {number} main  The thread that is shown as the main one.
 * @property {ReadonlyMap<number, CallFacts>} calls
 * @property {ReadonlyMap<number, TurnRow>} turns
 * @property {ReadonlyMap<number, string>} paths  Files by the last call that named them.
 * @property {(row: OutlineRow) => void} choose
 * @property {(place: number) => void} flip  Opens or closes a sub-agent's thread.
 */

/** @param {{ one: TapeRow, tape: Tape, chosen: boolean, tabIndex: 0 | -1 }} props */
export function TapeLine({ one, tape, chosen, tabIndex }) {
  if (one.type === 'thread') return html`<${ThreadHead} one=${one} tape=${tape} tabIndex=${tabIndex} />`;
  if (one.type === 'end') {
    return html`<p class="tape-end quiet" data-row tabindex=${tabIndex}>${counted(one.left, 'later event')} ${one.left === 1 ? 'is' : 'are'} not in this timeline.
      <code>vigil events --session …</code> lists them all.</p>`;
  }
  const { row, depth } = one;
  /** @param {MouseEvent} event */
  const onClick = (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    tape.choose(row);
  };
  const Body = BODIES[row[KIND]] ?? Note;
  return html`<a class=${`tape-row tape-${row[KIND]}${chosen ? ' is-chosen' : ''}${depth > 0 ? ' is-nested' : ''}`} data-row tabindex=${tabIndex}
    href=${hrefWith({ event: row[SEQ], at: null, finding: null, pane: null })} aria-current=${chosen ? 'true' : undefined} onClick=${onClick}
    style=${depth > 0 ? { paddingLeft: `${12 + depth * INDENT}px`, '--rail-at': `${2 + depth * INDENT}px` } : undefined}>
    <${Body} row=${row} depth=${depth} tape=${tape} /></a>`;
}

/** @typedef {{ row: OutlineRow, depth: number, tape: Tape }} BodyProps */

/** @param {OutlineRow} row @param {Tape} tape @returns {Excerpt | null | undefined} */
function excerptOf(row, tape) {
  // Read, so that this row is drawn again when excerpts come.
  void tape.excerpts.version.value;
  return tape.excerpts.of(row[SEQ]);
}

/** @param {{ row: OutlineRow }} props */
function Clock({ row }) {
  const at = new Date(row[AT]).toISOString();
  return html`<time class="tape-clock" dateTime=${at} title=${whole(at)}>${clock(row[AT])}</time>`;
}

/** @param {{ row: OutlineRow }} props */
function Marks({ row }) {
  return html`${row[BITS] & CONTRADICTS ? html`<span class="badge severity severity-high" title="another witness tells it otherwise">contradicts</span>` : null}
    ${hasFinding(row) ? html`<${Finding} worst=${worstIn(row)} />` : null}
    ${row[BITS] & INDEPENDENT ? html`<span class="tape-seen" title="an independent witness saw it, too"><span class="hidden">seen independently</span></span>` : null}`;
}

/** @param {{ worst: ReturnType<typeof worstIn> }} props */
function Finding({ worst }) {
  if (worst === null) return html`<span class="badge" title="found here, and no longer open">finding</span>`;
  return html`<span class=${`badge severity severity-${worst}`}><${SeverityShape} severity=${worst} />${worst}<span class="hidden"> finding</span></span>`;
}

/** The words of a row, or the place they will take. @param {{ row: OutlineRow, tape: Tape, lines: number }} props */
function Beginning({ row, tape, lines }) {
  const excerpt = excerptOf(row, tape);
  if (excerpt === undefined && row[BYTES] > 0) {
    return html`<span class="tape-coming" aria-hidden="true">${Array.from({ length: lines }, (_, i) =>
      html`<i key=${i} style=${{ width: i === lines - 1 ? `${30 + ((row[SEQ] * 17) % 45)}%` : '96%' }}></i>`)}</span>`;
  }
  if (!excerpt?.text) return html`<span class="quiet">${excerpt === null ? 'no longer kept' : 'empty'}</span>`;
  const cut = row[BYTES] > 400 && excerpt.text.length >= 200;
  return html`<${Words} text=${cut ? `${excerpt.text}…` : excerpt.text} clamp=${lines} brief />`;
}

/** @param {BodyProps} props */
function Prompt({ row, depth, tape }) {
  const turn = row[THREAD] === tape.main ? tape.turns.get(row[TURN]) : undefined;
  const first = turn?.seq === row[SEQ];
  const lines = linesOf(row[BYTES], promptWidth(tape.width, depth), MOST.prompt);
  return html`<span class="tape-prompt-box"><span class="tape-head"><span class="tape-who">${row[THREAD] !== tape.main ? 'Task' : first ? `Turn ${turn.number}` : 'Prompt'}</span>
    <${Clock} row=${row} /><span class="tape-side"><${Marks} row=${row} />
    ${first ? html`<${Cost} usage=${turn.usage} class="quiet" />` : null}</span></span>
    <${Beginning} row=${row} tape=${tape} lines=${lines} /></span>`;
}

/** @param {BodyProps} props */
function Answer({ row, depth, tape }) {
  return html`<${Clock} row=${row} /><span class="tape-text"><span class="hidden">answer: </span><${Beginning} row=${row} tape=${tape}
    lines=${linesOf(row[BYTES], textWidth(tape.width, depth), MOST.response)} /></span><span class="tape-side"><${Marks} row=${row} /></span>`;
}

/** @param {BodyProps} props */
function Thinking({ row, depth, tape }) {
  return html`<${Clock} row=${row} /><span class="tape-text"><span class="hidden">thinking: </span><${Beginning} row=${row} tape=${tape}
    lines=${linesOf(row[BYTES], textWidth(tape.width, depth) * 1.06, MOST.thinking)} /></span><span class="tape-side"><${Marks} row=${row} /></span>`;
}

/** @param {BodyProps} props */
function Tool({ row, tape }) {
  const excerpt = excerptOf(row, tape);
  const gist = excerpt ? gistOf(excerpt.text, tape.paths.get(row[SEQ])) : null;
  const result = excerpt?.result?.split('\n').find((line) => line.trim() !== '') ?? '';
  const name = nameOf(row, tape.doc) || 'tool';
  return html`<${Clock} row=${row} /><span class="tape-call"><span class="tape-tool" title=${flat(name)}><${Words} text=${shortTool(name)} most=${60} brief /></span>
    <span class="tape-gist mono">${gist === null ? null : gist.isPath ? html`<${Path} path=${gist.words} />` : html`<${Words} text=${gist.words} most=${240} brief />`}</span></span>
    <span class="tape-side"><${Marks} row=${row} />${row[PROCESSES] > 0 ? html`<span class="badge" title="seen by the kernel">${counted(row[PROCESSES], 'process', 'processes')}</span>` : null}<${Outcome} outcome=${row[OUTCOME]} />
      <span class="tape-took n quiet">${row[TOOK] > 0 ? duration(row[TOOK]) : ''}</span></span>
    ${row[RESULT] > 0 ? html`<span class="tape-result mono">${excerpt === undefined ? null : result
      ? html`<${Words} text=${result} most=${200} brief />` : html`<span class="quiet">no output</span>`}</span>` : null}`;
}

/** `mcp__github__create_issue` is `github create_issue`. @param {string} name */
function shortTool(name) {
  return name.startsWith('mcp__') ? name.slice(5).replace('__', ' ') : name;
}

/** @param {BodyProps} props */
function Result({ row, depth, tape }) {
  return html`<${Clock} row=${row} /><span class="tape-text"><span class="quiet">Result of a call that was not seen: </span><${Beginning} row=${row} tape=${tape}
    lines=${linesOf(row[BYTES] + 40, textWidth(tape.width, depth), MOST.note)} /></span><span class="tape-side"><${Marks} row=${row} /></span>`;
}

/** @param {BodyProps} props */
function Call({ row, tape }) {
  const call = tape.calls.get(row[SEQ]);
  return html`<span class="tape-rule"></span><span class="tape-model"><span class="hidden">model call: </span><span class="mono"><${Words} text=${nameOf(row, tape.doc)} none="model" most=${60} brief /></span>
    ${call && call.context > 0 ? html`<span title=${`${count(call.context)} tokens in the context after this call`}>context ${short(call.context)}${call.window ? ` (${share(call.context / call.window)})` : ''}</span>` : null}
    ${call?.output === undefined || (call.output === 0 && call.context === 0) ? null : html`<span>${short(call.output)} out</span>`}
    ${typeof call?.cost_usd === 'number' ? html`<span title=${moneyTitle(call)}>${money({ cost_usd: call.cost_usd, estimated: call.estimated })}</span>` : null}
    ${call?.latency_ms ? html`<span>${duration(call.latency_ms)}</span>` : null}
    <${Marks} row=${row} /></span><span class="tape-rule"></span>`;
}

/** @param {BodyProps} props */
function Note({ row, depth, tape }) {
  if (isCompaction(row, tape.doc)) {
    return html`<span class="tape-rule"></span><span class="tape-compact"><${Icon} name="compact" size=${14} /><strong>Context compacted</strong>
      <span class="quiet">the model goes on with a summary</span></span><span class="tape-rule"></span>`;
  }
  const change = changeOf(row, tape);
  if (change) {
    return html`<${Clock} row=${row} /><span class="tape-text"><span class="badge kind" title=${change.title}>${change.words}</span></span>
      <span class="tape-side"><${Marks} row=${row} /></span>`;
  }
  const isSummary = row[KIND] === 'system' && nameOf(row, tape.doc).includes('summary');
  return html`<${Clock} row=${row} /><span class="tape-text">${isSummary ? html`<span class="badge kind">summary</span>` : html`<${Kind} kind=${row[KIND]} />`}
    ${row[NAME] > 0 && !isSummary ? html`<span class="mono"><${Words} text=${nameOf(row, tape.doc)} most=${80} brief /></span> ` : ' '}<${NoteWords} row=${row} tape=${tape} /></span>
    <span class="tape-side"><${Marks} row=${row} /></span>`;
}

/** @param {{ row: OutlineRow, tape: Tape }} props */
function NoteWords({ row, tape }) {
  const excerpt = excerptOf(row, tape);
  const text = row[KIND] === 'connection' ? flowDetail(excerpt?.text) : excerpt?.text;
  return text ? html`<${Words} text=${text} brief />` : null;
}

/** How a turn of a web conversation came about, where it is not just the next one. @type {Record<string, { words: string, title: string }>} */
const CHANGES = {
  edit: { words: 'edited', title: 'this message takes the place of an earlier one' },
  regenerate: { words: 'answered anew', title: 'this answer takes the place of an earlier one' },
};

/** @param {OutlineRow} row @param {Tape} tape */
function changeOf(row, tape) {
  if (row[KIND] !== 'system' || nameOf(row, tape.doc) !== 'how') return null;
  return own(CHANGES, excerptOf(row, tape)?.text ?? '') ?? null;
}

/** @type {Record<string, import('../../vendor/preact.js').FunctionComponent<BodyProps>>} */
const BODIES = {
  prompt: Prompt, response: Answer, thinking: Thinking, tool_call: Tool, tool_result: Result, model_call: Call,
};

/** @param {{ one: TapeRow & { type: 'thread' }, tape: Tape, tabIndex: 0 | -1 }} props */
function ThreadHead({ one, tape, tabIndex }) {
  const thread = tape.doc.threads[one.place];
  return html`<button type="button" class="tape-thread" data-row tabindex=${tabIndex} aria-expanded=${one.open} onClick=${() => tape.flip(one.place)}
    style=${{ paddingLeft: `${12 + one.depth * INDENT}px` }}>
    <${Icon} name=${one.open ? 'chevron' : 'right'} size=${14} /><strong>${thread?.id === 'aside' ? 'Beside the conversation' : 'Sub-agent'}</strong>
    ${thread?.agent_type ? html`<span class="badge"><${Words} text=${thread.agent_type} most=${60} brief /></span>` : null}
    <span class="quiet">${counted(one.events, 'event')}${thread?.started_by === null && thread.id !== 'aside' ? ', which call started it is not known' : ''}</span></button>`;
}
