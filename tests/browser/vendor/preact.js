// What becomes `vigil-agent/dashboard/vendor/preact.js`: exactly the names below, in one module.
// `cargo xtask vendor` bundles it; add a name here and to `preact.d.ts` beside the result.

import htm from 'htm';
import { h } from 'preact';

export { Fragment, createContext, h, render } from 'preact';
export {
  useCallback,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'preact/hooks';
export {
  batch,
  computed,
  effect,
  signal,
  untracked,
  useComputed,
  useSignal,
  useSignalEffect,
} from '@preact/signals';

export const html = htm.bind(h);
