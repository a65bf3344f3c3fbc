// Packages in words: where they come from, what is thought of them and why. Pure; names are told as
// they were recorded and never made into a link.

import { own } from './own.js';

/** @typedef {import('../types/api.d.ts').Reason} Reason */
/** @typedef {import('../types/api.d.ts').InstallRow} InstallRow */
/** @typedef {InstallRow['package']} Package */

/**
 * `words` goes on with the target, where there is one. @type {Record<string, { words: string, why: string }>}
 */
const REASONS = {
  malicious: { words: 'known to be malicious', why: 'A list of malicious packages names it, for this version.' },
  'similar-name': { words: 'looks like', why: 'Nobody knows this name, and it is nearly that of a well-known package: a slip of the hand, or a trap for one.' },
  'unknown-name': { words: 'a name that nobody knows', why: 'It is in no list of known packages. The model may have made it up, and anybody may register it.' },
};

/** What a reason says, in a few words. @param {Reason} reason */
export function reasonWords({ rule, target }) {
  const known = own(REASONS, rule)?.words ?? rule.replaceAll(/[-_]/g, ' ');
  return target && !own(REASONS, rule) ? `${known}:` : known;
}

/** What it means, in a sentence; nothing for one that is not known here. @param {Reason} reason */
export function reasonWhy({ rule }) {
  return own(REASONS, rule)?.why ?? null;
}

/** @type {Record<string, string>} */
const ECOSYSTEMS = {
  npm: 'npm', pypi: 'PyPI', 'crates.io': 'crates.io', go: 'Go', rubygems: 'RubyGems', debian: 'Debian', fedora: 'Fedora', alpine: 'Alpine', arch: 'Arch',
  packagist: 'Packagist', nuget: 'NuGet', homebrew: 'Homebrew', brew: 'Homebrew', conda: 'conda', docker: 'container images', oci: 'container images', helm: 'Helm charts',
  vscode: 'editor extensions', script: 'scripts', deno: 'Deno',
};

/** @param {string} word */
export function ecosystemName(word) {
  return own(ECOSYSTEMS, word) ?? word;
}

/** @type {Record<Package['source'], string>} */
const SOURCES = {
  registry: 'the usual registry', index: 'another registry, which the command names', url: 'an address', git: 'a repository', file: 'a file of this machine',
  manifest: 'what a file of the project lists', unresolved: 'a variable or a substitution: only the shell knows',
};

/** @param {Package['source']} source */
export function sourceWords(source) {
  return own(SOURCES, source) ?? source;
}

/** @type {Record<InstallRow['way'], { words: string, title: string }>} */
const WAYS = {
  command: { words: 'command', title: 'a tool call names the command' },
  manifest: { words: 'manifest', title: 'a tool call wrote it into a manifest or a lock file' },
  process: { words: 'process', title: 'a process of an agent; no tool call named it' },
  disk: { words: 'on disk', title: 'a file on the disk that an installation changed' },
};

/** @param {InstallRow['way']} way */
export function wayWords(way) {
  return own(WAYS, way) ?? { words: way, title: '' };
}

/** What stands for a package: its name, else its address, else what lists it. @param {Package} of */
export function packageName(of) {
  return of.package ?? of.url ?? (of.source === 'unresolved' ? 'a name that only the shell knows' : sourceWords(of.source));
}

/** What a shell takes as it is. */
const PLAIN = /^[A-Za-z0-9@./:=+%,][A-Za-z0-9@./:=+%,_-]*$/;

/**
 * A recorded word for a command that a person may copy: in quotes where a shell would read more
 * into it, and none where it holds what a screen does not show or a terminal takes for an order.
 * @param {string} text
 */
export function shellWord(text) {
  if (text.length > 200 || !/^[\x20-\x7e]+$/.test(text) || text.startsWith('-')) return null;
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
