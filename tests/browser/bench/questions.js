// What the page asks the API, and what scripts may: each address with each kind of filter, near
// pages and far ones, with parameters of what is really on record.

import { ask } from '../rig/http.js';
import { everySession } from './sessions.js';

/** @typedef {import('../rig/home.js').Home} Home */
/** @typedef {{ name: string, path: string }} Question */

const DAY = 24 * 3600e3;
const EPOCH = '1970-01-01T00:00:00Z';

/** @param {string} path @param {{ [name: string]: unknown }} values @param {string} [name] @returns {Question} */
function question(path, values = {}, name) {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) params.set(key, String(value));
  const words = decodeURIComponent(params.toString().replaceAll('+', ' '));
  return {
    name: name ?? (words ? `${path}?${words}` : path).replaceAll(/[0-9a-f]{32}/g, 'ID').replaceAll(/T[\d:.]+Z/g, ''),
    path: params.size > 0 ? `${path}?${params}` : path,
  };
}

/** @param {number} at @returns {string} */
const time = (at) => new Date(at).toISOString();

/** Microseconds since 1970. @param {string} at */
function micros(at) {
  const fraction = (/\.(\d{1,6})/.exec(at)?.[1] ?? '').padEnd(6, '0');
  return Math.floor(Date.parse(at) / 1000) * 1e6 + Number(fraction);
}

/** @param {Home} home @returns {Promise<Question[]>} */
export async function questions(home) {
  const known = await whatIsThere(home);
  return [
    question('status'),
    question('facets'),
    ...spans(known),
    ...sessions(known),
    ...oneSession(known),
    ...(await findings(home, known)),
    ...(await timeline(home, known)),
    ...analytics(known),
    ...(await system(home, known)),
    ...scripts(known),
  ];
}

/** @typedef {Awaited<ReturnType<typeof whatIsThere>>} Known */

/** @param {Home} home */
async function whatIsThere(home) {
  const all = await everySession(home);
  const facets = await ask(home, 'facets');
  /** @param {{ [name: string]: number }} counts */
  const ordered = (counts) => Object.entries(counts).sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const [clients, projects, models] = [facets.clients, facets.projects, facets.models].map(ordered);
  const biggest = [...all].sort((a, b) => b.tool_calls - a.tool_calls)[0];
  const view = await ask(home, `sessions/${biggest.key}`);
  /** @type {{ event: number, bytes: number }[]} */
  const rows = view.outline.rows.map((/** @type {number[]} */ row) => row[0]);
  const times = all.map(({ last }) => Date.parse(last)).filter(Number.isFinite).sort((a, b) => a - b);
  return {
    all,
    biggest,
    rows,
    client: clients?.[0] ?? '',
    rareClient: clients?.at(-1) ?? '',
    project: projects?.[0] ?? '',
    model: models?.[0] ?? '',
    middle: times[Math.floor(times.length / 2)] ?? 0,
    last: times.at(-1) ?? 0,
  };
}

/** @param {Known} known */
function spans({ last, middle }) {
  return [
    question('digest'),
    question('digest', { from: time(last - DAY), to: time(last) }, 'digest, the last day on record'),
    question('digest', { from: EPOCH, to: time(last) }, 'digest, all of it'),
    question('timeline/density', {}, 'timeline/density, all of it'),
    ...[['two hours', DAY / 12], ['a day', DAY], ['a week', 7 * DAY], ['a month', 30 * DAY]].map(([name, length]) =>
      question('timeline/density', { from: time(middle), to: time(middle + Number(length)) }, `timeline/density, ${name}`)),
  ];
}

/** @param {Known} known */
function sessions({ all, biggest, client, project, model, middle }) {
  const limit = 100;
  const [from, to] = [time(middle), time(middle + 7 * DAY)];
  const list = (/** @type {{ [name: string]: unknown }} */ values) => question('sessions', { ...values, limit });
  return [
    list({}),
    list({ offset: Math.floor(all.length / 2) }),
    list({ offset: Math.max(0, all.length - limit) }),
    ...['file', 'config', 'config retry', '"file path"', '"retry socket timeout"', 'conf*', 'a', 'xyzzyx'].map((q) => list({ q })),
    question('sessions', { q: biggest.id, limit: 20 }, 'sessions?q=the id of one'),
    list({ q: project }),
    list({ client }),
    list({ project }),
    list({ model }),
    list({ findings: true }),
    list({ deleted: true }),
    list({ from, to }),
    list({ client, project, model, findings: true, q: 'file', from: EPOCH }),
  ];
}

/** @param {Known} known */
function oneSession({ biggest, all, rows }) {
  const usual = [...all].sort((a, b) => a.tool_calls - b.tool_calls)[Math.floor(all.length / 2)];
  const page = (/** @type {number} */ at) => rows.slice(at, at + 100).join(',');
  const middle = Math.floor(rows.length / 2);
  return [
    question(`sessions/${biggest.key}`, {}, `sessions/ID, the longest: ${rows.length} rows`),
    question(`sessions/${usual.key}`, {}, 'sessions/ID, a usual one'),
    question('excerpts', { seq: page(0) }, 'excerpts, 100 from its beginning'),
    question('excerpts', { seq: page(middle) }, 'excerpts, 100 from its middle'),
    question('excerpts', { seq: rows.filter((_, n) => n % Math.ceil(rows.length / 200) === 0).join(',') }, 'excerpts, 200 from all over it'),
    question(`events/${rows[middle]}`, {}, 'events/NUMBER'),
  ];
}

