// The lists that packages and connections are compared with: where each is from, how old it is, how
// much it holds. Nothing is fetched from here.

import { html, useEffect, useState } from '../../vendor/preact.js';
import { get, isAbort } from '../../lib/api.js';
import { count, counted } from '../../lib/format.js';
import { now } from '../../lib/clock.js';
import { dayWords, millis } from '../../lib/time.js';
import { Command, Problem } from '../../parts/empty.js';
import { Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';

/** @typedef {import('../../types/api.d.ts').IntelReport} IntelReport */
/** @typedef {import('../../types/api.d.ts').IntelList} IntelList */

/** Such lists change daily; one this old misses most of what is new. */
const OLD = 30 * 86_400_000;

/** @type {Record<string, string>} */
const FORMS = { osv: 'OSV advisories', tsv: 'names', urlhaus: 'URLhaus', threatfox: 'ThreatFox' };

export function Intel() {
  const [said, setSaid] = useState(/** @type {IntelReport | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    get('intel', abort.signal).then((answer) => {
      setSaid(answer);
      setError(null);
    }, (/** @type {Error} */ problem) => {
      if (!isAbort(problem)) setError(problem);
    });
    return () => abort.abort();
  }, [asked]);
  if (!said && !error) return null;
  return html`<section class="said" aria-labelledby="intel"><header class="said-head"><h2 id="intel">Threat lists</h2>
      <span class="quiet said-by">what installs and connections are compared with, besides what Vigil carries itself</span></header>
    ${error ? html`<${Problem} error=${error} retry=${() => setAsked((n) => n + 1)} slim />` : null}
    ${said ? html`<${Lists} of=${said} />` : null}</section>`;
}

/** @param {{ of: IntelReport }} props */
function Lists({ of: { lists, update, schedule, trouble } }) {
  const failed = Object.entries(update?.failed ?? {});
  return html`${trouble ? html`<p class="intel-trouble"><strong>They cannot be used:</strong> <${Words} text=${trouble} most=${300} /></p>` : null}
    ${lists.length === 0 ? html`<div class="said-empty"><p>None were brought in. Malicious packages are known as far as Vigil carries them, and connections are compared with nothing.</p><${Command} text="vigil intel update" /></div>`
      : html`<div class="machine-table intel-rows"><div class="machine-head" aria-hidden="true"><span>List</span><span class="n">Packages</span><span class="n">Hosts, addresses</span><span>Brought in</span></div>
        ${lists.map((list) => html`<${Row} key=${list.name} of=${list} />`)}</div>`}
    ${failed.length === 0 ? null : html`<p class="intel-trouble">${counted(failed.length, 'list')} not updated <${When} at=${update?.at} />: ${failed.slice(0, 3).map(([name, why], i) => html`${i > 0 ? '; ' : ''}<strong><${Words} text=${name} most=${60} brief /></strong>, <${Words} text=${why} most=${160} brief />`)}</p>`}
    ${lists.length === 0 ? null : html`<p class="quiet intel-how">${schedule === 'daily' ? 'Fetched anew every day.' : 'Fetched only when you say so:'} ${schedule === 'daily' ? null : html`<${Command} text="vigil intel update" />`}</p>`}`;
}

/** @param {{ of: IntelList }} props */
function Row({ of: { name, form, origin, imported, newest, packages, hosts, addresses, urls } }) {
  const old = now.value - millis(imported) > OLD;
  return html`<div class="machine-row"><span class="flow-host"><strong><${Words} text=${name} most=${80} brief /></strong><span class="quiet flow-detail">${FORMS[form] ?? form} from <${Words} text=${origin} most=${120} brief /></span></span>
    <span class="n">${count(packages)}<span class="narrow-only quiet"> packages</span></span><span class="n">${count(hosts + addresses + urls)}<span class="narrow-only quiet"> hosts and addresses</span></span>
    <span class=${old ? 'intel-old' : undefined}><${When} at=${imported} />${newest ? html`<span class="quiet flow-detail">, newest of ${dayWords(newest)}</span>` : null}${old ? ' (old)' : ''}</span></div>`;
}
