// How much stands side by side: rail, timeline and inspector; timeline and inspector; or one
// column, with the others in dialogs.

import { useEffect, useState } from '../../vendor/preact.js';

const THREE = matchMedia('(min-width: 1240px)');
const TWO = matchMedia('(min-width: 960px)');

/** @returns {'three' | 'two' | 'one'} */
function mode() {
  return THREE.matches ? 'three' : TWO.matches ? 'two' : 'one';
}

export function useMode() {
  const [now, setNow] = useState(mode);
  useEffect(() => {
    const change = () => setNow(mode());
    THREE.addEventListener('change', change);
    TWO.addEventListener('change', change);
    return () => {
      THREE.removeEventListener('change', change);
      TWO.removeEventListener('change', change);
    };
  }, []);
  return now;
}
