// The page fits into any window: nothing makes it scroll sideways, and the way to every view is there.

import { after, before, test } from 'node:test';

import { launch, login, newPage } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { writeNight } from './rig/night.js';
import { nothing } from './rig/nothing.js';
import { views, visit } from './rig/tour.js';
import { newLink } from './rig/visitor.js';

const WIDTHS = [320, 390, 768, 1440, 1920];

const home = new Home();
/** @type {import('playwright-core').Browser} */
let browser;

before(async () => {
  writeNight(home.projects);
  await home.ingest();
  await home.up();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await home.remove();
});

/** What is wider than the window, and what sticks out of it. */
function tooWide() {
  const { scrollWidth, clientWidth } = document.documentElement;
  const main = document.querySelector('main');
  const wide = [];
  if (scrollWidth > clientWidth) wide.push(`the page: ${scrollWidth}`);
  if (main && main.scrollWidth > main.clientWidth) wide.push(`main: ${main.scrollWidth}`);
  if (wide.length === 0) return [];
  // Something with a scrollbar of its own may hold what is wider.
  const holds = (/** @type {Element} */ element) => getComputedStyle(element).overflowX !== 'visible';
  const out = [...document.querySelectorAll('main *')].filter((element) => {
    if (element.getBoundingClientRect().right <= clientWidth + 1) return false;
    for (let up = element.parentElement; up && up !== main; up = up.parentElement) {
      if (holds(up)) return false;
    }
    return true;
  });
  const names = out.slice(0, 5).map((element) => `${element.localName}.${element.className}`);
  return [...wide, ...names];
}

for (const width of WIDTHS) {
  test(`every view, ${width} wide`, async (t) => {
    const page = await newPage(browser, { screen: { width, height: 844 } });
    await login(page, { ...home.ready, login_url: await newLink(home) });
    for (const { name, path } of await views(home)) {
      await t.test(name, async () => {
        await visit(page, home.ready.dashboard, path);
        nothing(await page.evaluate(tooWide), name);
      });
    }
    await page.context().close();
  });
}
