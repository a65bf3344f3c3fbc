// What a home of many sessions does not have by itself: one conversation that never ends, secrets to
// be found, processes, and sessions whose client deleted them.

import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { leaky } from '../rig/night.js';
import { Session } from '../rig/session.js';

/** The transcript of the long one, in bytes. */
const LONG = 8e6;
/** Its answers of tools are of so many characters, in turn. */
const OUTPUTS = [200, 2_000, 9_000, 1_200, 16_000];
/** Megabytes for each session in which a dozen secrets lie. */
const LEAK = 10;
/** Processes that the kernel told of. */
const PROCESSES = 20_000;
/** Of so many of Claude Code's transcripts one is deleted. */
const DELETED = 10;

/** Before it is read. @param {import('../rig/home.js').Home} home @param {number} megabytes */
export function furnish(home, megabytes) {
  for (let n = 0; n < megabytes / LEAK; n += 1) leaky(1000 + n, Date.now() - (n + 1) * 3_600_000).write(home.projects);
  const long = new Session(1, { start: Date.now() - 2 * 24 * 3_600_000 });
  long.growth = 900;
  long.title('The one that never ends').prompt('Look at every file.').write(home.projects);
  for (let n = 0; statSync(String(long.file)).size < LONG; n += 1) {
    for (let k = 0; k < 100; k += 1) {
      if (k % 20 === 19) long.prompt(`Now part ${n}.${k}, please, as before.`);
      if (k % 2 === 1) long.says(`That was part ${n}.${k}: nothing in it is out of place, and I go on with the next one.`);
      if (k % 3 === 2) long.thinks('Which of them are left? I go through the list once more.');
      const words = `line ${n} of part ${k} `.repeat(Math.ceil((OUTPUTS[k % OUTPUTS.length] ?? 80) / 20));
      long.tool('Read', { file_path: `/home/dev/shop/src/part${(n * 100 + k) % 700}.rs` }, words);
      if (long.context > 170_000) long.compacts(`So far: ${n} parts.`);
    }
    long.write(home.projects);
  }
}

/** After it was read, while Vigil does not run. @param {import('../rig/home.js').Home} home */
export async function leave(home) {
  await home.machine(PROCESSES);
  const folders = readdirSync(home.projects).map((name) => join(home.projects, name));
  const all = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const transcripts = all.filter((path) => path.endsWith('.jsonl') && !path.includes('00000000-')).sort();
  for (const path of transcripts.filter((_, n) => n % DELETED === 0)) rmSync(path);
}
