// "The last 24 hours" in one strip: what a person who comes back to the desk wants to know first.
// Each figure is a link to the view that shows what it counts; where all of them are zero, a line
// says so, and when something was last seen.

import { html, useEffect, useState } from '../../vendor/preact.js';
import { ApiError, get, isAbort } from '../../lib/api.js';
import { now } from '../../lib/clock.js';
import { count, money, moneyTitle, short, tokensOf } from '../../lib/format.js';
import { query } from '../../lib/query.js';
import { href } from '../../lib/router.js';
import { SEVERITIES, status } from '../../lib/status.js';
import { subscribe } from '../../lib/stream.js';
import { millis, rfc3339 } from '../../lib/time.js';
import { SeverityShape } from '../../parts/badge.js';
import { When } from '../../parts/when.js';

/** @typedef {import('../../types/api.d.ts').Digest} DigestDoc */

const DAY = 86_400_000;
const GATHER = 5000;

/** True when anybody but the clients themselves saw something in the last day. */
function seenIndependently() {
  return status.value?.surfaces.some(({ witnesses }) => ['proxy', 'kernel'].some((name) =>
    Date.parse(witnesses[name]?.last ?? '') > now.value - DAY)) ?? false;
}

/** The last answer, so that coming back to the view shows no gap. @type {DigestDoc | null} */
let kept = null;

/** Asked anew every five minutes of the clock, and a little after something happened. */
function useDigest() {
  const [digest, setDigest] = useState(kept);
  const tick = Math.floor(now.value / 300_000);
  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    const ask = async () => {
      timer = 0;
      try {
        const to = Date.now();
        kept = /** @type {DigestDoc} */ (await get(query('digest', { from: rfc3339(to - DAY), to: rfc3339(to) }), abort.signal));
        setDigest(kept);
      } catch (error) {
        // The list below says what is wrong with the connection; the strip just keeps its figures.
        if (!isAbort(error) && !(error instanceof ApiError)) throw error;
      }
    };
    const later = () => {
      if (!timer) timer = window.setTimeout(ask, GATHER);
    };
    ask();
    const stop = subscribe({ events: later, changed: later, missed: later });
    return () => {
      clearTimeout(timer);
      stop();
      abort.abort();
    };
  }, [tick]);
  return digest;
}

export function Digest() {
  const digest = useDigest();
  if (!digest) return html`<section class="digest" aria-label="The last 24 hours"><h2>Last 24 hours</h2><div class="digest-tiles is-waiting"></div></section>`;
  if (isQuiet(digest)) return html`<${Quiet} />`;
  const range = '24h';
  const wrong = [digest.failed > 0 && `${count(digest.failed)} failed`, digest.denied > 0 && `${count(digest.denied)} denied`].filter(Boolean).join(', ');
  return html`<section class="digest" aria-label="The last 24 hours"><h2>Last 24 hours</h2><div class="digest-tiles">
    <${Findings} by=${digest.findings} />
    <${Tile} to=${href('/', { range })} figure=${short(digest.sessions)} words=${digest.sessions === 1 ? 'session' : 'sessions'}
      more=${`${count(digest.prompts)} ${digest.prompts === 1 ? 'prompt' : 'prompts'}`} />
    <${Tile} to=${href('/timeline', { range, kinds: 'tool_call', failed: wrong ? true : null })} figure=${short(digest.tool_calls)} words=${digest.tool_calls === 1 ? 'tool call' : 'tool calls'}
      more=${wrong || 'none failed'} />
    <${Tile} to=${href('/system', { range, written: true })} figure=${short(digest.files_written)} words=${digest.files_written === 1 ? 'file written' : 'files written'} more="by tool calls" />
    <${Tile} to=${href('/analytics', { range })} figure=${money(digest.usage)} title=${moneyTitle(digest.usage)} words="cost"
      more=${`${short(tokensOf(digest.usage))} tokens`} />
    <${Tile} to="/capture" figure=${short(digest.gaps)} words=${digest.gaps === 1 ? 'gap' : 'gaps'}
      more=${digest.gaps > 0 ? 'not all was recorded' : seenIndependently() ? 'none known' : 'self-reported only'} />
  </div></section>`;
}

/** @param {DigestDoc} digest  True when there is nothing to look at. */
function isQuiet({ sessions, prompts, tool_calls, files_written, gaps, usage, findings }) {
  return [sessions, prompts, tool_calls, files_written, gaps, usage.calls, ...Object.values(findings)].every((n) => n === 0);
}

function Quiet() {
  const seen = (status.value?.surfaces ?? []).flatMap((one) => Object.values(one.witnesses)).flatMap(({ last }) => (last ? [last] : []));
  if (seen.length === 0) return null;
  const last = seen.reduce((a, b) => (millis(a) > millis(b) ? a : b));
  return html`<p class="digest is-quiet quiet">Nothing was recorded in the last 24 hours. The last activity was <${When} at=${last} />. <a href="/capture">What Vigil can see</a></p>`;
}

/** @param {{ to: string, figure: string, words: string, more: string, title?: string }} props */
function Tile({ to, figure, words, more, title }) {
  return html`<a class="tile" href=${to}><span class="tile-words">${words}</span><span class="tile-figure" title=${title}>${figure}</span><span class="tile-more">${more}</span></a>`;
}

/** @param {{ by: Record<string, number> }} props */
function Findings({ by }) {
  const set = SEVERITIES.filter((severity) => (by[severity] ?? 0) > 0);
  const total = set.reduce((sum, severity) => sum + (by[severity] ?? 0), 0);
  const lit = set[0] === 'critical' || set[0] === 'high' || set[0] === 'medium';
  return html`<a class=${`tile${lit ? ' is-lit' : ''}`} href=${href('/findings', { range: '24h' })}><span class="tile-words">${total === 1 ? 'new finding' : 'new findings'}</span>
    <span class="tile-figure">${short(total)}</span>
    <span class="tile-more">${total === 0 ? 'nothing found' : set.map((severity) => html`<span key=${severity} class=${`tile-severity severity-${severity}`}><${SeverityShape} severity=${severity} />${count(by[severity] ?? 0)} ${severity}</span>`)}</span></a>`;
}
