// Rules that the page's sources keep, read from the files themselves: quick to break, and not every
// way to break them is walked by a browser.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { nothing } from './rig/nothing.js';

const DASHBOARD = join(dirname(fileURLToPath(import.meta.url)), '../../vigil-agent/dashboard');

/** What makes markup or code from text, or asks elsewhere. */
const FORBIDDEN = [
  /\b(inner|outer)HTML\b/,
  /\binsertAdjacentHTML\b/,
  /\bdangerouslySetInnerHTML\b/,
  /\bdocument\s*\.\s*write/,
  /\bcreateContextualFragment\b/,
  /\bDOMParser\b/,
  /\bsrcdoc\b/,
  /\beval\s*\(/,
  /\bnew\s+Function\b/,
  /\bset(Timeout|Interval)\s*\(\s*['"`]/,
  /\bWebSocket\b|\bEventSource\b|\bsendBeacon\b|\bXMLHttpRequest\b/,
  /\bimportScripts\b|\bserviceWorker\b/,
];

/** @typedef {{ path: string, text: string }} Source */

/** @param {string} ending @returns {Source[]} */
function sources(ending) {
  const entries = readdirSync(DASHBOARD, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !relative(DASHBOARD, path).startsWith('vendor'))
    .map((path) => ({ path: relative(DASHBOARD, path), text: readFileSync(path, 'utf8') }));
}

/** The code without its comments. @param {string} text */
const code = (text) => text.replace(/\/\*.*?\*\//gs, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');

/** @param {Source} source */
function forbidden({ path, text }) {
  return FORBIDDEN.filter((word) => word.test(code(text))).map((word) => `${path}: ${word}`);
}

/** Modules that a module names. @param {string} text */
const imports = (text) =>
  [...code(text).matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\()'([^'\n]+)'/g)].map(([, name]) => String(name));

/** @param {Source} source */
function lost({ path, text }) {
  return imports(text)
    .filter((name) => !name.startsWith('.') || !existsSync(resolve(DASHBOARD, dirname(path), name)))
    .map((name) => `${path}: ${name}`);
}

test('no text becomes markup or code, and nobody else is asked', () => {
  nothing(sources('.js').flatMap(forbidden), 'sources');
});

test('every module that is imported is one of our own files', () => {
  assert.ok(sources('.js').length > 20);
  nothing(sources('.js').flatMap(lost), 'imports');
});

test('styles load nothing', () => {
  const offences = sources('.css').filter(({ text }) => /@import|url\(\s*['"]?(?!data:)/.test(text));
  assert.deepEqual(offences.map(({ path }) => path), []);
});

test('what the page loads at first is there', () => {
  const [page] = sources('index.html');
  const named = [...(page?.text.matchAll(/(?:href|src)="([^"]+)"/g) ?? [])].map(([, to]) => String(to));
  assert.ok(named.length > 5);
  assert.deepEqual(named.filter((to) => !existsSync(join(DASHBOARD, to))), []);
});

test('an offence is found', () => {
  const bad = "// innerHTML is never used\nbox.innerHTML = text; import x from 'left-pad';";

  assert.equal(forbidden({ path: 'bad.js', text: bad }).length, 1);
  assert.deepEqual(forbidden({ path: 'good.js', text: '// innerHTML\n/* eval( */' }), []);
  assert.deepEqual(lost({ path: 'bad.js', text: bad }), ['bad.js: left-pad']);
});
