// Loads a session's view and keeps it true while the session grows: asks again when the stream
// speaks of it, never more often than a tenth of the time goes into answers. Never shows anything.

import { useEffect, useRef, useState } from '../../vendor/preact.js';
import { get, isAbort } from '../../lib/api.js';
import { subscribe } from '../../lib/stream.js';

/** @typedef {import('../../types/api.d.ts').SessionView} SessionView */

const SOONEST = 250;
const LATEST = 15_000;

/**
 * `doc` is null until the first answer and stays while a newer one is on its way.
 * @param {string} key
 */
export function useSession(key) {
  const [doc, setDoc] = useState(/** @type {SessionView | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const again = useRef(() => {});

  useEffect(() => {
    let timer = 0;
    let took = 0;
    let ended = 0;
    /** @type {AbortController | null} */
    let running = null;
    let wanted = false;

    const ask = async () => {
      timer = 0;
      if (running) {
        wanted = true;
        return;
      }
      const abort = new AbortController();
      running = abort;
      const began = performance.now();
      try {
        const answer = /** @type {SessionView} */ (await get(`sessions/${encodeURIComponent(key)}`, abort.signal));
        setDoc(answer);
        setError(null);
      } catch (problem) {
        if (isAbort(problem)) return;
        setError(problem instanceof Error ? problem : new Error(String(problem)));
      }
      running = null;
      ended = performance.now();
      took = ended - began;
      if (wanted) {
        wanted = false;
        later();
      }
    };
    const later = () => {
      if (timer) return;
      const pause = Math.min(LATEST, Math.max(SOONEST, took * 10));
      timer = window.setTimeout(ask, Math.max(0, ended + pause - performance.now()));
    };
    const now = () => {
      clearTimeout(timer);
      setError(null);
      void ask();
    };

    again.current = now;
    void ask();
    const stop = subscribe({
      events: (rows) => {
        if (rows.some((row) => row.session_key === key)) later();
      },
      changed: later,
      missed: later,
    });
    return () => {
      clearTimeout(timer);
      stop();
      running?.abort();
    };
  }, [key]);

  return { doc, error, retry: () => again.current() };
}
