// The machine: agent processes, connections by host and way, files named by tool calls, and the
// lists that these are compared with. Says of
// each who says so; what nobody records yet is shown as that, never as empty.

import { html, useEffect, useState } from '../vendor/preact.js';
import { get, isAbort } from '../lib/api.js';
import { query as apiQuery } from '../lib/query.js';
import { subscribe } from '../lib/stream.js';
import { rfc3339 } from '../lib/time.js';
import { Problem, Skeleton } from '../parts/empty.js';
import { EventDialog } from '../parts/feedrow/event.js';
import { Page } from '../parts/page.js';
import { RangePicker, useRange } from '../parts/range.js';
import { Connections } from './system/connections.js';
import { Files } from './system/files.js';
import { Intel } from './system/intel.js';
import { Processes } from './system/processes.js';

/** @typedef {import('../types/api.d.ts').Machine} Machine */

const GATHER = 3000;
/** What is known of a process grows without a new event: asked for as often while one looks. */
const AGAIN = 5000;

/** @param {string} since */
function useMachine(since) {
  const [machine, setMachine] = useState(/** @type {Machine | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [asked, setAsked] = useState(0);
  const retry = () => setAsked((n) => n + 1);
  useEffect(() => {
    const abort = new AbortController();
    get(apiQuery('system', { since }), abort.signal).then((answer) => {
      setMachine(answer);
      setError(null);
    }, (/** @type {Error} */ problem) => {
      if (!isAbort(problem)) setError(problem);
    });
    return () => abort.abort();
  }, [since, asked]);
  useEffect(() => {
    let timer = 0;
    const later = () => {
      if (!timer) timer = window.setTimeout(() => { timer = 0; retry(); }, GATHER);
    };
    const stop = subscribe({ events: later, missed: later });
    const again = window.setInterval(() => {
      if (!document.hidden) later();
    }, AGAIN);
    return () => {
      clearInterval(again);
      clearTimeout(timer);
      stop();
    };
  }, []);
  return { machine, error, retry };
}

export function View() {
  const range = useRange('24h');
  const since = range.from ?? rfc3339(0);
  const { machine, error, retry } = useMachine(since);
  return html`<${Page} title="System" wide class="system" side=${html`<${RangePicker} fallback="24h" open />`}>
    ${error ? html`<${Problem} error=${error} retry=${retry} slim=${!!machine} />` : null}
    ${machine ? html`<${Processes} of=${machine.processes} all=${!range.from} /><${Connections} of=${machine.connections} all=${!range.from} />
        <${Files} of=${machine.files} all=${!range.from} />`
      : error ? null : html`<${Skeleton} />`}
    <${Intel} />
    <${EventDialog} />
  <//>`;
}
