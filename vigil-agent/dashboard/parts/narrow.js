// Whether the page is so narrow that rows have no room for columns. The same width as in the
// stylesheets.

import { useEffect, useState } from '../vendor/preact.js';

const NARROW = matchMedia('(max-width: 719px)');

/** True while rows have no room for columns. */
export function useNarrow() {
  const [narrow, setNarrow] = useState(NARROW.matches);
  useEffect(() => {
    const change = () => setNarrow(NARROW.matches);
    NARROW.addEventListener('change', change);
    return () => NARROW.removeEventListener('change', change);
  }, []);
  return narrow;
}
