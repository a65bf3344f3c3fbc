// A session, or one turn of it, as Markdown: what was recorded stands in fences that it cannot
// close, masked as everywhere. Fetches texts in pages, stops at a bound, can be called off.

import { get } from '../../lib/api.js';
import { clientName } from '../../lib/clients.js';
import { counted, duration, money, tokensOf } from '../../lib/format.js';
import { clip, flat, pieces, ruleWords } from '../../lib/masks.js';
import { whole } from '../../lib/time.js';
import { readEvent } from './event.js';
import { AT, BYTES, KIND, OUTCOME, RESULT, SEQ, THREAD, TOOK, TURN, isCompaction, nameOf } from './outline.js';

/** @typedef {import('../../types/api.d.ts').SessionView} SessionView */
/** @typedef {import('../../types/api.d.ts').OutlineRow} OutlineRow */
/** @typedef {import('../../types/api.d.ts').Excerpts} Excerpts */

const PAGE = 200;
/** Bytes of one text, and characters of the whole document. */
const TEXT = 64 * 1024;
const DOCUMENT = 8_000_000;
/** An excerpt shorter than this was not cut, whatever a mask at its end took away. */
const SURELY_WHOLE = 60;
const AT_ONCE = 4;

/** Recorded text for the clipboard: masks and invisible characters by name, lines kept. @param {string} text */
export function readable(text) {
  /** @type {string[]} */
  const out = [];
  // The pieces of a text are bounded, so a long one is read in parts.
  for (let rest = text; rest !== '';) {
    const part = clip(rest, 2000) || rest.slice(0, 2000);
    rest = rest.slice(part.length);
    for (const piece of pieces(part)) {
      out.push(piece.type === 'plain' ? piece.text : piece.type === 'mask'
        ? `[masked ${ruleWords(piece.rule)}${piece.hint ? ` ${piece.hint}` : ''}]` : `⟨${piece.name}⟩`);
    }
  }
  return out.join('').replaceAll('\r\n', '\n');
}

