// Another question begins with its first answer: a list that was scrolled far down is at its top again
// when what it is filtered by has changed.

import { useLayoutEffect, useRef } from '../vendor/preact.js';

/** Brings the beginning of the list into sight, when it is above. */
function toTop() {
  const list = document.querySelector('main [data-list]');
  const box = list?.closest('[data-scroller]');
  if (!list || !box) return;
  const bar = box.querySelector('.sticky');
  const covered = bar && getComputedStyle(bar).position === 'sticky' ? bar.clientHeight : 0;
  const above = box.getBoundingClientRect().top + covered - list.getBoundingClientRect().top;
  if (above > 0) box.scrollTop -= above;
}

/** @param {unknown} answers  Another value is of another question; the first one leaves all as it is. */
export function useTop(answers) {
  const seen = useRef(answers);
  useLayoutEffect(() => {
    if (seen.current === answers) return;
    seen.current = answers;
    toTop();
  }, [answers]);
}
