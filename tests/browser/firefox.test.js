// A smoke run in the other engine: the page comes in by the link, shows the sessions, and goes
// through its views without an error.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';

import puppeteer from 'puppeteer-core';

import { Home } from './rig/home.js';
import { writeNight } from './rig/night.js';
import { PLAIN } from './rig/tour.js';

const PLACES = [
  process.env.VIGIL_TEST_FIREFOX,
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
];

const home = new Home();
/** @type {import('puppeteer-core').Browser} */
let browser;

before(async () => {
  writeNight(home.projects);
  await home.ingest();
  await home.up();
  const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));
  if (executablePath === undefined) throw new Error('no Firefox; set VIGIL_TEST_FIREFOX');
  // A home of its own, or it would write into the one of whoever runs this.
  const env = { ...process.env, HOME: home.user };
  browser = await puppeteer.launch({ browser: 'firefox', executablePath, headless: true, env });
});
after(async () => {
  await browser?.close();
  await home.remove();
});

test('logs in, shows the sessions, and goes through the views', async () => {
  const page = await browser.newPage();
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });

  await page.goto(home.ready.login_url);
  await page.waitForSelector('main a[href^="/sessions/"]');
  for (const { path } of PLAIN) {
    await page.goto(`${home.ready.dashboard}${path}`);
    await page.waitForSelector('main h1');
  }

  assert.deepEqual(errors, []);
});
