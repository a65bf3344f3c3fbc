// Keeps the focus on the page when what had it goes away: a button that clears the filters and is
// gone with them, a banner that was answered. Else the next key would begin at the top again.

import { useEffect } from '../vendor/preact.js';

/** Leads to the view's heading, which shows no ring; whoever moved the focus on themselves is left alone. */
export function useKeptFocus() {
  useEffect(() => {
    /** @type {EventTarget | null} */
    let last = null;
    /** @param {FocusEvent} event */
    const onFocus = (event) => {
      last = event.target;
    };
    const watch = new MutationObserver(() => {
      if (!(last instanceof HTMLElement) || last.isConnected) return;
      last = null;
      if (document.activeElement !== document.body) return;
      /** @type {HTMLElement | null} */ (document.querySelector('[data-heading]'))?.focus({ preventScroll: true });
    });
    document.addEventListener('focusin', onFocus);
    watch.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener('focusin', onFocus);
      watch.disconnect();
    };
  }, []);
}
