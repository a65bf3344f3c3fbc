// How fast the dashboard is with a large record: `cargo xtask bench dashboard`. Prints what it saw;
// nothing here passes or fails. `VIGIL_BENCH_CORPUS` names a folder that holds `projects/`.

import { launch } from '../rig/chromium.js';
import { Home } from '../rig/home.js';
import { answers } from './answers.js';
import { firstViews } from './views.js';
import { idle, live } from './live.js';
import { scrolling } from './scrolling.js';

/** A home whose transcripts lie elsewhere. */
class Furnished extends Home {
  /** @param {string} corpus */
  constructor(corpus) {
    super();
    this.corpus = corpus;
  }

  get environment() {
    return { ...super.environment, CLAUDE_CONFIG_DIR: this.corpus };
  }
}

const corpus = process.env.VIGIL_BENCH_CORPUS;
if (corpus === undefined) throw new Error('set VIGIL_BENCH_CORPUS to a folder with projects/ in it');
const home = new Furnished(corpus);
const browser = await launch();
try {
  say('reading the corpus ...');
  await home.ingest();
  await home.up();
  for (const [what, measure] of /** @type {const} */ ([
    ['asking the API', answers],
    ['opening views', firstViews],
    ['scrolling', scrolling],
    ['waiting for live events', live],
    ['watching an idle tab for a minute', idle],
  ])) {
    say(`${what} ...`);
    for (const line of await measure(home, browser)) console.log(line);
  }
} finally {
  await browser.close();
  await home.remove();
}

/** @param {string} words */
function say(words) {
  process.stderr.write(`${words}\n`);
}
