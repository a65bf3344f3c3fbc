// The agent's status and the filters' values, kept fresh: asked for at the start, when findings
// change, and every 30 s while the page is seen.

import { computed, signal } from '../vendor/preact.js';
import { ApiError, closed, get, isAbort } from './api.js';
import { subscribe } from './stream.js';

/** @typedef {import('../types/api.d.ts').Status} Status */
/** @typedef {import('../types/api.d.ts').Facets} Facets */
/** @typedef {import('../types/api.d.ts').Severity} Severity */

/** Null until the first answer. */
export const status = signal(/** @type {Status | null} */ (null));
/** What the last question for the status ended in, when it failed. */
export const statusError = signal(/** @type {ApiError | null} */ (null));
/** Clients, projects and models that there are; null until asked for with [`wantFacets`]. */
export const facets = signal(/** @type {Facets | null} */ (null));

/** Worst first. */
export const SEVERITIES = /** @type {const} */ (['critical', 'high', 'medium', 'low', 'info']);

/** Open findings: how many, and the worst severity among them. */
export const openFindings = computed(() => {
  const by = status.value?.store.findings ?? {};
  const worst = SEVERITIES.find((severity) => (by[severity] ?? 0) > 0) ?? null;
  return { total: SEVERITIES.reduce((sum, one) => sum + (by[one] ?? 0), 0), worst, by };
});

/** Since when recording is paused, or null. */
export const pausedSince = computed(() => status.value?.agent.paused_since ?? null);

const EVERY = 30_000;
const FACETS_FOR = 60_000;
let asked = 0;
let facetsAsked = -Infinity;
/** The question that is under way. @type {Promise<void> | null} */
let running = null;
/** One more behind it: what is under way may have been answered before what just changed. @type {Promise<void | null> | null} */
let next = null;

/** Asks for the status now; done when an answer is there that was asked for after this call. */
export async function refreshStatus() {
  if (running) await (next ??= running.then(begin));
  else await begin();
}

function begin() {
  next = null;
  running = closed.value ? null : ask();
  return running;
}

async function ask() {
  asked = performance.now();
  try {
    status.value = /** @type {Status} */ (await get('status'));
    statusError.value = null;
  } catch (error) {
    if (error instanceof ApiError) statusError.value = error;
    else if (!isAbort(error)) console.error(error);
  } finally {
    running = null;
  }
}

/** Asks for the facets unless they are fresh; call it when a view with filters is shown. */
export async function wantFacets() {
  if (performance.now() - facetsAsked < FACETS_FOR) return;
  facetsAsked = performance.now();
  try {
    facets.value = /** @type {Facets} */ (await get('facets'));
  } catch (error) {
    facetsAsked = -Infinity;
    if (!(error instanceof ApiError) && !isAbort(error)) console.error(error);
  }
}

/** Begins to keep the status fresh; called once by app.js. */
export function startStatus() {
  let soon = 0;
  const changed = () => {
    clearTimeout(soon);
    soon = window.setTimeout(refreshStatus, 300);
  };
  subscribe({ changed, missed: changed });
  setInterval(() => {
    if (document.visibilityState === 'visible') refreshStatus();
  }, EVERY);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && performance.now() - asked > EVERY) refreshStatus();
  });
  return refreshStatus();
}
