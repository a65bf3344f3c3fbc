// Whether the list may move: not while it is paused, scrolled away from its top, or has the focus.
// The line that is being read must never run away.

import { useEffect, useState } from '../../vendor/preact.js';

/**
 * Which of the reasons to stand still hold, of the list within `box`.
 * @param {{ current: HTMLElement | null }} box
 */
export function useStillness(box) {
  const [away, setAway] = useState(false);
  const [focused, setFocused] = useState(false);
  useEffect(() => {
    const here = box.current;
    const scroller = /** @type {HTMLElement | null} */ (here?.closest('[data-scroller]'));
    if (!here || !scroller) return;
    const look = () => {
      // The bar sticks: its lower edge is where the rows begin to hide.
      const bar = scroller.querySelector('.sticky')?.getBoundingClientRect();
      const edge = Math.max(bar?.bottom ?? 0, scroller.getBoundingClientRect().top);
      setAway(here.getBoundingClientRect().top < edge - 4);
    };
    const focus = () => setFocused(here.contains(document.activeElement));
    const blur = (/** @type {FocusEvent} */ event) => setFocused(event.relatedTarget instanceof Node && here.contains(event.relatedTarget));
    scroller.addEventListener('scroll', look, { passive: true });
    here.addEventListener('focusin', focus);
    here.addEventListener('focusout', blur);
    look();
    return () => {
      scroller.removeEventListener('scroll', look);
      here.removeEventListener('focusin', focus);
      here.removeEventListener('focusout', blur);
    };
  }, []);
  return { away, focused };
}
