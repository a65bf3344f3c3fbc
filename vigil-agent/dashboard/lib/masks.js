// Splits recorded text into plain pieces, masks of secrets and invisible characters, so that
// parts/text.js can show each as what it is. Pure; never makes markup.

/**
 * `start` and `end` are UTF-16 offsets into the text that was split.
 * @typedef {{ type: 'plain', text: string, start: number, end: number }
 *   | { type: 'mask', rule: string, hint: string, fingerprint: string, start: number, end: number }
 *   | { type: 'invisible', name: string, start: number, end: number }} Piece
 */

const MASK = /\[\[vigil:([a-z0-9_]{1,64}):([\w+/=.*-]{0,40}):([0-9a-f]{16})\]\]/;

// What a screen shows nothing for, or lets reorder what it shows: controls but tab and line feed,
// bidi marks, zero widths, fillers, tags, private line ends, lone surrogates. Variation selectors
// and joiners within emoji are left alone: there they are part of a visible sign.
const INVISIBLE = new RegExp([
  '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]',
  '[\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f]',
  '[\\u200b\\u200c\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb]',
  '(?<!\\p{Extended_Pictographic}\\ufe0f?|\\p{Emoji_Modifier})\\u200d',
  '[\\ufe00-\\ufe0d]|[\\u{1d173}-\\u{1d17a}]|[\\u{e0000}-\\u{e0fff}]',
  '\\p{Surrogate}',
].join('|'), 'u');

const EVERY_INVISIBLE = new RegExp(`\\r(?!\\n)|(?!\\r)(?:${INVISIBLE.source})`, 'gu');
const EITHER = new RegExp(`${MASK.source}|(${INVISIBLE.source})`, 'gu');

/** More pieces than this are not made: the rest is one plain piece, each invisible in it a �. */
const MOST = 4000;

/**
 * @param {string} text
 * @returns {Piece[]}
 */
export function pieces(text) {
  /** @type {Piece[]} */
  const found = [];
  let at = 0;
  /** @param {number} to */
  const plainUpTo = (to) => {
    if (to > at) found.push({ type: 'plain', text: text.slice(at, to), start: at, end: to });
  };
  for (const match of text.matchAll(EITHER)) {
    const start = match.index;
    const whole = match[0];
    // A carriage return before a line feed is a line end, not a trick.
    if (whole === '\r' && text[start + 1] === '\n') continue;
    if (found.length >= MOST) {
      const rest = text.slice(at).replace(EVERY_INVISIBLE, (one) => '\ufffd'.repeat(one.length));
      found.push({ type: 'plain', text: rest, start: at, end: text.length });
      return found;
    }
    plainUpTo(start);
    const end = start + whole.length;
    const [, rule, hint, fingerprint] = match;
    if (rule !== undefined) {
      found.push({ type: 'mask', rule, hint: hint ?? '', fingerprint: fingerprint ?? '', start, end });
    } else {
      found.push({ type: 'invisible', name: codeName(whole), start, end });
    }
    at = end;
  }
  plainUpTo(text.length);
  return found;
}

/** @param {string} character  "U+202E". */
function codeName(character) {
  const code = character.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** @param {string} rule  A rule's name as words: `aws_access_key` is "aws access key". */
export function ruleWords(rule) {
  return rule.replaceAll('_', ' ').replaceAll('-', ' ');
}

/**
 * The beginning of `text`, never cut within a mask or a surrogate pair.
 * @param {string} text
 * @param {number} most
 */
export function clip(text, most) {
  if (text.length <= most) return text;
  let end = most;
  const open = text.lastIndexOf('[[vigil:', end);
  const close = open >= 0 ? text.indexOf(']]', open) : -1;
  if (close >= end - 1 && close - open < 128) end = open;
  const code = text.charCodeAt(end - 1);
  if (code >= 0xd800 && code <= 0xdbff) end -= 1;
  return text.slice(0, end);
}

/**
 * Text for places that take no elements (titles, aria labels, document.title, the clipboard):
 * masks as their type, invisibles named, one line.
 * @param {string} text
 * @param {number} [most]  Characters at most.
 */
export function flat(text, most = 200) {
  const parts = pieces(clip(text, most * 4)).map((piece) => {
    if (piece.type === 'plain') return piece.text;
    return piece.type === 'mask' ? `[${ruleWords(piece.rule)}]` : `⟨${piece.name}⟩`;
  });
  const line = parts.join('').replace(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
