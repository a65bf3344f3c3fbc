// Chromium with the extension, led to the replicas by host rules, with a certificate authority of the
// test's own.

import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import { PATIENCE, until } from '../rig/patience.js';
import { answers } from './streams.js';

export const SITES = Object.keys(answers);
export const EXTENSION = fileURLToPath(new URL('../../../browser_extension', import.meta.url));
const PLACES = [process.env.VIGIL_TEST_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'];

/** A certificate for the sites' names, by an authority that is thrown away. @param {string} folder */
export function certificate(folder) {
  const at = (/** @type {string} */ name) => join(folder, name);
  const openssl = (/** @type {string[]} */ ...args) => execFileSync('openssl', args, { stdio: 'pipe' });
  writeFileSync(at('names'), `subjectAltName=${[...SITES, 'elsewhere.test'].map((name) => `DNS:${name}`).join(',')}\n`);
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '2', '-subj', '/CN=Replicas');
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at('leaf.key'), '-out', at('leaf.csr'), '-subj', '/CN=replica');
  openssl('x509', '-req', '-in', at('leaf.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', at('names'), '-out', at('leaf.pem'));
  const cert = readFileSync(at('leaf.pem'), 'utf8') + readFileSync(at('ca.pem'), 'utf8');
  const { publicKey } = new X509Certificate(readFileSync(at('leaf.pem')));
  const pin = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
  return { key: readFileSync(at('leaf.key'), 'utf8'), cert, pin };
}

/** A native host that writes down what it is told and takes all of it. */
const HOST = `#!/usr/bin/env node
const { appendFileSync } = require('node:fs');
let pending = Buffer.alloc(0);
const say = (said) => {
  const text = Buffer.from(JSON.stringify(said));
  const head = Buffer.alloc(4);
  head.writeUInt32LE(text.length);
  process.stdout.write(Buffer.concat([head, text]));
};
process.stdin.on('data', (data) => {
  pending = Buffer.concat([pending, data]);
  while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32LE(0)) {
    const text = pending.subarray(4, 4 + pending.readUInt32LE(0)).toString();
    pending = pending.subarray(4 + Buffer.byteLength(text));
    appendFileSync(LOG, text + '\\n');
    const said = JSON.parse(text);
    if (said.kind === 'hello') say({ kind: 'hello', dashboard: 'http://127.0.0.1:1/' });
    if (said.kind === 'turn') say({ kind: 'taken', n: said.n });
    if (said.kind === 'paste') say({ kind: 'paste', site: said.site, findings: said.text.includes('canary') ? 1 : 0, types: ['canary'] });
  }
});
`;

/** Writes the host. @param {string} folder @param {string} log what it writes to */
export function hostProgram(folder, log) {
  const program = join(folder, 'host.cjs');
  writeFileSync(program, HOST.replace('LOG', JSON.stringify(log)), { mode: 0o755 });
  return program;
}

/**
 * @param {{ port: number, pin: string, with_extension?: boolean, host?: (manifest: string) => void, folder?: string }} how
 *   `host` writes the manifest of another native host than the test's own; `folder` has another extension
 *   than the one in the tree
 */
export async function launch({ port, pin, with_extension: isWith = true, host, folder: source = EXTENSION }) {
  const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));
  if (executablePath === undefined) throw new Error('no Chromium; set VIGIL_TEST_CHROMIUM');
  const folder = mkdtempSync(join(tmpdir(), 'vigil-extension-'));
  const log = join(folder, 'told.jsonl');
  const profile = join(folder, 'profile');
  mkdirSync(join(profile, 'NativeMessagingHosts'), { recursive: true });
  writeFileSync(log, '');
  const id = extensionId();
  const place = join(profile, 'NativeMessagingHosts', 'dev.vigil.browser.json');
  const manifest = { name: 'dev.vigil.browser', description: 'test', path: hostProgram(folder, log), type: 'stdio', allowed_origins: [`chrome-extension://${id}/`] };
  if (host === undefined) writeFileSync(place, JSON.stringify(manifest));
  else host(place);
  const extension = isWith ? [`--disable-extensions-except=${source}`, `--load-extension=${source}`] : [];
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    timeout: 120_000,
    env: { HOME: folder, PATH: process.env.PATH ?? '' },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      `--host-resolver-rules=${[...SITES, 'elsewhere.test'].map((name) => `MAP ${name}:443 127.0.0.1:${port}`).join(',')}`,
      `--ignore-certificate-errors-spki-list=${pin}`,
      ...extension,
    ],
    ignoreDefaultArgs: ['--disable-extensions'],
  });
  context.setDefaultTimeout(PATIENCE);
  // It takes an empty tab, and must not take one that a test has just opened.
  if (isWith) await until(() => asking(context), 'the page that asks for consent');
  return {
    context,
    id,
    /** The browser's home: by it its processes are known. */
    folder,
    /** What Vigil's program was told. @returns {any[]} */
    told: () => readFileSync(log, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)),
    async close() {
      await context.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The id that the manifest's key gives. */
export function extensionId() {
  const { key } = JSON.parse(readFileSync(join(EXTENSION, 'manifest.json'), 'utf8'));
  const digest = createHash('sha256').update(Buffer.from(key, 'base64')).digest('hex').slice(0, 32);
  return digest.replaceAll(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)));
}

/** @param {import('playwright-core').BrowserContext} context */
const asking = (context) => context.pages().find((page) => page.url().endsWith('/popup/options.html'));

/** Says yes, on the page that the extension opens by itself when it is new. @param {import('playwright-core').BrowserContext} context */
export async function consent(context) {
  const page = await until(() => asking(context), 'the page that asks for consent');
  await page.click('#consent');
  await page.waitForSelector('#consented:not([hidden])');
  await page.close();
}
