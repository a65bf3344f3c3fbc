// How much room there is: whether a detail fits beside the list, whether rows have columns, and
// how high the pane may be. Only measures.

import { useEffect, useState } from '../vendor/preact.js';

/** @param {string} question  Of the window, as CSS writes it. */
export function useMedia(question) {
  const [is, setIs] = useState(() => matchMedia(question).matches);
  useEffect(() => {
    const media = matchMedia(question);
    const change = () => setIs(media.matches);
    change();
    media.addEventListener('change', change);
    return () => media.removeEventListener('change', change);
  }, [question]);
  return is;
}

/** The height of what scrolls around the view: banners take some of the window's. */
export function useMainHeight() {
  const [height, setHeight] = useState(() => document.getElementById('main')?.clientHeight ?? 0);
  useEffect(() => {
    const main = document.getElementById('main');
    if (!main) return;
    const watch = new ResizeObserver(() => setHeight(main.clientHeight));
    watch.observe(main);
    return () => watch.disconnect();
  }, []);
  return height;
}
