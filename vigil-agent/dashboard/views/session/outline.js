// The outline of a session as the rows that are shown: threads beneath the tool calls that
// started them, filtered, with heights that are known before any text is. Pure.

/** @typedef {import('../../types/api.d.ts').SessionView} SessionView */
/** @typedef {import('../../types/api.d.ts').OutlineRow} OutlineRow */
/** @typedef {import('../../types/api.d.ts').KindName} KindName */

/** Places in an `OutlineRow`. */
export const SEQ = 0, AT = 1, KIND = 2, TURN = 3, THREAD = 4, NAME = 5, BYTES = 6, OUTCOME = 7, RESULT = 8, TOOK = 9, BITS = 10, PROCESSES = 11;

/** Bits of the last one. */
export const FINDING = 1, RESULT_FINDING = 2, CONTRADICTS = 4, INDEPENDENT = 8;

/**
 * `event`: a row of the outline; `thread`: the head of a sub-agent's; `end`: what was left out.
 * @typedef {{ type: 'event', key: number, row: OutlineRow, depth: number }
 *   | { type: 'thread', key: string, place: number, depth: number, open: boolean, events: number }
 *   | { type: 'end', key: string, left: number }} TapeRow
 */

/** What the filter of kinds calls them, in the order of its chips. */
export const GROUPS = /** @type {const} */ (['prompts', 'answers', 'thinking', 'tools', 'calls', 'notes']);

/** @param {KindName} kind @returns {typeof GROUPS[number]} */
function groupOf(kind) {
  switch (kind) {
    case 'prompt': return 'prompts';
    case 'response': return 'answers';
    case 'thinking': return 'thinking';
    case 'tool_call': case 'tool_result': return 'tools';
    case 'model_call': return 'calls';
    default: return 'notes';
  }
}

/** @param {OutlineRow} row @param {SessionView} doc */
export function nameOf(row, doc) {
  return row[NAME] > 0 ? doc.outline.names[row[NAME] - 1] ?? '' : '';
}

/** @param {OutlineRow} row @param {SessionView} doc  True where the client cut its memory short. */
export function isCompaction(row, doc) {
  return row[KIND] === 'system' && nameOf(row, doc).includes('compact') && !nameOf(row, doc).includes('summary');
}

/** @param {OutlineRow} row */
export function hasFinding(row) {
  return (row[BITS] & (FINDING | RESULT_FINDING)) !== 0;
}

/** By the number that stands above a row's bits. */
const OPEN = /** @type {const} */ ([null, 'info', 'low', 'medium', 'high', 'critical']);

/** How bad the worst open finding in a row is; null when none is open. @param {OutlineRow} row */
export function worstIn(row) {
  return OPEN[row[BITS] >> 4] ?? null;
}

/** @param {OutlineRow} row */
function wentWrong(row) {
  return row[OUTCOME] === 'failed' || row[OUTCOME] === 'denied';
}

/**
 * @typedef {{ groups: Set<string>, findings: boolean, failures: boolean }} Filter  No group set
 *   means all.
 */

/** @param {Filter} filter */
export function isFiltering(filter) {
  return filter.groups.size > 0 || filter.findings || filter.failures;
}

/** @param {Filter} filter @param {OutlineRow} row */
function passes(filter, row) {
  if (filter.groups.size > 0 && !filter.groups.has(groupOf(row[KIND]))) return false;
  if (!filter.findings && !filter.failures) return true;
  return (filter.findings && hasFinding(row)) || (filter.failures && wentWrong(row));
}

/**
 * Where things are in a session's outline.
 * @param {SessionView} doc
 */
