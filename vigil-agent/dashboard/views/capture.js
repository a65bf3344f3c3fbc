// How much Vigil sees, from evidence alone: per client its witnesses, coverage and next command;
// then what captures, what was lost, and the gaps. Says "unknown" where it is unknown.

import { html } from '../vendor/preact.js';
import { refreshStatus, status, statusError } from '../lib/status.js';
import { Command, Problem, Skeleton } from '../parts/empty.js';
import { Page } from '../parts/page.js';
import { ClientCard } from './capture/client.js';
import { Gaps } from './capture/gaps.js';
import { Lost } from './capture/lost.js';
import { Means } from './capture/machine.js';
import { summary } from './capture/words.js';

export function View() {
  const said = status.value;
  const error = statusError.value;
  if (!said) {
    return html`<${Page} title="Capture">${error ? html`<${Problem} error=${error} retry=${refreshStatus} />` : html`<${Skeleton} />`}<//>`;
  }
  const { words, lit } = summary(said);
  return html`<${Page} title="Capture" class="capture">
    <p class=${`capture-sum${lit ? ' is-lit' : ''}`}>${words}</p>
    ${error ? html`<${Problem} error=${error} retry=${refreshStatus} slim />` : null}
    ${said.surfaces.length === 0 ? html`<p>Nothing is known of any client. Start an agent, or let Vigil read what was written before:</p><${Command} text="vigil ingest" />`
      : said.surfaces.map((surface) => html`<${ClientCard} key=${surface.client} surface=${surface} daemon=${said.daemon} />`)}
    <${Means} status=${said} />
    <${Lost} drops=${said.drops} />
    <${Gaps} />
  <//>`;
}
