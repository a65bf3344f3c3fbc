// How high each row of the timeline is, from its kind and the length of its text alone, so that
// nothing moves when the text arrives. Goes with styles/session.css: change both or none.

import { BYTES, KIND, RESULT, isCompaction } from './outline.js';

/** @typedef {import('./outline.js').TapeRow} TapeRow */
/** @typedef {import('../../types/api.d.ts').SessionView} SessionView */

/** Characters of an excerpt at most. */
const EXCERPT = 400;
/** What is lost at the end of a line where a word does not fit. */
const RAGGED = 3;

const LINE = 20;
const SMALL_LINE = 18;
export const MOST = { prompt: 7, response: 7, thinking: 2, note: 2 };

/** Pixels of a depth of nesting. */
export const INDENT = 20;

/** @type {{ font: string, width: number } | null} */
let measured = null;

/** Pixels of an average character of the page's text. */
function characterWidth() {
  const font = `14px ${getComputedStyle(document.documentElement).getPropertyValue('--sans')}`;
  if (measured?.font !== font) {
    const sample = 'The quick brown fox of 1984 jumps over src/lazy_dog.rs, and asks why nothing else does.';
    const pen = document.createElement('canvas').getContext('2d');
    if (pen) pen.font = font;
    measured = { font, width: pen ? pen.measureText(sample).width / sample.length : 7 };
  }
  return measured.width;
}

/**
 * Lines of a text of `bytes`.
 * @param {number} bytes @param {number} width  Pixels. @param {number} most
 */
export function linesOf(bytes, width, most) {
  const each = Math.max(12, width / characterWidth() - RAGGED);
  return Math.max(1, Math.min(most, Math.ceil(Math.min(bytes, EXCERPT) / each)));
}

/** What a pane of `width` leaves for text: see the columns of `.tape-row`. @param {number} width @param {number} depth */
export function textWidth(width, depth) {
  const sides = width < 560 ? 32 : 100;
  return Math.min(680, width - sides - depth * INDENT);
}

/** A prompt stands in a box of its own, without the column of clocks. @param {number} width @param {number} depth */
export function promptWidth(width, depth) {
  return Math.min(680, width - 50 - depth * INDENT);
}

/**
 * @param {TapeRow} one
 * @param {SessionView} doc
 * @param {number} width  Of the pane, pixels.
 */
export function heightOf(one, doc, width) {
  if (one.type === 'thread') return 40;
  if (one.type === 'end') return 72;
  const { row, depth } = one;
  const text = textWidth(width, depth);
  switch (row[KIND]) {
    case 'prompt': return 52 + LINE * linesOf(row[BYTES], promptWidth(width, depth), MOST.prompt);
    case 'response': return 16 + LINE * linesOf(row[BYTES], text, MOST.response);
    case 'thinking': return 12 + SMALL_LINE * linesOf(row[BYTES], text * 1.06, MOST.thinking);
    case 'tool_call': return row[RESULT] > 0 ? 52 : 34;
    case 'model_call': return 24;
    case 'system': return isCompaction(row, doc) ? 48 : 14 + SMALL_LINE * linesOf(row[BYTES] + 20, text, MOST.note);
    default: return 14 + SMALL_LINE * linesOf(row[BYTES] + 20, text, MOST.note);
  }
}