/** @param {string} text @param {string} [language] */
function fenced(text, language = 'text') {
  const body = readable(text);
  let longest = 2;
  for (const [run] of body.matchAll(/`{3,}/g)) longest = Math.max(longest, run.length);
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${body}${body.endsWith('\n') ? '' : '\n'}${fence}\n`;
}

/** Recorded words within a line: nothing in them is a sign of Markdown. @param {string} text @param {number} [most] */
function inline(text, most = 200) {
  return flat(text, most).replace(/[\\`*_{}[\]()#+\-.!|<>~&:@]/g, '\\$&');
}

/** @param {SessionView} doc */
function head(doc) {
  const { session } = doc;
  /** @type {[string, string | null | undefined][]} */
  const facts = [
    ['Client', `${clientName(session.client)}${session.version ? ` ${inline(session.version, 60)}` : ''}`],
    ['Project', session.cwd && inline(session.cwd)], ['Branch', session.branch && inline(session.branch)],
    ['Model', session.model && inline(session.model)], ['Started', session.started && whole(session.started)],
    ['Last', session.last && whole(session.last)],
    ['Usage', `${counted(session.turns, 'turn')}, ${counted(session.tool_calls, 'tool call')}, ${counted(tokensOf(session.usage), 'token')}, ${money(session.usage)}`],
    ['Findings', String(session.findings)],
  ];
  return `# ${session.title ? inline(session.title) : 'Session'}\n\n${facts.filter(([, value]) => value).map(([name, value]) => `- ${name}: ${value}`).join('\n')}\n`;
}

/** @param {OutlineRow} row @param {SessionView} doc @param {{ text: string, result: string | null }} texts */
function section(row, doc, { text, result }) {
  const at = whole(new Date(row[AT]).toISOString());
  const name = inline(nameOf(row, doc), 80);
  const side = row[THREAD] > 0 ? ` (sub-agent ${inline(doc.threads[row[THREAD] - 1]?.agent_type ?? doc.threads[row[THREAD] - 1]?.id ?? '', 60)})` : '';
  switch (row[KIND]) {
    case 'prompt': return `## ${side ? 'Task' : row[TURN] > 0 ? `Turn ${row[TURN]}` : 'Prompt'}${side}\n\n${at}\n\n${fenced(text)}`;
    case 'response': return `**Answer**${side}\n\n${fenced(text)}`;
    case 'thinking': return `**Thinking**${side}\n\n${fenced(text)}`;
    case 'tool_call': {
      const became = [row[OUTCOME], row[TOOK] > 0 ? duration(row[TOOK]) : null].filter(Boolean).join(', ');
      return `**Tool call: ${name}**${side}${became ? `, ${became}` : ''}\n\n${fenced(text, 'json')}${result === null ? '' : `\nResult:\n\n${fenced(result)}`}`;
    }
    case 'model_call': return '';
    default: return isCompaction(row, doc) ? `---\n\n*Context compacted, ${at}*\n` : `**${row[KIND].replaceAll('_', ' ')} ${name}**${side}\n\n${text ? fenced(text) : ''}`;
  }
}

/** @param {number | string} seq @param {AbortSignal} abort */
async function wholeText(seq, abort) {
  const view = await readEvent(seq, 0, abort);
  const text = view.event.text ?? '';
  return view.next === null || view.next >= view.bytes ? text : `${text}\n… (the rest of ${view.bytes} bytes is left out)`;
}

/**
 * @param {SessionView} doc
 * @param {number | null} turn  One turn, or all.
 * @param {{ abort: AbortSignal, progress: (done: number, of: number) => void }} options
 * @returns {Promise<{ text: string, cut: boolean }>}  `cut`: it was longer than what is made.
 */
export async function toMarkdown(doc, turn, { abort, progress }) {
  const rows = doc.outline.rows.filter((row) => row[KIND] !== 'model_call' && (turn === null || row[TURN] === turn));
  const parts = [head(doc)];
  let length = 0;
  for (let start = 0; start < rows.length; start += PAGE) {
    const page = rows.slice(start, start + PAGE);
    const excerpts = /** @type {Excerpts} */ (await get(`excerpts?seq=${page.map((row) => row[SEQ]).join(',')}`, abort));
    const known = new Map(excerpts.excerpts.map((excerpt) => [excerpt.seq, excerpt]));
    /** @type {string[]} */
    const made = new Array(page.length).fill('');
    let next = 0;
    let done = 0;
    const work = async () => {
      for (let i = next++; i < page.length; i = next++) {
        const row = /** @type {OutlineRow} */ (page[i]);
        const excerpt = known.get(row[SEQ]);
        const isShort = excerpt !== undefined && (excerpt.text.length < SURELY_WHOLE || row[BYTES] <= TEXT && new TextEncoder().encode(excerpt.text).length >= row[BYTES] && row[BYTES] > 0);
        const text = isShort ? excerpt.text : excerpt === undefined ? '' : await wholeText(row[SEQ], abort);
        const beginning = excerpt?.result ?? null;
        const result = row[RESULT] === 0 ? null : beginning !== null && beginning.length < SURELY_WHOLE ? beginning : await wholeText(row[RESULT], abort);
        made[i] = section(row, doc, { text, result });
        done += 1;
        progress(start + done, rows.length);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    for (const one of made) {
      if (one === '') continue;
      length += one.length;
      if (length > DOCUMENT) {
        parts.push('… (the session is longer than what is copied)\n');
        return { text: parts.join('\n'), cut: true };
      }
      parts.push(one);
    }
  }
  if (doc.outline.left_out > 0) parts.push(`… (${counted(doc.outline.left_out, 'later event')} left out)\n`);
  return { text: parts.join('\n'), cut: doc.outline.left_out > 0 };
}
