// Other addresses under which one of the sites is served, such as a gateway's: each was added by the person,
// and the browser asked them about it. Such a page is read as that site's is, and by the same scripts.

/** The adapter of each site. */
const ADAPTERS = {
  'claude.ai': 'sites/claude.js',
  'chatgpt.com': 'sites/chatgpt.js',
  'gemini.google.com': 'sites/gemini.js',
  'perplexity.ai': 'sites/perplexity.js',
  'copilot.microsoft.com': 'sites/copilot.js',
  'chat.deepseek.com': 'sites/deepseek.js',
};

/** How many there may be. */
const MOST = 32;

/** The host in what a person typed; nothing for what is none. @param {string} typed */
export function hostOf(typed) {
  try {
    const { hostname, protocol } = new URL(/^\w+:\/\//.test(typed.trim()) ? typed.trim() : `https://${typed.trim()}`);
    return protocol === 'https:' && /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(hostname) && !/^[\d.]+$/.test(hostname) ? hostname : undefined;
  } catch {
    return undefined;
  }
}

/** What is kept of them, without what is not one. @param {any} kept @returns {Record<string, keyof typeof ADAPTERS>} */
export const placesIn = (kept) =>
  Object.fromEntries(
    Object.entries(kept ?? {})
      .filter(([host, site]) => hostOf(host) === host && Object.hasOwn(ADAPTERS, /** @type {string} */ (site)))
      .slice(0, MOST),
  );

/** The pattern of a host. @param {string} host */
export const patternOf = (host) => `https://${host}/*`;

/**
 * Has the browser run the scripts there, and nowhere else than there and on the listed sites.
 * @param {any} api
 * @param {Record<string, keyof typeof ADAPTERS>} places
 */
export async function settle(api, places) {
  // Only with what the person allowed for the first of them.
  if (api.scripting === undefined) return;
  const [beside, within] = api.runtime.getManifest().content_scripts;
  const wanted = Object.entries(places).flatMap(([host, site]) => {
    const js = beside.js.filter((/** @type {string} */ name) => !name.startsWith('sites/') || name === ADAPTERS[site]);
    const both = { matches: [patternOf(host)], runAt: 'document_start', persistAcrossSessions: true };
    return [
      { ...both, id: `${host} ${site} beside`, js },
      { ...both, id: `${host} ${site} within`, js: within.js, world: 'MAIN' },
    ];
  });
  /** @type {{ id: string }[]} */
  const there = await api.scripting.getRegisteredContentScripts();
  const over = there.filter(({ id }) => !wanted.some((one) => one.id === id)).map(({ id }) => id);
  // With a permission that was taken back the browser may have ended one itself: the others are ended all the same.
  for (const id of over) await api.scripting.unregisterContentScripts({ ids: [id] }).catch(() => {});
  for (const one of wanted) {
    // Of a host that the browser no longer allows nothing is read.
    if (!there.some(({ id }) => one.id === id)) await api.scripting.registerContentScripts([one]).catch(() => {});
  }
}
