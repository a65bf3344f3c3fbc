// Firefox with the extension, in front of the replicas: by a proxy that leads every name to them.

import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import puppeteer from 'puppeteer-core';

import { PLACES, START, leading } from '../rig/firefox.js';
import { EXTENSION, hostProgram } from './browser.js';

/** RFC 7396. @param {any} target @param {any} patch @returns {any} */
function merged(target, patch) {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch;
  const made = target !== null && typeof target === 'object' && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete made[key];
    else made[key] = merged(made[key], value);
  }
  return made;
}

/** The extension as it is for Firefox. @param {string} folder @param {number} [pairs] where it gets a code to be paired by */
function variant(folder, pairs) {
  const read = (/** @type {string} */ name) => JSON.parse(readFileSync(join(EXTENSION, name), 'utf8'));
  cpSync(EXTENSION, folder, { recursive: true });
  const manifest = merged(read('manifest.json'), read('firefox.json'));
  // And what a person allows when they pair it.
  if (pairs !== undefined) manifest.host_permissions.push(...manifest.optional_host_permissions);
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest, null, 2));
  // No driver reaches an extension's own pages here, so what the page for consent sets is set by this.
  appendFileSync(join(folder, 'worker.js'), '\nvoid browser.storage.local.set({ consented: true });\n');
  if (pairs !== undefined) {
    appendFileSync(
      join(folder, 'worker.js'),
      `
void (async () => {
  // The page of the background comes back after each sleep; it is paired once.
  while ((await browser.storage.local.get('pairing')).pairing === undefined) {
    try {
      const code = await (await fetch('http://127.0.0.1:${pairs}/code')).text();
      const { pairing } = await pair(code, 'a-test-of-firefox');
      if (pairing !== undefined) await browser.storage.local.set({ pairing });
    } catch {
      // The code comes from a program that takes its time.
    }
    await new Promise((done) => setTimeout(done, 500));
  }
})();
`,
    );
  }
  return manifest.browser_specific_settings.gecko.id;
}

/**
 * @param {number} port where the replicas are
 * @param {{ pairs?: number }} how `pairs`: without native messaging, paired by a code that is got there
 */
export async function launch(port, { pairs } = {}) {
  const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));
  if (executablePath === undefined) throw new Error('no Firefox; set VIGIL_TEST_FIREFOX');
  const folder = mkdtempSync(join(tmpdir(), 'vigil-extension-firefox-'));
  const log = join(folder, 'told.jsonl');
  writeFileSync(log, '');
  const extension = join(folder, 'extension');
  const id = variant(extension, pairs);
  const hosts = join(folder, '.mozilla', 'native-messaging-hosts');
  mkdirSync(hosts, { recursive: true });
  const program = hostProgram(folder, log);
  const manifest = { name: 'dev.vigil.browser', description: 'test', path: program, type: 'stdio', allowed_extensions: [id] };
  if (pairs === undefined) writeFileSync(join(hosts, 'dev.vigil.browser.json'), JSON.stringify(manifest));

  const proxy = await leading(port);
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    acceptInsecureCerts: true,
    timeout: START,
    protocolTimeout: START,
    env: { PATH: process.env.PATH, HOME: folder },
    extraPrefsFirefox: proxy.preferences,
  });
  await browser.installExtension(extension);
  return {
    browser,
    told: () => readFileSync(log, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)),
    async close() {
      await browser.close();
      proxy.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
