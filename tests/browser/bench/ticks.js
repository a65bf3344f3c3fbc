// What a process costs, from /proc.

import { existsSync, readFileSync } from 'node:fs';

/** Ticks of the system's clock in a second, on every Linux. */
const TICKS = 100;

/**
 * CPU time of the agent so far, of all its threads, in milliseconds; none where nobody tells.
 * @param {import('../rig/home.js').Home} home
 */
export function cpu(home) {
  const path = `/proc/${home.ready.pid}/stat`;
  if (!existsSync(path)) return Number.NaN;
  const fields = readFileSync(path, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}
