// Small marks with a fixed meaning: severity, witness, kind, client, outcome, triage. Each says
// its meaning in words or shape too; colour alone never carries it.

import { html } from '../vendor/preact.js';
import { clientName, isSite } from '../lib/clients.js';
import { counted } from '../lib/format.js';
import { flat } from '../lib/masks.js';
import { own } from '../lib/own.js';
import { whole } from '../lib/time.js';
import { Icon } from './icon.js';

/** @typedef {import('../types/api.d.ts').Severity} SeverityName */
/** @typedef {import('../types/api.d.ts').KindName} KindName */
/** @typedef {import('../types/api.d.ts').Outcome} OutcomeName */
/** @typedef {import('../types/api.d.ts').Triage} TriageName */

/** @type {Record<SeverityName, { shape: string, fill: boolean }>} */
const SHAPES = {
  critical: { shape: 'M5.2 1h5.600L15 5.200v5.600L10.8 15H5.200L1 10.800V5.200Z', fill: true },
  high: { shape: 'M8 1.5 15.2 14.300H.800Z', fill: true },
  medium: { shape: 'M8 1.2 14.8 8 8 14.8 1.2 8Z', fill: false },
  low: { shape: 'M8 2.200a5.8 5.8 0 1 0 0 11.600A5.8 5.8 0 0 0 8 2.200Z', fill: false },
  info: { shape: 'M2.5 8h11', fill: false },
};

/** The shape alone, for where the word stands beside it. @param {{ severity: SeverityName }} props */
export function SeverityShape({ severity }) {
  const { shape, fill } = own(SHAPES, severity) ?? SHAPES.info;
  return html`<svg class=${`shape shape-${severity}`} width="11" height="11" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    <path d=${shape} class=${fill ? 'shape-full' : 'shape-line'} />${severity === 'critical' ? html`<path class="shape-cut" d="M8 4.2v4.6M8 11.2v.6" />` : null}
  </svg>`;
}

/** @param {{ severity: SeverityName, n?: number }} props  With `n`: "3 high". */
export function Severity({ severity, n }) {
  return html`<span class=${`badge severity severity-${severity}`}><${SeverityShape} severity=${severity} />${n === undefined ? severity : `${n} ${severity}`}</span>`;
}

/**
 * How many findings a thing has, and how bad the worst open one is; nothing for none.
 * @param {{ n: number, worst: SeverityName | null }} props  `worst` is null when none is open.
 */
export function FindingCount({ n, worst }) {
  if (n === 0) return null;
  if (worst === null) return html`<span class="badge" title="none of them is open">${counted(n, 'finding')}</span>`;
  return html`<span class=${`badge severity severity-${worst}`}><${SeverityShape} severity=${worst} />${counted(n, 'finding')}</span>`;
}

/** That its client has deleted a session; nothing while its files are there. @param {{ at: string | null }} props */
export function Deleted({ at }) {
  if (!at) return null;
  return html`<span class="badge" title=${`its client has deleted its files, noticed ${whole(at)}; what is recorded stays`}>deleted by client</span>`;
}

const INDEPENDENT = new Set(['proxy', 'kernel']);
/** @type {Record<string, string>} */
const WITNESSES = {
  proxy: 'Vigil decrypted it on its way; the client has no say in it',
  kernel: 'the operating system reported it; the client has no say in it',
  transcript: 'the client wrote it in its own transcript',
  hook: 'the client told a hook',
  telemetry: 'the client reported it by telemetry',
  browser: 'the browser page showed it',
  history: 'the browser’s own history has the visit: addresses and times only',
  vigil: 'Vigil says so of itself',
};

/** @param {string} name */
export function isIndependent(name) {
  return INDEPENDENT.has(name);
}

/** Solid when independent of the client, outlined when self-reported. @param {{ name: string }} props */
export function Witness({ name }) {
  const kind = INDEPENDENT.has(name) ? 'independent' : name === 'vigil' ? 'own' : 'self-reported';
  const title = `${kind === 'own' ? '' : `${kind}: `}${own(WITNESSES, name) ?? 'a witness'}`;
  return html`<span class=${`badge witness witness-${kind}`} title=${title}>${name}<span class="hidden"> (${kind})</span></span>`;
}

/** @param {{ names: string[] }} props */
export function Witnesses({ names }) {
  return html`<span class="badges">${names.map((name) => html`<${Witness} key=${name} name=${name} />`)}</span>`;
}

/** @type {Record<KindName, string>} */
const KINDS = {
  prompt: 'prompt', response: 'answer', thinking: 'thinking', tool_call: 'tool call', tool_result: 'tool result',
  model_call: 'model call', process: 'process', connection: 'connection', file: 'file', install: 'install',
  browser_message: 'browser', config_change: 'config', gap: 'gap', system: 'system',
};

/** @param {KindName} kind */
export function kindName(kind) {
  return own(KINDS, kind) ?? kind;
}

/** @param {{ kind: KindName }} props */
export function Kind({ kind }) {
  return html`<span class=${`badge kind kind-${kind}`}>${kindName(kind)}</span>`;
}

/** A web site has a sign of its own: all that is known of it is a page's word. @param {{ name: string | null, version?: string | null }} props */
export function Client({ name, version }) {
  if (!name) return null;
  if (isSite(name)) {
    return html`<span class="badge client is-site" title="a web site, as its page told the browser extension: self-reported"><${Icon} name="globe" size=${12} />${flat(clientName(name), 60)}<span class="hidden"> (web site, self-reported)</span></span>`;
  }
  const title = flat(version ? `${name} ${version}` : name, 120);
  return html`<span class="badge client" title=${title}>${flat(clientName(name), 60)}</span>`;
}

/** @type {Record<OutcomeName, { words: string, title: string }>} */
const OUTCOMES = {
  executed: { words: 'ran', title: 'the call was carried out' },
  requested: { words: 'requested', title: 'the model asked for it; nothing shows that it ran' },
  denied: { words: 'denied', title: 'a person or a rule refused the call' },
  failed: { words: 'failed', title: 'the call ended in an error' },
  interrupted: { words: 'interrupted', title: 'the agent was stopped meanwhile; how far the call came is not known' },
};

/** @param {{ outcome: OutcomeName | null }} props */
export function Outcome({ outcome }) {
  if (!outcome) return null;
  const { words, title } = own(OUTCOMES, outcome) ?? { words: outcome, title: '' };
  return html`<span class=${`badge outcome outcome-${outcome}`} title=${title}>${words}</span>`;
}

/** @type {Record<TriageName, string>} */
const STATES = { open: 'open', acknowledged: 'acknowledged', resolved: 'resolved', false_positive: 'false positive', suppressed: 'suppressed' };

/** @param {{ state: TriageName }} props */
export function TriageState({ state }) {
  return html`<span class=${`badge triage triage-${state}`}>${STATES[state]}</span>`;
}
