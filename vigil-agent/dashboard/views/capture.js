// How much of the truth Vigil sees, from evidence alone: a sentence, what is seen and what is not,
// the matrix of clients, then what captures, what was lost, and the gaps. Never a sign that all is
// well; what is not known is called unknown.

import { html, useEffect, useState } from '../vendor/preact.js';
import { now } from '../lib/clock.js';
import { refreshStatus, status, statusError } from '../lib/status.js';
import { rfc3339 } from '../lib/time.js';
import { Problem, Skeleton } from '../parts/empty.js';
import { Page } from '../parts/page.js';
import { When } from '../parts/when.js';
import { ClientCard } from './capture/client.js';
import { Gaps } from './capture/gaps.js';
import { Lost } from './capture/lost.js';
import { Means } from './capture/machine.js';
import { Matrix } from './capture/matrix.js';
import { Sites } from './capture/sites.js';
import { Start, Summary, Warnings } from './capture/summary.js';
import { Todo } from './capture/todo.js';
import { UnreadCard } from './capture/unread.js';
import { lines } from './capture/evidence.js';

/** When the status that is shown was answered. */
function useChecked() {
  const said = status.value;
  const [at, setAt] = useState(/** @type {string | null} */ (null));
  useEffect(() => {
    if (said) setAt(rfc3339(Date.now()));
  }, [said]);
  useEffect(() => {
    refreshStatus();
  }, []);
  return at;
}

export function View() {
  const said = status.value;
  const error = statusError.value;
  const checked = useChecked();
  if (!said) {
    return html`<${Page} title="Capture" wide>${error ? html`<${Problem} error=${error} retry=${refreshStatus} />` : html`<${Skeleton} />`}<//>`;
  }
  const matrix = lines(said, now.value);
  const nothing = matrix.every((line) => line.verdict === 'nothing');
  const side = html`<span class="quiet capture-checked">Checked <${When} at=${checked} none="just now" /></span>
    <button type="button" class="button" onClick=${refreshStatus}>Check now</button>`;
  return html`<${Page} title="Capture" wide class="capture" side=${side}>
    ${error ? html`<${Problem} error=${error} retry=${refreshStatus} slim />` : null}
    <${Warnings} status=${said} />
    <${Summary} status=${said} matrix=${matrix}>${nothing ? html`<${Start} matrix=${matrix} proxy=${said.proxy} />` : null}<//>
    <div class="capture-body">
      <div class="capture-main"><${Todo} status=${said} beginning=${nothing} />
      <section class="capture-clients" aria-label="Clients">${matrix.length > 1 && !nothing ? html`<${Matrix} lines=${matrix} status=${said} />`
        : matrix.map((line) => html`<${ClientCard} key=${line.surface.client} line=${line} status=${said} quiet=${nothing} />`)}
        ${(said.unread ?? []).map((client) => html`<${UnreadCard} key=${client.client} client=${client} />`)}</section>
      <${Sites} status=${said} /></div>
      <${Means} status=${said} />
      <div class="capture-rest"><${Lost} drops=${said.drops} /><${Gaps} agent=${said.agent} /></div>
    </div>
  <//>`;
}
