// What share of a client's connections came through the proxy, with the parts that the share is
// made of; or "unknown", and why.

import { html } from '../../vendor/preact.js';
import { count, counted } from '../../lib/format.js';
import { pastProxy, shareWords, windowOf } from './evidence.js';

/** @typedef {import('../../types/api.d.ts').Coverage} Coverage */

/** @param {{ coverage: Coverage }} props */
export function CoverageFigure({ coverage }) {
  const { ratio } = coverage;
  if (ratio === null) {
    return html`<p class="coverage-figure is-unknown">unknown</p><p class="quiet">${reason(coverage)}</p>`;
  }
  return html`<p class="coverage-figure">${shareWords(ratio)}</p>
    <p class="quiet">of its connections to AI hosts${coverage.unknown ? ' that can be told apart' : ''} came through the proxy in ${windowOf(coverage)}, counted by the ${coverage.method}${coverage.tunnelled ? '; those that were passed on unread are left out of it' : ''}.</p>
    <${Parts} coverage=${coverage} />`;
}

/** @param {Coverage} coverage  Why there is no share. */
function reason(coverage) {
  const { method, seen, tunnelled, unknown } = coverage;
  if (method === 'none') return 'Nothing independent counts its connections yet, so nobody knows how many went past the proxy.';
  if (!seen) return `The ${method} counted no connection to an AI host in ${windowOf(coverage)}.`;
  if (tunnelled && tunnelled === seen) return `${counted(tunnelled, 'connection')} to AI hosts in ${windowOf(coverage)} came through the proxy, none of them decrypted.`;
  const told = [tunnelled ? `${counted(tunnelled, 'connection')} to AI hosts came through the proxy undecrypted` : '',
    unknown ? `${counted(unknown, 'connection')} went past the proxy to addresses that may or may not be AI hosts` : ''].filter(Boolean);
  return `By the ${method}'s count, in ${windowOf(coverage)}: ${told.join('; ')}.`;
}

/** @param {{ coverage: Coverage }} props */
function Parts({ coverage }) {
  const { seen, captured, tunnelled, unknown } = coverage;
  const past = pastProxy(coverage);
  const parts = [
    { name: 'through', words: 'through the proxy, decrypted', n: captured },
    { name: 'unread', words: 'through the proxy, passed on unread', n: tunnelled },
    { name: 'past', words: 'past the proxy', n: past },
    { name: 'unclear', words: 'cannot be told apart', n: unknown },
  ];
  const whole = seen ?? 0;
  return html`${whole > 0 ? html`<div class="coverage-bar" aria-hidden="true">${parts.map(({ name, n }) => (n ? html`<span key=${name} class=${`coverage-${name}`} style=${{ flexGrow: String(n) }}></span>` : null))}</div>` : null}
    <dl class="coverage-parts">
      ${parts.map(({ name, words, n }) => html`<div key=${name}><dt><span class=${`coverage-part coverage-${name}`} aria-hidden="true"></span>${words}</dt><dd>${n === null ? 'unknown' : count(n)}</dd></div>`)}
      <div class="is-sum"><dt>seen in all</dt><dd>${seen === null ? 'unknown' : count(seen)}</dd></div>
    </dl>`;
}
