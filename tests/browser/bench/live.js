// A live event's way to the screen, and what an open tab costs the agent while nothing happens.

import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { newPage } from '../rig/chromium.js';
import { newLink } from '../rig/visitor.js';
import { spread } from './figures.js';
import { cpu } from './ticks.js';

const TIMES = 25;
/** From a line on disk to the screen, in milliseconds. */
const MOST = 100;
/** What an open tab may cost the agent while nothing happens, in a hundred of a core. */
const SHARE = 0.5;

/** @param {import('../rig/home.js').Home} home @param {import('playwright-core').Browser} browser */
async function watching(home, browser) {
  const page = await newPage(browser);
  await page.goto(await newLink(home));
  await page.waitForSelector('nav a[href="/findings"]');
  await page.goto(`${home.ready.dashboard}/live`);
  await page.waitForSelector('main h1');
  return page;
}

/** From a line in a transcript to its words on the screen. @param {import('../rig/home.js').Home} home @param {import('playwright-core').Browser} browser */
export async function live(home, browser) {
  const page = await watching(home, browser);
  await sleep(1_000);
  const folder = join(home.user, '.claude/projects/-home-dev-live');
  mkdirSync(folder, { recursive: true });
  const times = [];
  for (let n = 0; n < TIMES; n += 1) {
    const words = `live event number ${n} of this run`;
    const seen = page.waitForSelector(`text=${words}`);
    const start = performance.now();
    appendFileSync(join(folder, 'session.jsonl'), line(n, words));
    await seen;
    times.push(performance.now() - start);
    await sleep(150);
  }
  await page.context().close();
  return [spread('from a line on disk to the screen', times, MOST)];
}

/** What the agent uses with an open tab beyond what it uses without. @param {import('../rig/home.js').Home} home @param {import('playwright-core').Browser} browser */
export async function idle(home, browser) {
  // What a start, a burst and their tidying up take is over by then.
  await sleep(30_000);
  const without = await share(home);
  const page = await watching(home, browser);
  await sleep(15_000);
  const open = await share(home);
  await page.context().close();
  const said = `${(open - without).toFixed(2)} % of a core: ${open.toFixed(2)} with it, ${without.toFixed(2)} without`;
  return [{ name: 'an open tab, nothing happens', said, target: `< ${SHARE} %`, met: open - without < SHARE }];
}

/** What the agent uses for a minute, in a hundred of a core. @param {import('../rig/home.js').Home} home */
async function share(home) {
  const [start, before] = [performance.now(), cpu(home)];
  await sleep(60_000);
  return ((cpu(home) - before) / (performance.now() - start)) * 100;
}

/** A prompt as Claude Code writes it down. @param {number} n @param {string} words */
function line(n, words) {
  const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const record = {
    type: 'user',
    uuid: id,
    sessionId: 'bbbbbbbb-0000-4000-8000-000000000000',
    cwd: '/home/dev/live',
    version: '2.1.197',
    timestamp: new Date().toISOString(),
    message: { role: 'user', content: words },
  };
  return `${JSON.stringify(record)}\n`;
}
