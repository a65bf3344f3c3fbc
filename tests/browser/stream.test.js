// The live stream itself: what is new comes, what was missed comes when it is asked for, and
// whoever does not listen holds nobody up.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { rows, stream } from './rig/events.js';
import { Home } from './rig/home.js';
import { ask, committed } from './rig/http.js';
import { Session } from './rig/session.js';

const home = new Home();
const session = new Session(1);

before(async () => {
  session.prompt('before anybody listened').write(home.projects);
  await home.ingest();
  await home.up();
});
after(() => home.remove());

/** @param {Awaited<ReturnType<typeof rows>>} told */
const textOf = (told) => told.map(({ text }) => text).join('\n');

/** Writes prompts and waits until they are recorded. @param {string[]} words */
async function say(...words) {
  const { events } = (await ask(home, 'status')).store;
  for (const one of words) session.prompt(one);
  session.write(home.projects);
  await committed(home, events + words.length);
}

test('only what is new comes to whoever asks for nothing else', async () => {
  const { messages, close } = await stream(home);
  // It says where it stands before anything happens.
  assert.equal((await messages.next()).value?.event, 'here');

  await say('after somebody listened');
  const told = await rows(messages, ['after somebody listened']);
  close();

  assert.equal(told.at(-1)?.kind, 'prompt');
  assert.ok(!textOf(told).includes('before anybody listened'), textOf(told));
});

test('what was missed comes first, in order and once', async () => {
  const first = await stream(home);
  const { value: here } = await first.messages.next();
  first.close();
  await say('missed one', 'missed two', 'missed three');

  for (const place of [
    { query: `?after=${here?.id}` },
    { headers: { 'last-event-id': here?.id ?? '' } },
  ]) {
    const { messages, close } = await stream(home, place);
    const missed = await rows(messages, ['missed one', 'missed two', 'missed three']);
    close();

    const seqs = missed.map(({ seq }) => seq);
    assert.deepEqual(seqs, [...new Set(seqs)].sort((a, b) => a - b));
    assert.ok(!textOf(missed).includes('listened'), textOf(missed));
  }
});

test('who does not read holds nobody up', async () => {
  const idle = await Promise.all(Array.from({ length: 20 }, () => stream(home)));
  for (const { answer } of idle) answer.pause();
  const listening = await stream(home);
  await listening.messages.next();

  const words = Array.from({ length: 300 }, (_, n) => `word ${n} `);
  const [told] = await Promise.all([
    rows(listening.messages, words),
    say(...words.map((word) => word + 'x'.repeat(2000))),
  ]);

  assert.equal(new Set(told.map(({ seq }) => seq)).size, told.length);
  assert.equal((await ask(home, 'status')).agent.running, true);
  for (const { close } of [...idle, listening]) close();
});

test('when Vigil ends, so does the stream', async () => {
  const { messages, close } = await stream(home);
  await messages.next();

  await home.down();

  await assert.doesNotReject(async () => {
    for await (const { event } of messages) assert.notEqual(event, 'here');
  });
  close();
});
