// The extension in real Chromium, on replicas of the six sites: what is said there arrives once, with its
// role and model, whatever the person does meanwhile.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { SITES } from './replica/browser.js';
import { Stage, over, say, type } from './replica/stage.js';
import { pause, until } from './rig/patience.js';

/** @type {Stage} */
let stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage?.close());

/** What was told of a conversation, without the ids that only the site's server knows. @param {any[]} told */
const lines = (told) => told.map(({ turn }) => [turn.role, turn.text, turn.role === 'assistant' ? turn.model : undefined, turn.status]);

/** What was served, as it must arrive. @param {import('./replica/streams.js').Kept[]} served */
const expected = (served) =>
  served.flatMap(({ prompt, text, model }) => [
    ['user', prompt, undefined, 'done'],
    ['assistant', text, model, 'done'],
  ]);

/** The answer has begun to show. @param {import('playwright-core').Page} page */
const begun = (page) => page.waitForFunction(() => document.querySelector('#list')?.lastElementChild?.textContent?.includes('first'));

for (const site of SITES) {
  /** The site's turns since the last test. */
  const fresh = () => {
    const before = stage.turns(site).length;
    const served = stage.replica.of(site).length;
    return {
      told: async (/** @type {number} */ count) => (await stage.told(site, before + count)).slice(before),
      now: () => stage.turns(site).slice(before),
      served: () => stage.replica.of(site).slice(served),
    };
  };

  test(`${site}: two messages, each once, under the site's own ids`, async () => {
    const { told, now, served } = fresh();
    const page = await stage.visit(site);
    await say(page, `first on ${site}`);
    await say(page, `second on ${site}`);
    const turns = await told(4);
    assert.deepEqual(lines(turns), expected(served()));
    assert.deepEqual(
      turns.filter(({ turn }) => turn.role === 'assistant').map(({ turn }) => [turn.conversation, turn.id]),
      served().map(({ conversation, id }) => [conversation, id]),
    );
    assert.ok(turns.every(({ by }) => by === 'network'));
    const { turn } = turns[0];
    if (site !== 'copilot.microsoft.com' && site !== 'chat.deepseek.com') assert.deepEqual(turn.attachments, ['notes.txt']);
    await pause(500);
    assert.equal(now().length, 4);
    assert.equal((await until(() => stage.health(site)?.agreed > 0 && stage.health(site), 'agreement')).state, 'ok');
    await page.close();
  });

  if (site !== 'gemini.google.com' && site !== 'copilot.microsoft.com') {
    test(`${site}: an answer that is made anew is an answer, not a message`, async () => {
      const { told, served } = fresh();
      const page = await stage.visit(site);
      await say(page, 'tell me');
      await page.evaluate(() => /** @type {any} */ (window).send('', 'regenerate'));
      await over(page);
      const turns = await told(3);
      assert.deepEqual(turns.map(({ turn }) => [turn.role, turn.how]), [['user', 'new'], ['assistant', 'new'], ['assistant', 'regenerate']]);
      assert.equal(turns[2].turn.text, served()[1]?.text);
      await page.close();
    });
  }

  if (site !== 'copilot.microsoft.com') {
    test(`${site}: a message that is edited is a message of its own`, async () => {
      const { told, served } = fresh();
      const page = await stage.visit(site);
      await say(page, 'as it was first');
      await page.evaluate(() => /** @type {any} */ (window).send('as it was meant', 'edit'));
      await over(page);
      assert.deepEqual(lines(await told(4)), expected(served()));
      await page.close();
    });

    test(`${site}: what is stopped arrives as far as it came`, async () => {
      const { told, served } = fresh();
      stage.replica.holds = true;
      const page = await stage.visit(site);
      await type(page, 'a long one');
      await begun(page);
      await page.evaluate(() => /** @type {any} */ (window).stop());
      await over(page);
      stage.replica.holds = false;
      const [asked, answer] = await told(2);
      assert.equal(asked.turn.text, 'a long one');
      assert.equal(answer.turn.status, 'stopped');
      const [{ text }] = /** @type {[{ text: string }]} */ (/** @type {unknown} */ (served()));
      assert.ok(text.startsWith(answer.turn.text) && answer.turn.text.length < text.length, answer.turn.text);
      await page.close();
    });
  }

  test(`${site}: two tabs at once keep to their conversations`, async () => {
    const { told, served } = fresh();
    const [one, two] = await Promise.all([stage.visit(site), stage.visit(site)]);
    await type(one, 'in the first tab');
    await type(two, 'in the second tab');
    await over(one);
    await over(two);
    const turns = await told(4);
    assert.deepEqual(
      turns.filter(({ turn }) => turn.role === 'assistant').map(({ turn }) => `${turn.conversation} ${turn.text}`).sort(),
      served().map(({ conversation, text }) => `${conversation} ${text}`).sort(),
    );
    await one.close();
    await two.close();
  });

  test(`${site}: loaded again in the middle of an answer, each arrives once and whole`, async () => {
    const { told, now, served } = fresh();
    stage.replica.holds = true;
    const page = await stage.visit(site);
    await type(page, 'cut by a reload');
    await begun(page);
    await page.reload();
    stage.replica.holds = false;
    const turns = await told(2);
    assert.deepEqual(lines(turns).map(([role, text]) => [role, text]), expected(served()).map(([role, text]) => [role, text]));
    await pause(1000);
    assert.equal(now().length, 2);
    await page.close();
  });

  test(`${site}: what was said before is not taken when its page is opened`, async () => {
    const { now } = fresh();
    const [{ conversation }] = /** @type {[{ conversation: string }]} */ (/** @type {unknown} */ (stage.replica.of(site).slice(-1)));
    const page = await stage.visit(site, `${PLACES[site]}${conversation}`);
    await until(async () => (await page.title()) === 'listed', 'the list');
    await pause(1000);
    assert.deepEqual(now(), []);
    await page.close();
  });
}