/** @param {Home} home @param {Known} known */
async function findings(home, { client, project, middle }) {
  const { findings, total } = await ask(home, 'findings?state=any&limit=200');
  const limit = 100;
  const list = (/** @type {{ [name: string]: unknown }} */ values) => question('findings', { ...values, limit });
  /** @type {{ id: string, group: string, rule: string, session_key: string | null }[]} */
  const some = findings;
  const session = some.find(({ session_key }) => session_key)?.session_key;
  return [
    list({}),
    list({ state: 'any' }),
    list({ state: 'any', offset: Math.max(0, total - limit) }),
    list({ severity: 'critical,high' }),
    list({ state: 'acknowledged,resolved' }),
    list({ client }),
    list({ project }),
    list({ q: 'key' }),
    list({ q: 'xyzzyx' }),
    list({ from: time(middle), to: time(middle + 7 * DAY) }),
    ...[...new Set(some.map(({ group }) => group))].map((group) => list({ group })),
    ...[...new Set(some.map(({ rule }) => rule))].slice(0, 1).map((rule) => list({ rule })),
    ...(session ? [list({ session, state: 'any' })] : []),
    ...some.slice(0, 1).map(({ id }) => question(`findings/${id}`)),
  ];
}

/** @param {Home} home @param {Known} known */
async function timeline(home, { client, rareClient, project, middle }) {
  const limit = 100;
  const list = (/** @type {{ [name: string]: unknown }} */ values, /** @type {string} */ name = '') =>
    question('timeline', { ...values, limit }, name || undefined);
  const { next } = await ask(home, `timeline?limit=1&to=${time(middle)}`);
  const [from, to] = [time(middle), time(middle + DAY)];
  return [
    list({}),
    list({ before: next }, 'timeline, from the middle of the record on'),
    list({ to: time(middle - 365 * DAY) }, 'timeline, where nothing is any more'),
    ...['prompt', 'response', 'tool_call', 'model_call', 'prompt,tool_call', 'gap', 'system', 'process,connection'].map((kinds) => list({ kinds })),
    ...['transcript', 'proxy', 'kernel', 'hook'].map((witness) => list({ witness })),
    list({ kinds: 'tool_call', outcomes: 'failed,denied' }),
    list({ client }),
    list({ client: rareClient }),
    list({ project }),
    list({ client: rareClient, project, witness: 'proxy', outcomes: 'denied' }),
    list({ from, to }),
    list({ kinds: 'prompt', project, before: next }, 'timeline, prompts of a project, from the middle'),
  ];
}

/** @param {Known} known */
function analytics({ client, project, model, last, middle }) {
  const ask = (/** @type {{ [name: string]: unknown }} */ values) => question('analytics', values);
  return [
    ask({}),
    ...['model', 'client', 'project'].map((by) => ask({ by, from: EPOCH })),
    ask({ from: EPOCH, client }),
    ask({ from: EPOCH, project }),
    ask({ from: EPOCH, model }),
    ask({ from: EPOCH, by: 'project', client, model }),
    question('analytics', { from: time(last - 30 * DAY), to: time(last) }, 'analytics, the last month on record'),
    question('analytics', { from: time(middle), to: time(middle + DAY) }, 'analytics, a brushed day'),
  ];
}

/** @param {Home} home @param {Known} known */
async function system(home, { last }) {
  const doc = await ask(home, `system?since=${EPOCH}`);
  const since = (/** @type {string} */ from) => question('system', { since: from });
  const lines = [question('system'), since(time(last - 30 * DAY)), question('system', { since: EPOCH }, 'system, since ever')];
  /** @type {{ running: number, root: { pid: number, started: string } }[]} */
  const trees = doc.processes.rows;
  const [most] = [...trees].sort((a, b) => b.running - a.running);
  if (most) {
    const { pid, started } = most.root;
    const root = `${pid}.${micros(started)}`;
    const of = (/** @type {{ [name: string]: unknown }} */ values, /** @type {string} */ name) => question('processes', { root, limit: 100, ...values }, name);
    lines.push(of({}, 'processes, of an agent'), of({ offset: 5_000 }, 'processes, far down'), of({ q: 'cargo' }, 'processes?q=cargo'),
      of({ q: 'xyzzyx' }, 'processes?q=xyzzyx'), of({ running: true }, 'processes?running=true'));
  }
  return lines;
}

/** What `vigil usage`, `vigil events` and `vigil search` ask. @param {Known} known */
function scripts({ biggest, client, project, rows, last }) {
  const usage = ['session', 'day', 'week', 'month', 'model', 'client', 'project'];
  return [
    ...usage.map((by) => question('usage', { by })),
    question('usage', { by: 'day', client }),
    question('usage', { by: 'model', project }),
    question('usage', { by: 'model', from: time(last - 30 * DAY) }),
    ...['file', 'config retry', '"file path"', '"retry socket timeout"', '"zebra config"', 'conf*', 'xyzzyx'].map((q) => question('search', { q, limit: 20 })),
    question('events', { limit: 100 }),
    question('events', { session: biggest.id, limit: 100 }, 'events?session=ID&limit=100'),
    question('events', { session: biggest.id, kind: 'prompt', limit: 100 }, 'events?session=ID&kind=prompt&limit=100'),
    question('events', { after: rows.at(-1), limit: 100 }, 'events?after=NUMBER&limit=100'),
  ];
}
