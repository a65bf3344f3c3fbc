// The second key: kept in sessionStorage of each tab, handed to new tabs of this origin by those
// that have it. Never in a URL, a cookie or localStorage.

const NAME = 'vigil-key';
const channel = new BroadcastChannel('vigil-key');

/** @type {Set<() => void>} */
const waiting = new Set();

channel.onmessage = (message) => {
  const data = /** @type {{ ask?: boolean, key?: unknown }} */ (message.data);
  const own = sessionStorage.getItem(NAME);
  if (data.ask && own) channel.postMessage({ key: own });
  if (typeof data.key === 'string' && data.key !== own && waiting.size > 0) {
    sessionStorage.setItem(NAME, data.key);
    for (const tell of [...waiting]) tell();
  }
};

/** The key of this tab, or null. */
export function currentKey() {
  return sessionStorage.getItem(NAME);
}

/**
 * Forgets `stale`, unless another tab's answer has already replaced it.
 * @param {string | null} stale
 */
export function forgetKey(stale) {
  if (stale !== null && sessionStorage.getItem(NAME) === stale) sessionStorage.removeItem(NAME);
}

/**
 * Asks the other tabs; false when none answers in time.
 * @param {number} [patience]  Milliseconds.
 * @returns {Promise<boolean>}
 */
export function askForKey(patience = 400) {
  return new Promise((resolve) => {
    const stop = onKey(() => finish(true));
    const timer = setTimeout(() => finish(false), patience);
    /** @param {boolean} got */
    const finish = (got) => {
      stop();
      clearTimeout(timer);
      resolve(got);
    };
    channel.postMessage({ ask: true });
  });
}

/**
 * Calls `tell` whenever another tab hands its key over (a new login). Returns how to stop.
 * @param {() => void} tell
 */
export function onKey(tell) {
  waiting.add(tell);
  return () => {
    waiting.delete(tell);
  };
}

/** Tells tabs that stand before the closed view that this one is signed in. */
export function offerKey() {
  const own = currentKey();
  if (own) channel.postMessage({ key: own });
}
