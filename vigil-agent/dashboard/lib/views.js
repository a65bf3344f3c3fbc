// The views: their names, places and keys, in the order of the rail. The modules are loaded when
// they are first shown.

import { withoutSlashes } from './format.js';

/**
 * @typedef {{ name: string, title: string, path: string, key: string, main: boolean, steady?: boolean,
 *   load: () => Promise<{ View: import('../vendor/preact.js').FunctionComponent<any> }> }} ViewEntry
 */

/**
 * `main` views stand in the bottom bar of a narrow page; a `steady` one lives on when its
 * parameters change. @type {ViewEntry[]}
 */
export const VIEWS = [
  { name: 'sessions', title: 'Sessions', path: '/', key: 's', main: true, load: () => import('../views/sessions.js') },
  { name: 'live', title: 'Live', path: '/live', key: 'l', main: true, load: () => import('../views/live.js') },
  { name: 'findings', title: 'Findings', path: '/findings', key: 'f', main: true, steady: true, load: () => import('../views/findings.js') },
  { name: 'installs', title: 'Installs', path: '/installs', key: 'i', main: false, steady: true, load: () => import('../views/installs.js') },
  { name: 'analytics', title: 'Analytics', path: '/analytics', key: 'a', main: false, load: () => import('../views/analytics.js') },
  { name: 'timeline', title: 'Timeline', path: '/timeline', key: 't', main: true, load: () => import('../views/timeline.js') },
  { name: 'system', title: 'System', path: '/system', key: 'y', main: false, load: () => import('../views/system.js') },
  { name: 'capture', title: 'Capture', path: '/capture', key: 'c', main: false, load: () => import('../views/capture.js') },
];

const SESSION = { name: 'session', title: 'Session', load: () => import('../views/session.js') };

/**
 * The view of a path, and what the path names within it.
 * @param {string} path
 * @returns {{ name: string, title: string, rail: string, load: ViewEntry['load'], params: Record<string, string>,
 *   steady?: boolean } | null}
 */
export function viewOf(path) {
  const clean = withoutSlashes(path);
  const session = /^\/sessions\/([^/]+)$/.exec(clean);
  if (session) return { ...SESSION, rail: 'sessions', params: { key: decode(session[1]) } };
  const one = /^(\/findings|\/installs)\/([^/]+)$/.exec(clean);
  const view = VIEWS.find(({ path }) => path === (one ? one[1] : clean === '/sessions' ? '/' : clean));
  if (!view) return null;
  /** @type {Record<string, string>} */
  const params = one ? { id: decode(one[2]) } : {};
  return { name: view.name, title: view.title, rail: view.name, load: view.load, params, steady: view.steady };
}

/** @param {string | undefined} text */
function decode(text) {
  try {
    return decodeURIComponent(text ?? '');
  } catch {
    return text ?? '';
  }
}
