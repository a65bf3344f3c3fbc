// Zooming: a brush sets `from` and `to` and keeps in `base` what the range was before the first
// one, so that "Reset zoom" leads back there. All of it in the URL.

import { hrefWith, query, setQuery } from '../../lib/router.js';
import { rfc3339 } from '../../lib/time.js';

/** Shorter than this nothing is kept apart: a bucket of the agent's, in seconds. */
export const SHORTEST = 900;

/** @param {number} from @param {number} to  Seconds. */
export function zoom(from, to) {
  const now = Date.now() / 1000;
  const base = query.value.get('base') ?? baseOf(query.value);
  const end = to > now ? Math.max(now, from + SHORTEST) : to;
  setQuery({ base, from: rfc3339(from * 1000), to: rfc3339(end * 1000) }, { push: true });
}

/** @param {URLSearchParams} params  The range that stands there, as one word. */
function baseOf(params) {
  const [from, to] = [params.get('from'), params.get('to')];
  return from || to ? `${from ?? ''}~${to ?? ''}` : params.get('range') ?? 'preset';
}

/** True while the range is one that a brush has set. */
export function isZoomed() {
  const params = query.value;
  return params.has('base') && (params.has('from') || params.has('to'));
}

/** Back to the range before the first brush. */
export function resetZoom() {
  const base = query.value.get('base') ?? '';
  const [from, to] = base.includes('~') ? base.split('~') : [null, null];
  setQuery({ base: null, from, to }, { push: true });
}

/** The way to a range of whole seconds, for a link. @param {{ from: number, to: number }} span */
export function spanHref({ from, to }) {
  return hrefWith({ base: null, range: null, from: rfc3339(from * 1000), to: rfc3339(to * 1000) });
}

/** The way to all there is. */
export function allHref() {
  return hrefWith({ base: null, range: 'all', from: null, to: null });
}
