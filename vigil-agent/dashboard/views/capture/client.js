// One client of the matrix: the verdict and what it means, its witnesses with what each has seen,
// its coverage, and the command that would improve it.

import { html } from '../../vendor/preact.js';
import { now } from '../../lib/clock.js';
import { counted } from '../../lib/format.js';
import { flat } from '../../lib/masks.js';
import { Witness, clientName, isIndependent } from '../../parts/badge.js';
import { Command } from '../../parts/empty.js';
import { When } from '../../parts/when.js';
import { VERDICTS, WITNESSES, coverageWords, freshness } from './words.js';

/** @typedef {import('../../types/api.d.ts').Surface} Surface */
/** @typedef {import('../../types/api.d.ts').Evidence} Evidence */

const FRESH = { fresh: 'fresh', stale: 'stale', never: 'never seen' };

/** @param {{ surface: Surface, daemon: string }} props */
export function ClientCard({ surface, daemon }) {
  const verdict = VERDICTS[surface.verdict];
  const coverage = coverageWords(surface.coverage);
  // Witnesses this page does not know are shown all the same.
  const known = new Set(WITNESSES.map((one) => one.name));
  const others = Object.keys(surface.witnesses).filter((name) => !known.has(name)).map((name) => ({ name, tells: '', silent: 'never seen' }));
  const all = [...WITNESSES, ...others].map((one) => ({ ...one, evidence: surface.witnesses[one.name],
    silent: one.name === 'kernel' && daemon === 'not-installed' ? 'needs the daemon, which is not installed' : one.silent }));
  return html`<article class="surface" aria-label=${clientName(surface.client)}>
    <header class="surface-head"><h2>${clientName(surface.client)}</h2>${surface.version ? html`<span class="quiet">${flat(surface.version, 40)}</span>` : null}
      <span class=${`badge verdict verdict-${surface.verdict}`}>${verdict.word}</span>
      <p class="surface-means">${verdict.means}</p></header>
    <div class="surface-witnesses">
      <${Side} title="Independent" words="The client has no say in it" all=${all.filter((one) => isIndependent(one.name))} />
      <${Side} title="Self-reported" words="The client's own word" all=${all.filter((one) => !isIndependent(one.name))} />
      <section class="surface-side"><h3>Coverage</h3><p class=${`surface-figure${coverage.figure === 'unknown' ? ' is-unknown' : ''}`}>${coverage.figure}</p><p class="quiet">${coverage.words}</p></section>
    </div>
    ${surface.next.length > 0 ? html`<footer class="surface-next"><p>${surface.verdict === 'nothing' ? 'To have it seen, start it like this:' : 'To have it seen independently, start it like this:'}</p>
      ${surface.next.map((command) => html`<${Command} key=${command} text=${command} />`)}
      <p class="quiet">A client that already runs has to be started again; one that is started without it stays as it is.</p></footer>` : null}
  </article>`;
}

/** @typedef {{ name: string, tells: string, silent: string, evidence: Evidence | undefined }} Seen */

/** @param {{ title: string, words: string, all: Seen[] }} props */
function Side({ title, words, all }) {
  return html`<section class="surface-side"><h3>${title} <span>${words}</span></h3><ul>${all.map((one) => html`<${Line} key=${one.name} ...${one} />`)}</ul></section>`;
}

/** @param {Seen} props */
function Line({ name, tells, silent, evidence }) {
  const state = freshness(evidence, now.value);
  return html`<li class=${`witness-line is-${state}`} title=${tells}><span class="witness-name"><${Witness} name=${name} /></span>
    ${state === 'never' || !evidence ? html`<span class="quiet">never seen: ${silent}</span>`
      : html`<span><span class=${`fresh-lamp is-${state}`} aria-hidden="true"></span>${FRESH[state]}, last <${When} at=${evidence.last} /><span class="quiet">, ${counted(evidence.count, 'event')}</span></span>`}</li>`;
}
