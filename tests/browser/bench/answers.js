// The API's answers, each asked for many times over one connection, beside a file that is only
// handed out: the ratio says how much of an answer is looking it up.

import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';

import { ask } from '../rig/http.js';
import { quantile, spread } from './figures.js';

const TIMES = 60;

/** @param {import('../rig/home.js').Home} home */
export async function answers(home) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const plain = await timed(home, agent, '/login.js');
  const lines = [spread('a file', plain)];
  for (const path of await paths(home)) {
    const times = await timed(home, agent, `/api/v1/${path}`);
    const ratio = quantile(times, 0.5) / quantile(plain, 0.5);
    lines.push(`${spread(path.replaceAll(/[0-9a-f]{32}/g, 'ID').slice(0, 44), times)}   ${ratio.toFixed(1)} x a file`);
  }
  agent.destroy();
  return lines;
}

/** @param {import('../rig/home.js').Home} home */
async function paths(home) {
  const { sessions, total } = await ask(home, 'sessions?limit=200');
  const most = [...sessions].sort((a, b) => b.tool_calls - a.tool_calls)[0];
  const { findings } = await ask(home, 'findings?state=any&limit=1');
  const view = await ask(home, `sessions/${most.key}`);
  const rows = view.outline.rows.slice(0, 100).map((row) => row[0]);
  const month = new Date(Date.parse(most.last) - 30 * 24 * 3600e3).toISOString();
  return [
    'status',
    'digest',
    'facets',
    'sessions?limit=100',
    `sessions?limit=100&offset=${Math.max(0, total - 100)}`,
    'sessions?q=config&limit=100',
    'sessions?findings=true&limit=100',
    `sessions/${most.key}`,
    `excerpts?seq=${rows.join(',')}`,
    `events/${rows[10]}`,
    'findings?limit=100',
    'findings?state=any&severity=critical,high&limit=100',
    ...findings.map((finding) => `findings/${finding.id}`),
    'timeline?limit=100',
    'timeline?kinds=prompt,gap&limit=100',
    'timeline/density',
    `analytics?from=${month}`,
    `analytics?from=${month}&by=project`,
    `system?since=${month}`,
    'search?q=config+retry&limit=20',
  ];
}

/** @param {import('../rig/home.js').Home} home @param {Agent} agent @param {string} path */
async function timed(home, agent, path) {
  const times = [];
  for (let n = 0; n < TIMES + 5; n += 1) {
    const start = performance.now();
    await get(home, agent, path);
    // The first few warm up the system's caches, as any use does.
    if (n >= 5) times.push(performance.now() - start);
  }
  return times;
}

/** @param {import('../rig/home.js').Home} home @param {Agent} agent @param {string} path */
function get(home, agent, path) {
  const { hostname, port } = new URL(home.ready.dashboard);
  const headers = { authorization: `Bearer ${home.bearer()}` };
  return new Promise((done, failed) => {
    const sent = request({ hostname, port, path, agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => {
        if (answer.statusCode === 200) done(undefined);
        else failed(new Error(`${path}: ${answer.statusCode}`));
      });
    });
    sent.on('error', failed);
    sent.end();
  });
}
