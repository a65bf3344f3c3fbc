// The second key: kept in sessionStorage of each tab, handed to new tabs of this origin by those
// that have it. Never in a URL, a cookie or localStorage. Takes nothing from another tab that is
// no key, that the agent has refused, or that this tab did not ask for.

const NAME = 'vigil-key';
const KEY = /^[0-9a-f]{64}$/;
/** More are not remembered: a tab meets one or two keys in its life. */
const MOST_REFUSED = 16;

const channel = new BroadcastChannel('vigil-key');

/** Who wants a key: a tab without one, and nobody else. @type {Set<() => void>} */
const waiting = new Set();
/** Keys of earlier runs, which tabs that slept may still hand over. @type {Set<string>} */
const refused = new Set();

channel.onmessage = (message) => {
  const data = /** @type {{ ask?: unknown, key?: unknown } | null} */ (message.data);
  const own = currentKey();
  if (data?.ask === true && own) channel.postMessage({ key: own });
  const key = data?.key;
  if (waiting.size === 0 || typeof key !== 'string' || !KEY.test(key) || key === own || refused.has(key)) return;
  keep(key);
  for (const tell of [...waiting]) tell();
};

/** The key of this tab, or null; a browser that keeps nothing has none. */
export function currentKey() {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null;
  }
}

/** True where the browser was told to keep nothing: no login can last there. */
export function keepsNothing() {
  try {
    return !navigator.cookieEnabled || !sessionStorage;
  } catch {
    return true;
  }
}

/** @param {string} key */
function keep(key) {
  try {
    sessionStorage.setItem(NAME, key);
  } catch {
    // Then nobody is signed in, and the closed view says so.
  }
}

/**
 * Forgets `stale`, which the agent refused, unless another tab's answer has already replaced it.
 * @param {string | null} stale
 */
export function forgetKey(stale) {
  if (stale === null) return;
  refused.add(stale);
  const oldest = refused.values().next().value;
  if (refused.size > MOST_REFUSED && oldest !== undefined) refused.delete(oldest);
  if (currentKey() === stale) sessionStorage.removeItem(NAME);
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
 * Calls `tell` whenever another tab hands its key over (a new login). While anybody waits, a key
 * that comes is taken. Returns how to stop.
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