/** @type {Record<string, string>} */
const PLACES = {
  'claude.ai': '/chat/',
  'chatgpt.com': '/c/',
  'gemini.google.com': '/app/',
  'www.perplexity.ai': '/search/',
  'copilot.microsoft.com': '/chats/',
  'chat.deepseek.com': '/a/chat/s/',
};

for (const site of ['claude.ai', 'chatgpt.com', 'www.perplexity.ai']) {
  test(`${site}: a conversation that the site does not keep is left alone`, async () => {
    const before = stage.turns(site).length;
    const page = await stage.visit(site);
    await page.evaluate(() => /** @type {any} */ (window).send('off the record', 'temporary'));
    await over(page);
    await until(() => stage.health(site)?.temporary > 0, 'a temporary one that is counted');
    assert.equal(stage.turns(site).length, before);
    await page.close();
  });

  if (site === 'www.perplexity.ai') continue;
  test(`${site}: and so is all that follows in it, told as such or not, through a reload`, async () => {
    const before = stage.turns(site).length;
    const page = await stage.visit(site);
    await page.evaluate(() => /** @type {any} */ (window).send('off the record', 'temporary'));
    await over(page);
    await say(page, 'a second message there');
    await page.evaluate(() => /** @type {any} */ (window).send('', 'regenerate'));
    await over(page);
    await until(() => stage.health(site)?.temporary >= 3, 'three that are counted');
    stage.replica.holds = true;
    await type(page, 'cut by a reload');
    await begun(page);
    await page.reload();
    stage.replica.holds = false;
    await until(() => stage.health(site)?.allowed && stage.health(site).temporary === 1, 'the list that is left alone');
    await say(page, 'and one more');
    await until(() => stage.health(site)?.temporary >= 2, 'one more that is counted');
    const other = await stage.visit(site);
    await say(other, 'on the record again');
    const turns = (await stage.told(site, before + 2)).slice(before);
    assert.deepEqual(turns.map(({ turn }) => turn.text.includes('on the record again')), [true, true]);
    await other.close();
    await page.close();
  });
}