export function indexOf(doc) {
  const { rows } = doc.outline;
  /** Rows of each thread, 0 for the main one. @type {OutlineRow[][]} */
  const threads = Array.from({ length: doc.threads.length + 1 }, () => []);
  /** @type {Map<number, OutlineRow>} */
  const bySeq = new Map();
  /** Of results, by their own number: the row of the call. @type {Map<number, OutlineRow>} */
  const byResult = new Map();
  for (const row of rows) {
    threads[row[THREAD]]?.push(row);
    bySeq.set(row[SEQ], row);
    if (row[RESULT] > 0) byResult.set(row[RESULT], row);
  }
  /** Threads by the call that started them. @type {Map<number, number[]>} */
  const children = new Map();
  /** Threads whose beginning is not known, the earliest first. @type {number[]} */
  const orphans = [];
  doc.threads.forEach((thread, place) => {
    if ((threads[place + 1]?.length ?? 0) === 0) return;
    const by = thread.started_by === null ? undefined : bySeq.get(thread.started_by);
    if (by === undefined || by[THREAD] === place + 1) orphans.push(place);
    else children.set(by[SEQ], [...(children.get(by[SEQ]) ?? []), place]);
  });
  const first = (/** @type {number} */ place) => threads[place + 1]?.[0]?.[AT] ?? 0;
  orphans.sort((a, b) => first(a) - first(b));
  // Of a session that is nothing but a sub-agent, that one is the main thread.
  const main = threads[0]?.length ? 0 : (orphans.shift() ?? -1) + 1;
  return { threads, bySeq, byResult, children, orphans, main };
}

/** @typedef {ReturnType<typeof indexOf>} Index */

/**
 * The threads that must be open for a row to be seen, the outermost last.
 * @param {Index} index @param {SessionView} doc @param {OutlineRow} row
 */
export function threadsAround(index, doc, row) {
  /** @type {number[]} */
  const places = [];
  for (let thread = row[THREAD]; thread !== index.main && thread > 0 && !places.includes(thread - 1);) {
    places.push(thread - 1);
    const by = doc.threads[thread - 1]?.started_by ?? null;
    thread = (by === null ? undefined : index.bySeq.get(by))?.[THREAD] ?? index.main;
  }
  return places;
}

/**
 * @param {SessionView} doc
 * @param {Index} index
 * @param {Filter} filter
 * @param {ReadonlySet<number>} open  Threads that are open.
 * @returns {TapeRow[]}
 */
export function tapeOf(doc, index, filter, open) {
  const filtering = isFiltering(filter);
  /** @type {TapeRow[]} */
  const tape = [];
  /** @type {Set<number>} */
  const met = new Set();

  /** @param {number} place @param {number} depth */
  const addThread = (place, depth) => {
    if (met.has(place)) return;
    met.add(place);
    const rows = index.threads[place + 1] ?? [];
    const events = filtering ? rows.filter((row) => passes(filter, row)).length : rows.length;
    if (events === 0 && !rows.some((row) => index.children.has(row[SEQ]))) return;
    // What one looks for is shown wherever it is.
    const isOpen = open.has(place) || filter.findings || filter.failures;
    tape.push({ type: 'thread', key: `thread ${place}`, place, depth, open: isOpen, events });
    if (isOpen) addRows(rows, depth + 1, []);
  };

  /** @param {OutlineRow[]} rows @param {number} depth @param {number[]} orphans */
  const addRows = (rows, depth, orphans) => {
    let next = 0;
    for (const row of rows) {
      for (; next < orphans.length; next += 1) {
        const place = orphans[next] ?? 0;
        if ((index.threads[place + 1]?.[0]?.[AT] ?? 0) > row[AT]) break;
        addThread(place, depth);
      }
      if (!filtering || passes(filter, row)) tape.push({ type: 'event', key: row[SEQ], row, depth });
      for (const place of index.children.get(row[SEQ]) ?? []) addThread(place, depth);
    }
    for (; next < orphans.length; next += 1) addThread(orphans[next] ?? 0, depth);
  };

  addRows(index.threads[index.main] ?? [], 0, index.orphans);
  if (doc.outline.left_out > 0) tape.push({ type: 'end', key: 'end', left: doc.outline.left_out });
  return tape;
}
