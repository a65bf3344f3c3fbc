// `cargo xtask screenshots`: what the page looks like, for review. Each picture is of made-up data,
// counted back from now; nothing compares them.

import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { SCREENS, launch, login, newPage, screenshot } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { ask } from './rig/http.js';
import { writeHuge, writeNight } from './rig/night.js';
import { PLAIN, views, visit } from './rig/tour.js';
import { newLink } from './rig/visitor.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node screenshots.js FOLDER');

/** @typedef {{ screen: keyof typeof SCREENS, scheme: 'light' | 'dark' }} Look */

/** @type {Look[]} */
const EVERY = [
  { screen: 'desk', scheme: 'light' },
  { screen: 'desk', scheme: 'dark' },
  { screen: 'phone', scheme: 'light' },
  { screen: 'phone', scheme: 'dark' },
];
/** One of each screen and one of each scheme. @type {Look[]} */
const TWO = [EVERY[0], EVERY[3]];

/** @typedef {{ name: string, write: (projects: string) => void, processes: number, looks: Look[], shown: (home: Home) => Promise<import('./rig/tour.js').View[]> }} PictureSet */

/** @type {PictureSet[]} */
const SETS = [
  { name: 'normal', write: writeNight, processes: 60, looks: EVERY, shown: views },
  { name: 'empty', write: () => {}, processes: 0, looks: TWO, shown: async () => PLAIN },
  {
    name: 'huge',
    write: (projects) => writeHuge(projects, { sessions: 3000, events: 20_000 }),
    processes: 5000,
    looks: TWO,
    shown: huge,
  },
];

/** The views that many rows are a matter of. @param {Home} home */
async function huge(home) {
  const wanted = ['sessions', 'installs', 'timeline', 'analytics', 'system'];
  const { sessions } = await ask(home, 'sessions');
  const [longest] = [...sessions].sort((a, b) => b.tool_calls - a.tool_calls);
  const session = { name: 'session', path: `/sessions/${longest.key}` };
  return [...PLAIN.filter(({ name }) => wanted.includes(name)), session];
}

const browser = await launch();
try {
  for (const { name, write, processes, looks, shown } of SETS) {
    const home = new Home();
    try {
      write(home.projects);
      await home.ingest();
      if (processes > 0) await home.machine(processes);
      await home.up();
      await picture(home, name, looks, await shown(home));
    } finally {
      await home.remove();
    }
  }
} finally {
  await browser.close();
}

/** @param {Home} home @param {string} set @param {Look[]} looks @param {import('./rig/tour.js').View[]} shown */
async function picture(home, set, looks, shown) {
  const into = join(folder, set);
  rmSync(into, { recursive: true, force: true });
  for (const { screen, scheme } of looks) {
    const page = await newPage(browser, { screen: SCREENS[screen], scheme });
    await login(page, { ...home.ready, login_url: await newLink(home) });
    for (const { name, path } of shown) {
      await visit(page, home.ready.dashboard, path);
      const file = `${name}-${SCREENS[screen].width}-${scheme}.png`;
      await screenshot(page, join(into, file));
      console.error(`${set}/${file}`);
    }
    await page.context().close();
  }
}
