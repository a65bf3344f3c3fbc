// Picking a bucket or a stretch of buckets on a strip of time: by pointer (drag, click, double
// click) and by keyboard (arrows, Shift, Enter, Escape). Knows numbers of buckets only.

import { useRef, useState } from '../../vendor/preact.js';

/** A click waits so long for a second one. */
const DOUBLE = 230;

/**
 * @typedef {object} Picking
 * @property {number} count  Buckets.
 * @property {(a: number, b: number) => void} onStretch  Buckets `a..=b` were picked.
 * @property {(i: number) => void} [onPick]  A click, or Enter.
 * @property {() => void} [onReset]  A double click, or Escape with nothing picked.
 */

/**
 * What is under the pointer or the keyboard (`at`), the stretch in the making, and the properties
 * for the element, whose whole width is the buckets.
 * @param {Picking} picking
 */
export function usePicking({ count, onStretch, onPick, onReset }) {
  const [at, setAt] = useState(/** @type {number | null} */ (null));
  const [from, setFrom] = useState(/** @type {number | null} */ (null));
  const drag = useRef(/** @type {{ x: number, i: number, moved: boolean } | null} */ (null));
  const timer = useRef(0);

  /** @param {number} i */
  const clamp = (i) => Math.max(0, Math.min(i, count - 1));
  /** @param {PointerEvent | MouseEvent} event */
  const bucket = (event) => {
    const box = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
    return clamp(Math.floor(((event.clientX - box.left) / Math.max(1, box.width)) * count));
  };
  const done = () => {
    if (at !== null && from !== null) onStretch(Math.min(at, from), Math.max(at, from));
    setFrom(null);
  };

  const pointer = {
    onPointerDown: (/** @type {PointerEvent} */ event) => {
      if (event.button !== 0) return;
      drag.current = { x: event.clientX, i: bucket(event), moved: false };
      /** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
    },
    onPointerMove: (/** @type {PointerEvent} */ event) => {
      const i = bucket(event);
      setAt(i);
      const held = drag.current;
      if (!held || (!held.moved && Math.abs(event.clientX - held.x) < 5)) return;
      held.moved = true;
      setFrom(held.i);
    },
    onPointerUp: (/** @type {PointerEvent} */ event) => {
      const held = drag.current;
      drag.current = null;
      if (held?.moved) done();
      else if (held && event.detail < 2) {
        const i = bucket(event);
        clearTimeout(timer.current);
        timer.current = window.setTimeout(() => onPick?.(i), onReset ? DOUBLE : 0);
      }
    },
    onPointerCancel: () => {
      drag.current = null;
      setFrom(null);
    },
    onPointerLeave: () => {
      if (!drag.current) setAt(null);
    },
    onDblClick: () => {
      clearTimeout(timer.current);
      onReset?.();
    },
  };

  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || count === 0) return;
    const here = at ?? count - 1;
    const to = {
      ArrowRight: at === null ? here : here + 1, ArrowLeft: at === null ? here : here - 1,
      PageUp: here - Math.ceil(count / 10), PageDown: here + Math.ceil(count / 10), Home: 0, End: count - 1,
    }[event.key];
    if (to !== undefined) {
      if (event.shiftKey && from === null) setFrom(here);
      if (!event.shiftKey) setFrom(null);
      setAt(clamp(to));
    } else if (event.key === 'Enter' && at !== null) {
      if (from === null) onPick?.(at);
      else done();
    } else if (event.key === 'Escape' && (from !== null || at !== null)) {
      setFrom(null);
      setAt(null);
    } else if (event.key === 'Escape' && onReset) onReset();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const stretch = from === null || at === null ? null : { a: Math.min(from, at), b: Math.max(from, at) };
  return { at, stretch, props: { ...pointer, onKeyDown, onBlur: () => { setAt(null); setFrom(null); } } };
}
