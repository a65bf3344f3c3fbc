// A tool's input, which is the JSON text of an object: its fields in the order that tells most,
// each with the marks that lie in it. Takes what was cut short as far as it goes; never throws.

/** @typedef {import('../../parts/text/marks.js').Mark} Mark */
/**
 * `value` is a string's own text, or anything else pretty-printed. `ended` is false when the text
 * was cut within it.
 * @typedef {{ name: string, value: string, isText: boolean, marks: Mark[], ended: boolean }} InputField
 */

/** Where copied text begins: `[in the source, in the copy]`, ascending. @typedef {[number, number][]} Steps */

const SPACE = /[\s,]*/y;

/** @param {string} text @param {number} at */
function skip(text, at) {
  SPACE.lastIndex = at;
  return at + (SPACE.exec(text)?.[0].length ?? 0);
}

/**
 * The marks that touch `from..to`, moved as `steps` moved the text.
 * @param {Mark[]} marks @param {number} from @param {number} to @param {Steps} steps @param {number} length
 */
function moved(marks, from, to, steps, length) {
  /** @param {number} offset */
  const place = (offset) => {
    let low = 0;
    let high = steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((steps[middle]?.[0] ?? Infinity) <= offset) low = middle + 1;
      else high = middle;
    }
    const step = steps[low - 1];
    if (!step) return 0;
    return Math.min(step[1] + offset - step[0], steps[low]?.[1] ?? length, length);
  };
  return marks.filter((mark) => mark.start < to && mark.end > from)
    .map((mark) => ({ ...mark, start: place(mark.start), end: place(mark.end) }));
}

/** @type {Record<string, string>} */
const ESCAPES = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

/**
 * The string whose quote stands at `at`.
 * @param {string} text @param {number} at @param {Mark[]} marks
 */
function readString(text, at, marks) {
  /** @type {Steps} */
  const steps = [];
  let value = '';
  let i = at + 1;
  let ended = false;
  while (i < text.length) {
    let end = i;
    while (end < text.length && text[end] !== '"' && text[end] !== '\\') end += 1;
    steps.push([i, value.length]);
    value += text.slice(i, end);
    i = end;
    if (i >= text.length) break;
    if (text[i] === '"') {
      ended = true;
      i += 1;
      break;
    }
    const code = text[i + 1] ?? '';
    steps.push([i, value.length]);
    const hex = code === 'u' ? /^[0-9a-fA-F]{4}/.exec(text.slice(i + 2, i + 6))?.[0] : undefined;
    value += hex ? String.fromCharCode(Number.parseInt(hex, 16)) : ESCAPES[code] ?? code;
    i += hex ? 6 : 2;
  }
  return { value, end: i, ended, marks: moved(marks, at + 1, i, steps, value.length) };
}

/**
 * The value at `at`, whatever it is, one member a line.
 * @param {string} text @param {number} at @param {Mark[]} marks
 */
function readValue(text, at, marks) {
  /** @type {Steps} */
  const steps = [];
  /** @type {string[]} */
  const out = [];
  let length = 0;
  let depth = 0;
  let i = at;
  let ended = false;
  /** @param {string} words */
  const put = (words) => {
    out.push(words);
    length += words.length;
  };
  const line = () => put(`\n${'  '.repeat(Math.min(depth, 20))}`);
  while (i < text.length) {
    const sign = text[i] ?? '';
    if (depth === 0 && (sign === ',' || sign === '}' || sign === ']')) {
      ended = true;
      break;
    }
    steps.push([i, length]);
    if (sign === '"') {
      let end = i + 1;
      while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
      put(text.slice(i, end + 1));
      i = end + 1;
    } else if (sign === '{' || sign === '[') {
      depth += 1;
      put(sign);
      const close = skip(text, i + 1);
      if (text[close] === '}' || text[close] === ']') {
        depth -= 1;
        put(text[close] ?? '');
        i = close + 1;
      } else {
        line();
        i += 1;
      }
    } else if (sign === '}' || sign === ']') {
      depth -= 1;
      line();
      put(sign);
      i += 1;
    } else if (sign === ',') {
      put(',');
      line();
      i += 1;
    } else if (sign === ':') {
      put(': ');
      i += 1;
    } else if (/\s/.test(sign)) {
      i += 1;
    } else {
      let end = i;
      while (end < text.length && !/[\s,:{}[\]"]/.test(text[end] ?? '')) end += 1;
      put(text.slice(i, end));
      i = Math.max(end, i + 1);
    }
  }
  const value = out.join('');
  return { value, end: i, ended, marks: moved(marks, at, i, steps, length) };
}

/**
 * Null when the text is no object.
 * @param {string} text @param {Mark[]} [marks]
 * @returns {InputField[] | null}
 */
export function fieldsOf(text, marks = []) {
  let at = skip(text, 0);
  if (text[at] !== '{') return null;
  at += 1;
  /** @type {InputField[]} */
  const fields = [];
  for (;;) {
    at = skip(text, at);
    if (text[at] !== '"') break;
    const name = readString(text, at, []);
    at = skip(text, name.end);
    if (text[at] !== ':') break;
    at = skip(text, at + 1);
    if (at >= text.length) break;
    const isText = text[at] === '"';
    const { value, end, ended, marks: own } = isText ? readString(text, at, marks) : readValue(text, at, marks);
    fields.push({ name: name.value, value, isText, marks: own, ended });
    if (end <= at) break;
    at = end;
  }
  return fields;
}

/** Names of fields that say what a call is about, the most telling first. */
const TELLING = [
  'command', 'cmd', 'script', 'pattern', 'query', 'file_path', 'notebook_path', 'path', 'filename', 'url', 'prompt',
  'skill', 'input', 'title', 'name', 'description',
];
const PATHS = new Set(['file_path', 'notebook_path', 'path', 'filename']);

/** @param {string} name */
function rank(name) {
  const place = TELLING.indexOf(name);
  return place < 0 ? TELLING.length : place;
}

/** @param {InputField[]} fields  The most telling first, the others as they stand. */
export function inOrder(fields) {
  return fields.map((field, i) => ({ field, i }))
    .sort((a, b) => rank(a.field.name) - rank(b.field.name) || a.i - b.i)
    .map(({ field }) => field);
}

/**
 * What a call is about, in a line.
 * @param {string} text  The beginning of the input.
 * @param {string} [path]  The file it names, for when that is not in the beginning.
 * @returns {{ words: string, isPath: boolean } | null}
 */
export function gistOf(text, path) {
  const fields = fieldsOf(text);
  if (fields === null) return text ? { words: text, isPath: false } : null;
  const [first, second] = inOrder(fields);
  if (path !== undefined && (!first || rank(first.name) === TELLING.length)) return { words: path, isPath: true };
  if (!first) return null;
  const words = first.isText ? first.value : wordsOf(first.value);
  if ((first.name === 'pattern' || first.name === 'query') && second && PATHS.has(second.name)) return { words: `${words} in ${second.value}`, isPath: false };
  return { words, isPath: PATHS.has(first.name) && first.ended };
}

/** `["bash","-lc","ls"]` is `bash -lc ls`. @param {string} json */
function wordsOf(json) {
  try {
    const value = /** @type {unknown} */ (JSON.parse(json));
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(' ');
  } catch {
    // Cut short, or no JSON: as it stands.
  }
  return json;
}
