// What others than transcripts tell Vigil while it runs: a client's telemetry, and a process that
// looks like an agent.

import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { raw } from './http.js';

/** @typedef {import('./home.js').Home} Home */

/** Leads Claude Code's telemetry to Vigil, and gives the headers that it would send. @param {Home} home */
async function led(home) {
  await home.run('route', 'on', 'claude-code', '--telemetry', '--yes', '--without-check');
  const settings = JSON.parse(readFileSync(join(home.user, '.claude/settings.json'), 'utf8'));
  const [name, value] = String(settings.env.OTEL_EXPORTER_OTLP_LOGS_HEADERS).split(/=(.*)/s);
  return { [name]: decodeURIComponent(value), 'content-type': 'application/json' };
}

/**
 * Tells records as Claude Code's telemetry does.
 * @param {Home} home @param {Record<string, string | number>[]} records
 */
export async function telemetry(home, records) {
  const headers = await led(home);
  const logRecords = records.map((record, n) => ({
    timeUnixNano: String((Date.now() - 60_000 + n) * 1_000_000),
    attributes: Object.entries(record).map(([key, value]) => ({
      key,
      value: typeof value === 'number' ? { intValue: value } : { stringValue: value },
    })),
  }));
  const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
  const { status, text } = await raw(`${home.ready.telemetry}/v1/logs`, { method: 'POST', headers, body });
  if (status !== 200) throw new Error(`telemetry: ${status} ${text}`);
}

/**
 * Starts a shell that is called like Claude Code and stays, with children. It ends with what is returned.
 * @param {Home} home @param {string} cwd @param {string[]} words arguments that mean nothing to it
 */
export function agent(home, cwd, ...words) {
  const folder = join(home.root, 'bin');
  mkdirSync(folder, { recursive: true });
  const program = join(folder, 'claude');
  // One that runs cannot be written over.
  if (!existsSync(program)) {
    copyFileSync('/bin/sh', program);
    chmodSync(program, 0o755);
  }
  // It ends as soon as nobody holds its input any more, and so does its child.
  const child = spawn(program, ['-c', 'cat | cat', ...words], { cwd, env: home.environment, stdio: ['pipe', 'ignore', 'ignore'] });
  return () => void child.stdin.destroy();
}
