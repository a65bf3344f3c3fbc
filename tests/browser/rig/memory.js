// What the processes of a browser hold, as the kernel counts it, and what its pages and workers do.

import { readFileSync, readdirSync } from 'node:fs';

const MIB = 1024 * 1024;

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It has ended.
    return '';
  }
}

/**
 * The browser of that profile and all that it started, each with its kind and what it held at most, in MiB.
 * @param {string} folder
 * @returns {{ pid: number, kind: 'page' | 'extension' | 'host' | 'other', most: number }[]}
 */
export function processes(folder) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), line: read(`/proc/${name}/cmdline`), status: read(`/proc/${name}/status`) }))
    .map((one) => ({ ...one, parent: figure(one.status, 'PPid'), most: Math.round(figure(one.status, 'VmHWM') / 1024) }));
  const ours = new Set(all.filter(({ line }) => line.includes(`--user-data-dir=${folder}`)).map(({ pid }) => pid));
  for (let before = 0; before < ours.size; ) {
    before = ours.size;
    for (const { pid, parent } of all) if (ours.has(parent)) ours.add(pid);
  }
  return all.filter(({ pid }) => ours.has(pid)).map(({ pid, line, most }) => ({ pid, kind: kindOf(line), most }));
}

/** @param {string} status @param {string} of */
const figure = (status, of) => Number(new RegExp(`^${of}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);

/** @param {string} line @returns {'page' | 'extension' | 'host' | 'other'} */
function kindOf(line) {
  if (line.includes('--type=renderer')) return line.includes('--extension-process') ? 'extension' : 'page';
  return line.includes('native-host') ? 'host' : 'other';
}

/** What live JavaScript of the page holds, its copies in the extension's world among it, in MiB. @param {import('playwright-core').Page} page */
export async function heap(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return Math.round(usedSize / MIB);
}
