// One event in full, piece by piece: the first piece at once, more when asked for or when what is
// looked for lies beyond. Keeps the last few events; never shows anything.

import { useCallback, useEffect, useRef, useState } from '../../vendor/preact.js';
import { get, isAbort } from '../../lib/api.js';

/** @typedef {import('../../types/api.d.ts').EventView} EventView */
/** @typedef {import('../../types/api.d.ts').SpanRow} SpanRow */
/**
 * What must be in what is loaded: a UTF-16 unit or a byte of the whole text.
 * @typedef {{ unit?: number, byte?: number }} Until
 */
/**
 * `first` has the event; `text` and `spans` (counted from the text's beginning) are of all pieces.
 * @typedef {{ first: EventView, text: string, spans: SpanRow[], loaded: number, next: number | null }} Whole
 */

const KEEP = 30;
/** Pieces that are loaded by themselves on the way to a place, 4 MiB of text. */
const MOST = 64;
/** Texts longer than this are not kept when they are left. */
const LONG = 400_000;

/** @type {Map<string, Whole>} */
const kept = new Map();

/** @param {string} ref @param {Whole} whole */
function keep(ref, whole) {
  if (whole.text.length > LONG) return;
  kept.delete(ref);
  kept.set(ref, whole);
  const oldest = kept.keys().next().value;
  if (kept.size > KEEP && oldest !== undefined) kept.delete(oldest);
}

/**
 * @param {string | number} ref  An event's number or id.
 * @param {number} from
 * @param {AbortSignal} [abort]
 */
export async function readEvent(ref, from, abort) {
  const path = `events/${encodeURIComponent(String(ref))}${from > 0 ? `?from=${from}` : ''}`;
  return /** @type {EventView} */ (await get(path, abort));
}

/** @param {Whole | null} before @param {EventView} piece @returns {Whole} */
function joined(before, piece) {
  const text = piece.event.text ?? '';
  if (before === null) return { first: piece, text, spans: piece.spans, loaded: piece.from + utf8(text), next: piece.next };
  const shift = before.text.length;
  const spans = piece.spans.map((span) => ({ ...span, start: span.start + shift, end: span.end + shift }));
  return { first: before.first, text: before.text + text, spans: [...before.spans, ...spans], loaded: piece.from + utf8(text), next: piece.next };
}

/** @param {string} text */
function utf8(text) {
  return new TextEncoder().encode(text).length;
}

/** @param {Whole} whole @param {Until | undefined} until */
function lacks(whole, until) {
  if (whole.next === null || !until) return false;
  return (until.unit !== undefined && whole.text.length < until.unit) || (until.byte !== undefined && whole.loaded < until.byte);
}

/**
 * @param {string | null} ref  Null for none.
 * @param {Until} [until]
 * @param {unknown} [fresh]  Another value asks again: what became of the event may have changed.
 */
export function useEvent(ref, until, fresh) {
  const [shown, setShown] = useState(/** @type {{ ref: string, whole: Whole } | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [tries, setTries] = useState(0);
  const running = useRef(/** @type {AbortController | null} */ (null));
  const whole = ref !== null && shown?.ref === ref ? shown.whole : ref !== null ? kept.get(ref) ?? null : null;

  /** @param {string} of @param {Whole | null} start @param {AbortSignal} abort @param {number} pieces */
  const load = async (of, start, abort, pieces) => {
    let now = start;
    try {
      for (let n = 0; n < pieces; n += 1) {
        now = joined(now, await readEvent(of, now?.next ?? 0, abort));
        if (abort.aborted) return;
        // On the way to a place only the last step is drawn.
        const done = !lacks(now, until);
        if (done || n === 0) setShown({ ref: of, whole: now });
        if (done && n + 1 >= (start === null ? 1 : pieces)) break;
        if (now.next === null) break;
      }
      if (now) {
        keep(of, now);
        setShown({ ref: of, whole: now });
      }
      setError(null);
    } catch (problem) {
      if (isAbort(problem) || abort.aborted) return;
      setError(problem instanceof Error ? problem : new Error(String(problem)));
    }
  };

  useEffect(() => {
    setError(null);
    if (ref === null) return;
    const abort = new AbortController();
    running.current = abort;
    const have = kept.get(ref) ?? null;
    if (have) setShown({ ref, whole: have });
    // Holding J passes many events by; the ones in between are not asked for.
    const timer = window.setTimeout(() => {
      if (!have) void load(ref, null, abort.signal, MOST);
      else if (lacks(have, until)) void load(ref, have, abort.signal, MOST);
    }, have || tries === 0 && shown === null ? 0 : 60);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [ref, tries, until?.unit, until?.byte]);

  // A call that ran on: the same pieces, told anew.
  const before = useRef(fresh);
  useEffect(() => {
    if (before.current === fresh || ref === null) return;
    before.current = fresh;
    kept.delete(ref);
    const abort = new AbortController();
    readEvent(ref, 0, abort.signal).then((first) => setShown((old) => (old?.ref !== ref ? old
      : { ref, whole: old.whole.next === first.next ? joined(null, first) : { ...old.whole, first } })), () => {});
    return () => abort.abort();
  }, [fresh, ref]);

  const more = useCallback(async () => {
    if (ref === null || whole === null || whole.next === null) return;
    const abort = new AbortController();
    running.current?.signal.addEventListener('abort', () => abort.abort());
    await load(ref, whole, abort.signal, 1);
  }, [ref, whole]);

  return { whole, error, more, retry: () => setTries((n) => n + 1) };
}
