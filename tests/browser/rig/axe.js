// axe-core inside the page. It is evaluated by the browser itself, which the page's policy does
// not stand in the way of.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** WCAG 2.2 AA and what axe knows beyond it. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * What is wrong on the page, one line for each element.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<string[]>}
 */
export async function axe(page) {
  await page.evaluate(SOURCE);
  /** @type {import('axe-core').Result[]} */
  const violations = await page.evaluate(async (tags) => {
    // @ts-expect-error evaluated above
    const { violations } = await window.axe.run(document, { runOnly: tags });
    return violations;
  }, TAGS);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, impact, nodes }) =>
      nodes.map((node) => `${id} (${impact}): ${node.target.join(' ')} ${node.html.slice(0, 160)}`),
    );
}
