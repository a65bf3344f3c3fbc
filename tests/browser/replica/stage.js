// A browser with the extension in front of the replicas, for one test file.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { until } from '../rig/patience.js';
import { SITES, certificate, consent, launch } from './browser.js';
import { Replica } from './server.js';

/** The name that the extension gives the site of a host. @param {string} host */
const named = (host) => host.replace('www.', '');

export class Stage {
  /** @type {Replica} */
  replica;
  /** @type {Awaited<ReturnType<typeof launch>>} */
  browser;
  #folder;

  /** @param {string} folder @param {Replica} replica @param {Stage['browser']} browser */
  constructor(folder, replica, browser) {
    this.#folder = folder;
    this.replica = replica;
    this.browser = browser;
  }

  /** @param {{ consents?: boolean, with_extension?: boolean, host?: (manifest: string) => void, folder?: string }} how */
  static async open({ consents = true, ...how } = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'vigil-replica-'));
    const made = certificate(folder);
    const replica = new Replica(made);
    const port = await replica.listen();
    const browser = await launch({ port, pin: made.pin, ...how });
    if (consents && how.with_extension !== false) await consent(browser.context);
    return new Stage(folder, replica, browser);
  }

  async close() {
    await this.browser.close();
    this.replica.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** @param {string} site @param {string} [path] */
  async visit(site, path = '/') {
    const page = await this.browser.context.newPage();
    await page.goto(`https://${site}${path}`);
    return page;
  }

  consent() {
    return consent(this.browser.context);
  }

  /** Sets what the popup sets. @param {Record<string, unknown>} settings */
  async set(settings) {
    const page = await this.browser.context.newPage();
    await page.goto(`chrome-extension://${this.browser.id}/popup/options.html`);
    const all = await page.evaluate(async (some) => {
      const { local } = /** @type {any} */ (globalThis).chrome.storage;
      await local.set(some);
      return local.get(['consented', 'paused', 'off']);
    }, settings);
    // The pages hear of it by an event of their own, and say so to the background.
    const told = () => page.evaluate(() => /** @type {any} */ (globalThis).chrome.runtime.sendMessage({ kind: 'state' }));
    const hosts = this.browser.context.pages().map((one) => new URL(one.url()).hostname);
    for (const site of new Set(hosts.filter((host) => SITES.includes(host)).map(named))) {
      const allowed = all.consented === true && all.paused !== true && all.off?.[site] !== true;
      await until(async () => (await told()).health[site]?.allowed === allowed, `${site} to know what it may`);
    }
    await page.close();
  }

  /** What Vigil was told of this site, in order. @param {string} site @returns {any[]} */
  turns(site) {
    return this.browser.told().filter((said) => said.kind === 'turn' && said.site === named(site));
  }

  /** The last word on the health of a site. @param {string} site */
  health(site) {
    return this.browser.told().findLast((said) => said.kind === 'health' && said.site === named(site))?.health;
  }

  /** @param {string} site @param {number} count */
  async told(site, count) {
    await until(() => this.turns(site).length >= count, `${count} turns of ${site}`);
    return this.turns(site);
  }
}

/** Types and sends, as a person does. @param {import('playwright-core').Page} page @param {string} text */
export async function type(page, text) {
  await page.click('textarea');
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

/** Types, sends, and waits for the answer. @param {import('playwright-core').Page} page @param {string} text */
export async function say(page, text) {
  await type(page, text);
  await over(page);
}

/** The answer has ended. @param {import('playwright-core').Page} page */
export const over = (page) => until(async () => (await page.title()) === 'idle', 'the end of the answer');
