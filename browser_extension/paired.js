// The way to Vigil where the browser may start no program, such as from a Snap or Flatpak: requests to this
// machine's own address, by a token that a typed code was traded for. It takes the place of a native
// port, and is used by the background alone.

/** What waits to be sent here beside the turns that the background keeps: words of their moment. */
const MOMENTS = 50;
/** How long one request may take, in milliseconds. */
const PATIENCE = 15_000;
/** The pause after being told that it is too much, in milliseconds. */
const SLOWER = 2000;

/** @param {number} port @param {string} path @param {unknown} said @param {Record<string, string>} [headers] */
const post = (port, path, said, headers = {}) =>
  fetch(`http://127.0.0.1:${port}/api/v1/browser${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(said),
    credentials: 'omit',
    cache: 'no-store',
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE),
  });

/** True for what is kept of a pairing. @param {any} kept */
export const isPairing = (kept) =>
  Number.isInteger(kept?.port) && kept.port > 0 && kept.port < 65_536 && [kept.id, kept.token, kept.word].every((part) => /^[0-9a-f]{16,64}$/.test(part));

/**
 * Trades a code for a pairing.
 * @param {string} code as `vigil route on` printed it
 * @param {string} profile
 * @returns {Promise<{ pairing?: Pairing, why?: string }>}
 */
export async function pair(code, profile) {
  const [, digits] = /^\s*(\d{1,5})-[A-Za-z2-9-]+\s*$/.exec(code) ?? [];
  const port = Number(digits);
  if (digits === undefined || port === 0 || port > 65_535) return { why: 'That is not a code: it is a number and three groups of letters.' };
  let answer;
  try {
    answer = await post(port, '/pair', { kind: 'pair', code: code.trim(), profile });
  } catch {
    return { why: 'Vigil does not answer on this machine. Is it running? (vigil status)' };
  }
  if (answer.status === 403) return { why: 'Vigil does not know that code: each works once, for two minutes. Ask for a new one.' };
  if (answer.status >= 500) return { why: `Vigil is there and cannot pair now (${answer.status}). Try again with a new code; vigil doctor says more.` };
  const given = answer.ok ? await answer.json().catch(() => undefined) : undefined;
  const pairing = { port, id: given?.id, token: given?.token, word: given?.word };
  return isPairing(pairing) ? { pairing } : { why: `What answers there is not this Vigil (${answer.status}).` };
}

/**
 * A port like a native one.
 * @param {Pairing} pairing
 * @param {{ hear(said: any): void, lost(why: string): void, unknown(): void, isWanted(n: number): boolean }} to
 *   `unknown` is told when what answers does not know the pairing. It may be Vigil, where it was ended, or
 *   anybody: nothing is removed for that
 */
export function open(pairing, { hear, lost, unknown, isWanted }) {
  /** @type {any[]} */
  let queue = [];
  let isOpen = true;
  let isGreeted = false;
  /** @type {(value?: unknown) => void} */
  let wake = () => {};
  const close = (/** @type {string} */ why) => {
    if (!isOpen) return;
    isOpen = false;
    queue = [];
    lost(why);
  };
  /** Whoever listens there must know the word, or it is told nothing: not even the token. */
  const greet = async () => {
    const answer = await post(pairing.port, '/pair', { kind: 'greet', id: pairing.id });
    const said = answer.ok ? await answer.json() : undefined;
    if (!isOpen) return;
    if (answer.status === 401) {
      unknown();
      throw new Error('what answers on its port does not know this pairing');
    }
    if (said?.word !== pairing.word) throw new Error('somebody else answers on its port');
    if (!isGreeted) hear({ kind: 'hello', dashboard: said.dashboard });
    isGreeted = true;
  };
  /** @param {any} said @returns {Promise<void>} */
  const tell = async (said) => {
    // Each time: the port may have changed hands since the last.
    await greet();
    if (!isOpen) return;
    const answer = await post(pairing.port, '', said, { authorization: `Bearer ${pairing.token}` });
    if (answer.ok) {
      const heard = await answer.json();
      if (isOpen) hear(heard);
      return;
    }
    if (answer.status === 429) {
      await new Promise((done) => setTimeout(done, SLOWER));
      return isOpen && (said.n === undefined || isWanted(said.n)) ? tell(said) : undefined;
    }
    if (answer.status === 401) {
      if (isOpen) unknown();
      throw new Error('the pairing was ended');
    }
    if (answer.status >= 500) throw new Error('Vigil can keep nothing now');
    const { error } = await answer.json().catch(() => ({}));
    if (isOpen) hear({ kind: 'refused', n: said.n ?? 0, why: `${error ?? answer.status}` });
  };
  const send = async () => {
    try {
      await greet();
      while (isOpen) {
        const said = queue.shift();
        if (said === undefined) await new Promise((more) => (wake = more));
        else if (said.n === undefined || isWanted(said.n)) await tell(said);
      }
    } catch (error) {
      const { name, message } = /** @type {Error} */ (error);
      close(name === 'TypeError' || name === 'TimeoutError' ? 'Vigil does not answer' : message);
    }
  };
  return {
    /** @param {any} said */
    postMessage(said) {
      if (!isOpen || said.kind === 'hello') return;
      // What the background dropped is not kept here either, and what has no number is told again, or was
      // of that moment alone.
      queue = queue.filter(({ n }) => n === undefined || isWanted(n));
      if (said.n === undefined && queue.filter(({ n }) => n === undefined).length >= MOMENTS) return;
      queue.push(said);
      wake();
    },
    start: () => void send(),
    /** Without a word to anybody. */
    disconnect() {
      isOpen = false;
      queue = [];
      wake();
    },
  };
}
