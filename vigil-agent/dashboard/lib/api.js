// Calls of the local API: the key header, typed errors with a remedy, one place that notices that
// this page is no longer signed in. Never retries by itself; see stream.js for what does.

import { signal } from '../vendor/preact.js';
import { askForKey, currentKey, forgetKey } from './key.js';

const BASE = '/api/v1/';

/** True once the agent refused this page's key and no other tab has a better one. */
export const closed = signal(false);

/** What went wrong, in words, and what to do about it. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {string} hint
   * @param {number} status  HTTP's, 0 when there was no answer.
   */
  constructor(message, hint, status) {
    super(message);
    this.name = 'ApiError';
    this.hint = hint;
    this.status = status;
  }
}

/** @param {unknown} error  True for a request that we ended ourselves. */
export function isAbort(error) {
  return error instanceof DOMException && error.name === 'AbortError';
}

/**
 * The answer's raw form, for the stream.
 * @param {string} path  Such as `status` or `sessions?limit=100`.
 * @param {{ method?: string, body?: unknown, signal?: AbortSignal, headers?: Record<string, string> }} [options]
 * @returns {Promise<Response>}
 */
export async function request(path, options = {}) {
  const key = currentKey();
  const response = await send(path, options, key);
  if (response.status !== 401) return await orError(response);
  // The key may be an old run's; a tab that was opened since may have the new one.
  forgetKey(key);
  const better = currentKey() !== null || (await askForKey());
  if (better) {
    const again = await send(path, options, currentKey());
    if (again.status !== 401) return await orError(again);
  }
  closed.value = true;
  throw new ApiError('This page is not signed in.', 'Run `vigil open` in a terminal.', 401);
}

/**
 * @param {string} path
 * @param {{ method?: string, body?: unknown, signal?: AbortSignal, headers?: Record<string, string> }} options
 * @param {string | null} key
 */
async function send(path, options, key) {
  /** @type {Record<string, string>} */
  const headers = { ...options.headers };
  if (key) headers['X-Vigil-Key'] = key;
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  try {
    return await fetch(BASE + path, {
      method: options.method ?? 'GET',
      headers,
      cache: 'no-store',
      credentials: 'same-origin',
      ...(options.signal && { signal: options.signal }),
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    });
  } catch (error) {
    throw unanswered(error);
  }
}

/** What a broken connection is to whoever asked. @param {unknown} error  As the browser says it. */
function unanswered(error) {
  if (isAbort(error)) return error;
  return new ApiError(
    'Vigil does not answer.',
    'It may have been stopped. Start it with `vigil up`, then `vigil open`.',
    0,
  );
}

/** All of an answer, which may break off in the middle. @param {Response} response */
async function textOf(response) {
  try {
    return await response.text();
  } catch (error) {
    throw unanswered(error);
  }
}

/** @param {Response} response */
async function orError(response) {
  if (response.ok) return response;
  /** @type {{ error?: unknown, hint?: unknown }} */
  const body = await response.json().catch(() => ({}));
  const words = typeof body.error === 'string' ? body.error : `Vigil answered ${response.status}.`;
  const hint = typeof body.hint === 'string' ? body.hint
    : response.status === 400 ? 'A filter in the address of this page is none. Clear the filters.' : 'See `vigil logs`.';
  throw new ApiError(words, hint, response.status);
}

/**
 * `get('status')`: the document. The caller names its type:
 * `/** @type {Status} *\/ (await get('status'))`.
 * @param {string} path
 * @param {AbortSignal} [abort]
 * @returns {Promise<any>}
 */
export async function get(path, abort) {
  const response = await request(path, abort ? { signal: abort } : {});
  return JSON.parse(await textOf(response));
}

/**
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
export async function post(path, body = {}) {
  const response = await request(path, { method: 'POST', body });
  const text = await textOf(response);
  return text ? JSON.parse(text) : null;
}
