// The name of a model, client, project or tool as it was recorded.

import { html } from '../../vendor/preact.js';
import { clientName } from '../../lib/clients.js';
import { Path, Words } from '../../parts/text.js';
import { byOf } from './metrics.js';

/** @param {{ by: import('./metrics.js').By | 'tool', text: string }} props */
export function Name({ by, text }) {
  if (!text) return html`<span class="quiet">${by === 'tool' ? 'no name' : byOf(by).none}</span>`;
  if (by === 'project') return html`<${Path} path=${text} />`;
  return html`<span class="cut"><${Words} text=${by === 'client' ? clientName(text) : text} most=${160} brief mono=${by !== 'client'} /></span>`;
}
