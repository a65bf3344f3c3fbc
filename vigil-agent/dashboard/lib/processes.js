// Processes in words: which one, how it ended, what it cost. Pure.

import { own } from './own.js';

/** @typedef {import('../types/api.d.ts').ProcessRef} ProcessRef */
/** @typedef {import('../types/api.d.ts').Exit} Exit */

/** A process as questions name it. @param {ProcessRef} process */
export function nameOf({ pid, started }) {
  return `${pid}.${micros(started)}`;
}

/** Microseconds since the epoch, which a date alone would round. @param {string} time */
function micros(time) {
  const fraction = (/\.(\d{1,6})/.exec(time)?.[1] ?? '').padEnd(6, '0');
  return Math.floor(Date.parse(time) / 1000) * 1e6 + Number(fraction);
}

/** Signals that end processes, by number. @type {Record<string, string>} */
const SIGNALS = { 1: 'HUP', 2: 'INT', 3: 'QUIT', 6: 'ABRT', 8: 'FPE', 9: 'KILL', 11: 'SEGV', 13: 'PIPE', 14: 'ALRM', 15: 'TERM' };

/** "exit 2", "SIGKILL", "ended", "running". @param {{ ended: unknown, exit: Exit | null }} process */
export function endWords({ ended, exit }) {
  if (exit && 'code' in exit) return `exit ${exit.code}`;
  if (exit) return own(SIGNALS, String(exit.signal)) ? `SIG${own(SIGNALS, String(exit.signal))}` : `signal ${exit.signal}`;
  return ended ? 'ended' : 'running';
}

/** True when it ended otherwise than well. @param {Exit | null} exit */
export function failed(exit) {
  return !!exit && !('code' in exit && exit.code === 0);
}
