// The API's answers, each asked for many times over one connection, beside a file that is only handed
// out. CPU time is the agent's, of all its threads: what holds on a busy machine.

import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';

import { ask } from '../rig/http.js';
import { spread } from './figures.js';
import { questions } from './questions.js';
import { cpu } from './ticks.js';

const TIMES = 60;
/** The first few warm up the system's caches, as any use does. */
const BEFORE = 5;
/** The whole of an answer, in milliseconds. */
const MOST = 20;

/** @typedef {import('../rig/home.js').Home} Home */
/** @typedef {{ path: string, method?: string, bodies?: string[], until?: string }} Asked */

/** @param {Home} home */
export async function answers(home) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const lines = [await timed(home, agent, 'a file', { path: '/login.js' })];
  for (const { name, path } of await questions(home)) {
    lines.push(await timed(home, agent, name, { path: `/api/v1/${path}` }));
  }
  for (const { name, asked } of await orders(home)) lines.push(await timed(home, agent, name, asked));
  agent.destroy();
  return lines;
}

/** What is asked with a body, and the stream, of which the beginning is timed. @param {Home} home */
async function orders(home) {
  const { findings } = await ask(home, 'findings?limit=200');
  const { events } = await ask(home, 'timeline?limit=1');
  const last = events[0]?.seq ?? 0;
  /** @type {{ name: string, asked: Asked }[]} */
  const orders = [100, 2_000].map((behind) => (
    { name: `stream, ${behind} events behind`, asked: { path: `/api/v1/stream?after=${last - behind}`, until: 'event: events' } }
  ));
  for (const many of [1, findings.length]) {
    const ids = findings.slice(0, many).map((/** @type {{ id: string }} */ { id }) => id);
    const bodies = ['acknowledged', 'open'].map((state) => JSON.stringify({ ids, state, note: 'looked at' }));
    if (many > 0) orders.push({ name: `findings/triage, of ${many}`, asked: { path: '/api/v1/findings/triage', method: 'POST', bodies } });
  }
  return orders;
}

/** @param {Home} home @param {Agent} agent @param {string} name @param {Asked} asked */
async function timed(home, agent, name, asked) {
  const times = [];
  let [before, bytes] = [0, 0];
  for (let n = 0; n < TIMES + BEFORE; n += 1) {
    if (n === BEFORE) before = cpu(home);
    const start = performance.now();
    bytes = await get(home, agent, asked, n);
    if (n >= BEFORE) times.push(performance.now() - start);
  }
  const used = (cpu(home) - before) / TIMES;
  const more = `   CPU ${used.toFixed(1).padStart(5)} ms ${(bytes / 1000).toFixed(0).padStart(5)} kB`;
  return spread(name.slice(0, 60), times, MOST, more);
}

/**
 * Gives how long it is. Bodies are sent in turn, so that each changes something.
 * @param {Home} home @param {Agent} agent @param {Asked} asked @param {number} n @returns {Promise<number>}
 */
function get(home, agent, { path, method = 'GET', bodies, until }, n) {
  const body = bodies?.[n % bodies.length];
  const { hostname, port } = new URL(home.ready.dashboard);
  /** @type {import('node:http').OutgoingHttpHeaders} */
  const headers = { authorization: `Bearer ${home.bearer()}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  return new Promise((done, failed) => {
    const sent = request({ hostname, port, path, method, agent, headers }, (answer) => {
      let bytes = 0;
      answer.on('data', (/** @type {Buffer} */ more) => {
        bytes += more.length;
        if (until === undefined || !more.includes(until)) return;
        sent.destroy();
        done(bytes);
      });
      answer.on('end', () => {
        if (answer.statusCode === 200) done(bytes);
        else failed(new Error(`${path}: ${answer.statusCode}`));
      });
      answer.on('error', failed);
    });
    sent.on('error', failed);
    sent.end(body);
  });
}
