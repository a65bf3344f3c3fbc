// The live stream: one connection a page, shared by all subscribers. Reconnects with back-off,
// asks for what it missed, sleeps while the page is hidden. Never keeps events.

import { signal } from '../vendor/preact.js';
import { closed, request } from './api.js';

/** @typedef {import('../types/api.d.ts').FeedRow} FeedRow */
/**
 * `events` gets new commits, ascending, at most 100 at once. `changed` says that findings or
 * triage changed. `missed` says that something may have been missed: ask the API again. `skipped`
 * says how many events were passed over because this page was too far behind, `renewed` that the
 * store began anew and its numbers mean other events now; `missed` follows both.
 * @typedef {{ events?: (rows: FeedRow[]) => void, changed?: () => void, missed?: () => void,
 *   skipped?: (events: number) => void, renewed?: () => void }} Subscriber
 */

/** `asleep` while the page is hidden; `lost` is worth a banner. */
export const connection = signal(/** @type {'off' | 'connecting' | 'live' | 'lost' | 'asleep'} */ ('off'));

const SILENCE = 50_000; // many heartbeats
const HIDDEN_FOR = 30_000;
const LONGEST_PAUSE = 30_000;

/** @type {Set<Subscriber>} */
const subscribers = new Set();
/** @type {AbortController | null} */
let current = null;
/** The last commit seen: where to go on. @type {string | null} */
let after = null;
let failures = 0;
let everLive = false;
let retryTimer = 0;
let hiddenTimer = 0;

/**
 * Hears of everything new until the returned function is called.
 * @param {Subscriber} subscriber
 */
export function subscribe(subscriber) {
  subscribers.add(subscriber);
  return () => {
    subscribers.delete(subscriber);
  };
}

/** Opens the connection; called once by app.js. */
export function startStream() {
  document.addEventListener('visibilitychange', onVisibility);
  window.addEventListener('online', retryNow);
  connect();
}

/** Tries again at once, for the banner's button. */
export function retryNow() {
  if (connection.value === 'live' || connection.value === 'connecting') return;
  failures = 0;
  connect();
}

function onVisibility() {
  clearTimeout(hiddenTimer);
  if (document.visibilityState === 'hidden') {
    hiddenTimer = window.setTimeout(() => {
      connection.value = 'asleep';
      close();
    }, HIDDEN_FOR);
  } else if (connection.value === 'asleep' || connection.value === 'lost') {
    failures = 0;
    connect();
  }
}

function close() {
  clearTimeout(retryTimer);
  current?.abort();
  current = null;
}

async function connect() {
  close();
  if (closed.value) return;
  const abort = new AbortController();
  current = abort;
  if (connection.value !== 'lost') connection.value = 'connecting';
  try {
    const path = after === null ? 'stream' : `stream?after=${after}`;
    const headers = { Accept: 'text/event-stream', ...(after !== null && { 'Last-Event-ID': after }) };
    const response = await request(path, { signal: abort.signal, headers });
    if (!response.body) throw new Error('the stream has no body');
    failures = 0;
    connection.value = 'live';
    // Events are told from where one was; that findings changed in between is not, and without a
    // place to go on from nothing is.
    if (everLive) tell((one) => (after === null ? one.missed?.() : one.changed?.()));
    everLive = true;
    await read(response.body, abort);
  } catch {
    // The banner and the next try say all that there is to say.
  }
  if (current === abort) later();
}

function later() {
  current = null;
  if (closed.value || connection.value === 'asleep') return;
  failures += 1;
  // One lost connection is ordinary (the agent was restarted); the second is news.
  if (failures > 1) connection.value = 'lost';
  const pause = Math.min(500 * 2 ** (failures - 1), LONGEST_PAUSE) * (0.75 + Math.random() / 2);
  retryTimer = window.setTimeout(connect, pause);
}

/**
 * @param {ReadableStream<Uint8Array>} body
 * @param {AbortController} abort
 */
async function read(body, abort) {
  const reader = body.pipeThrough(/** @type {ReadableWritablePair<string, Uint8Array>} */ (
    /** @type {unknown} */ (new TextDecoderStream())
  )).getReader();
  let rest = '';
  let silence = 0;
  try {
    for (;;) {
      clearTimeout(silence);
      silence = window.setTimeout(() => abort.abort(), SILENCE);
      const { value, done } = await reader.read();
      if (done) return;
      rest += value;
      const blocks = rest.split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? '';
      for (const block of blocks) dispatch(block);
    }
  } finally {
    clearTimeout(silence);
    reader.cancel().catch(() => {});
  }
}

/** @param {string} block */
function dispatch(block) {
  const before = after;
  let event = 'message';
  let data = '';
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith('id:')) after = line.slice(3).trim();
    else if (line.startsWith('event:')) event = line.slice(6).trim();
    else if (line.startsWith('data:')) data += (data ? '\n' : '') + line.slice(5).replace(/^ /, '');
  }
  if (event === 'here') {
    if (before === null || Number(after) >= Number(before)) return;
    tell((one) => one.renewed?.());
    tell((one) => one.missed?.());
  } else if (event === 'events' && data) {
    const rows = /** @type {FeedRow[]} */ (JSON.parse(data));
    tell((one) => one.events?.(rows));
  } else if (event === 'changed') {
    tell((one) => one.changed?.());
  } else if (event === 'skipped' && data) {
    const { events } = /** @type {{ events: number }} */ (JSON.parse(data));
    tell((one) => one.skipped?.(events));
    tell((one) => one.missed?.());
  }
}

/** @param {(one: Subscriber) => void} call */
function tell(call) {
  for (const one of [...subscribers]) {
    // One view's fault must not end the stream for the others.
    try {
      call(one);
    } catch (error) {
      console.error(error);
    }
  }
}
