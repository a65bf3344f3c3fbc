// What to do about an install that something speaks against, by what became of it. General
// knowledge; nothing here looks at anything.

import { html } from '../../vendor/preact.js';
import { flat } from '../../lib/masks.js';

/** @typedef {import('../../types/api.d.ts').InstallRow} InstallRow */

/** @param {InstallRow} row @returns {string[]} */
function stepsOf({ outcome, severity, reasons, package: of }) {
  const isMalicious = reasons.some(({ rule }) => rule.startsWith('malicious'));
  const ran = outcome === 'executed' || outcome === null || outcome === 'interrupted';
  if (!ran) {
    return [
      outcome === 'failed' ? 'It failed. Part of it may have run all the same: a package can run code before it is installed.' : outcome === 'denied' ? 'It was denied, so there is nothing to undo.' : 'Nothing shows that it ran. See in the session what became of it.',
      'See where the name came from: a prompt, a page that was read, or the model itself.',
    ];
  }
  if (isMalicious) {
    return [
      'Treat this machine, and every secret that the agent could read, as known to somebody else. What such packages do, they do while they are installed.',
      'Take the machine off the network, then remove the package, its caches and whatever it added to start by itself.',
      'Replace the secrets: keys of clouds and registries, tokens of source hosts, those in .env files and in the shell’s environment.',
      'Look into lock files and images for the same version before anybody else installs it.',
    ];
  }
  const target = reasons.find((reason) => reason.target)?.target;
  return [
    target ? `Was ${flat(target, 80)} meant? Look the package up where it is kept: who publishes it, since when, and what its source is.` : 'Look the package up where it is kept: who publishes it, since when, and what its source is.',
    of.source === 'registry' ? 'If it is not what was meant, remove it, and out of the manifest and the lock file too.' : 'See whether that place is yours, or one that you trust, and whether what it gave was checked.',
    ...(severity === 'high' || severity === 'critical' ? ['Until that is clear, treat what it could read as known to somebody else: it may have run code while it was installed.'] : []),
  ];
}

/** @param {{ row: InstallRow }} props */
export function Steps({ row }) {
  if (!row.severity || row.severity === 'info' || row.severity === 'low') return null;
  return html`<section class="detail-part"><h3>What to do next</h3><ol class="detail-steps">${stepsOf(row).map((step, i) => html`<li key=${i}>${step}</li>`)}</ol></section>`;
}
