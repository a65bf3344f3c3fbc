// How fast the dashboard is with a large record: `cargo xtask bench dashboard`. Prints what it saw
// beside what it is meant to be; ends with 0 whatever that is. Each argument is a home that is
// measured: `made:MEGABYTES:FOLDER` for one that was made for this, `home:FOLDER` for one that is
// somebody's, into which nothing is written.

import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';

import { launch } from '../rig/chromium.js';
import { Home } from '../rig/home.js';
import { ask } from '../rig/http.js';
import { answers } from './answers.js';
import { summed, written } from './figures.js';
import { furnish, leave } from './furnish.js';
import { idle, live } from './live.js';
import { scrolling } from './scrolling.js';
import { firstViews } from './views.js';

/** A home whose transcripts lie elsewhere: it reads that one, and then runs beside it. */
class Beside extends Home {
  reading = true;

  /** @param {string} folder */
  constructor(folder) {
    super();
    this.folder = folder;
  }

  get environment() {
    const claude = join(this.folder, '.claude');
    if (this.reading) return { ...super.environment, HOME: this.folder };
    return { ...super.environment, ...(existsSync(claude) && { CLAUDE_CONFIG_DIR: claude }) };
  }
}

/** A home that was made for this. */
class Made extends Home {
  /** @param {string} folder */
  constructor(folder) {
    super();
    this.user = folder;
    this.projects = join(folder, '.claude/projects');
  }
}

/** @param {string} words */
const say = (words) => process.stderr.write(`${words}\n`);

/** @param {string} argument */
async function prepared(argument) {
  const [kind, ...rest] = argument.split(':');
  if (kind === 'home') {
    const home = new Beside(rest.join(':'));
    say(`reading ${home.folder} ...`);
    await home.ingest();
    home.reading = false;
    return { home, name: home.folder };
  }
  const [megabytes, ...folder] = rest;
  const home = new Made(folder.join(':'));
  furnish(home, Number(megabytes));
  say(`reading ${megabytes} MB ...`);
  await home.ingest();
  await leave(home);
  return { home, name: `${megabytes} MB` };
}

/** @param {string} argument */
async function measured(argument) {
  const { home, name } = await prepared(argument);
  const browser = await launch();
  /** @type {import('./figures.js').Line[]} */
  const lines = [];
  try {
    await home.up();
    const { store } = await ask(home, 'status');
    console.log(`\n${name}: ${store.events} events, a store of ${(store.bytes / 1e6).toFixed(0)} MB\n`);
    for (const [what, measure] of /** @type {const} */ ([
      ['opening views', firstViews],
      ['asking the API', answers],
      ['scrolling', scrolling],
      ['waiting for live events', live],
      ['watching an idle tab for a minute', idle],
    ])) {
      say(`${what} ...`);
      const more = await measure(home, browser);
      for (const line of more) console.log(written(line));
      lines.push(...more);
    }
  } finally {
    await browser.close();
    await home.remove();
  }
  console.log(`\n${name}: ${summed(lines)}`);
}

/** How many want the machine's processors: where it is more than a few tenths, times are worth little. */
const load = () => `load ${loadavg().map((n) => n.toFixed(1)).join(' ')}`;

console.log(`${load()} before`);
for (const argument of process.argv.slice(2)) await measured(argument);
console.log(`${load()} after, this included`);
