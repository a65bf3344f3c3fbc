// The keyboard of the virtual list: which row a key leads to, and the first J or K that brings
// the focus into the list from anywhere in the view.

import { useEffect, useRef } from '../../vendor/preact.js';
import { isTyping } from '../../lib/keyboard.js';
import { singleKeys } from '../../lib/prefs.js';

/**
 * The row that `event` leads to; null when it is not ours.
 * @param {KeyboardEvent} event
 * @param {number} active
 * @param {number} count
 * @param {number} page  Rows a page.
 * @returns {number | null}
 */
export function target(event, active, count, page) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || count === 0) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if ((key === 'j' || key === 'k') && (singleKeys.value === 'off' || event.shiftKey)) return null;
  const to = {
    ArrowDown: active + 1, j: active + 1, ArrowUp: active - 1, k: active - 1,
    PageDown: active + page, PageUp: active - page, Home: 0, End: count - 1,
  }[key];
  return to === undefined ? null : Math.max(0, Math.min(to, count - 1));
}

/**
 * Calls `enter` at J or K while the focus is not in `root`, if that is the view's first list.
 * @param {{ current: HTMLElement | null }} root
 * @param {() => void} enter
 */
export function useEnter(root, enter) {
  const latest = useRef(enter);
  latest.current = enter;
  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const onKey = (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      if (!['j', 'k'].includes(event.key) || singleKeys.value === 'off' || isTyping(event.target)) return;
      if (document.querySelector('dialog[open]') || root.current?.contains(document.activeElement)) return;
      // A list in a <nav> is a way to the other one.
      if (document.querySelector('[data-list]:not(nav [data-list])') !== root.current) return;
      event.preventDefault();
      latest.current();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
