// A home directory and a running Vigil of their own, with nothing of the machine's environment.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { PATIENCE, pause } from './patience.js';

/** Where the programs are that are tested. */
const BINARIES =
  process.env.VIGIL_TEST_BINARIES ??
  join(dirname(fileURLToPath(import.meta.url)), '../../../target/debug');

/** @typedef {{ dashboard: string, login_url: string, proxy: string, telemetry: string, pid: number }} Ready */

/** Milliseconds between two tries to listen. */
const AGAIN = 500;

/** Homes that are there now. @type {Set<Home>} */
const homes = new Set();

/** Something that was just ended may still have a file to write. */
const GONE = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 };

// A test that is broken off leaves nothing behind either.
process.on('exit', () => {
  for (const { child, root } of homes) {
    child?.kill('SIGKILL');
    rmSync(root, GONE);
  }
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

export class Home {
  constructor() {
    homes.add(this);
    this.root = mkdtempSync(join(tmpdir(), 'vigil-browser-'));
    this.user = join(this.root, 'user');
    this.vigil = join(this.root, 'vigil');
    this.projects = join(this.user, '.claude/projects');
    mkdirSync(this.projects, { recursive: true });
    /** @type {import('node:child_process').ChildProcess | undefined} */
    this.child = undefined;
    /** @type {Ready | undefined} */
    this.said = undefined;
  }

  /** What the running Vigil said when it was ready. */
  get ready() {
    if (this.said === undefined) throw new Error('Vigil was not started');
    return this.said;
  }

  get environment() {
    return { HOME: this.user, VIGIL_HOME: this.vigil, PATH: process.env.PATH ?? '' };
  }

  /** Runs `vigil` to its end and gives what it printed. @param {string[]} args */
  async run(...args) {
    const child = spawn(program(), args, {
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, words] = ['', ''];
    child.stdout.on('data', (more) => (out += more));
    child.stderr.on('data', (more) => (words += more));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`vigil ${args.join(' ')} ended with ${code}: ${words}`);
    return out;
  }

  /** Reads what lies there, so that a started Vigil has it from the beginning. */
  async ingest() {
    await this.run('ingest', '--once', '--json');
  }

  /** Writes so many processes, and connections, as the kernel would tell them. @param {number} processes @param {string[]} words stand for every name */
  async machine(processes, ...words) {
    const path = join(BINARIES, 'machine');
    if (!existsSync(path)) throw new Error(`${path} is missing: run cargo build --workspace first`);
    const child = spawn(path, [join(this.vigil, 'data'), String(processes), ...words], {
      env: this.environment,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`machine ended with ${code}`);
  }

  /**
   * `vigil up` on free ports; gives the line that says it is ready. Its link works for two minutes, so
   * that a browser must be there before: that may take as long. `port` is for coming back to
   * where a page still looks.
   * @param {{ port?: number }} options
   * @returns {Promise<Ready>}
   */
  async up({ port = 0 } = {}) {
    for (let left = PATIENCE; ; left -= AGAIN) {
      try {
        return await this.#start(port);
      } catch (error) {
        // Meanwhile a connection of another test may have been given that very port.
        if (port === 0 || left <= 0 || !/port \d+ is held/.test(String(error))) throw error;
        await pause(AGAIN);
      }
    }
  }

  /** @param {number} port @returns {Promise<Ready>} */
  async #start(port) {
    const ports = ['--port', String(port), '--proxy-port', '0', '--telemetry-port', '0'];
    // Of this machine's agents, only those that the test begins.
    const ours = ['--test-agents-of', String(process.pid)];
    const child = spawn(program(), ['up', ...ports, '--ready-json', ...ours], {
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    let words = '';
    child.stderr.on('data', (more) => (words = (words + more).slice(-4000)));
    const lines = createInterface({ input: child.stdout });
    const line = await Promise.race([
      once(lines, 'line').then(([line]) => line),
      once(child, 'exit').then(([code]) => {
        throw new Error(`vigil up ended with ${code}: ${words}`);
      }),
    ]);
    this.said = JSON.parse(line);
    return this.ready;
  }

  /** The token that the command line uses. */
  bearer() {
    const agent = JSON.parse(readFileSync(join(this.vigil, 'run/agent.json'), 'utf8'));
    return agent.token;
  }

  /** Ends Vigil and waits for it. @param {NodeJS.Signals} signal */
  async down(signal = 'SIGTERM') {
    const child = this.child;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** Ends Vigil and leaves nothing. */
  async remove() {
    await this.down();
    homes.delete(this);
    rmSync(this.root, GONE);
  }
}

function program() {
  const path = join(BINARIES, 'vigil');
  if (!existsSync(path)) throw new Error(`${path} is missing: run cargo build --workspace first`);
  return path;
}
