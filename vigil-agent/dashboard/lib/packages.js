// Packages in words: where they come from, what is thought of them and why. Pure; names are told as
// they were recorded and never made into a link.

import { own } from './own.js';

/** @typedef {import('../types/api.d.ts').Reason} Reason */
/** @typedef {import('../types/api.d.ts').InstallRow} InstallRow */
/** @typedef {InstallRow['package']} Package */

/**
 * The end of a sentence that begins with the package; `{}` is the well-known one that it is compared
 * with. A test holds this table against the rules of vigil-proto/src/package.rs. @type {Record<string, string>}
 */
const WORDS = {
  'affix-added': 'is {} with a word added that says nothing',
  'affix-changed': 'is {} with another word before or after it',
  'brand-name': 'is what everybody calls {}, whose name is another',
  'edition-of': 'promises a better edition of {}',
  'scope-dropped': 'is {} without its scope',
  'scope-imitated': 'has a scope that passes for that of {}',
  'words-reordered': 'is {} with its words in another order',
  'similar-name': 'looks like {}',
  'bare-address': 'comes from a bare address on the internet',
  'browser-automation': 'drives a browser, with its logins',
  'credential-access': 'gets at stored or typed credentials',
  'download-then-run': 'is a script that runs as soon as it is fetched',
  'extra-index': 'may come from an index that the command adds',
  'from-address': 'comes from an address, not from a registry',
  'from-repository': 'comes from a repository, not from a registry',
  'install-script': 'runs a script when it is installed',
  'look-alike-letters': 'has letters of another alphabet in its name',
  'invalid-name': 'has a name that no registry takes',
  malicious: 'is listed as malicious',
  'malicious-address': 'comes from an address that is listed as malicious',
  'malicious-version': 'is listed as malicious in some versions',
  'money-movement': 'moves money or signs transactions',
  opaque: 'hides what it runs',
  'other-configuration': 'is installed by a configuration that the command brings',
  'pipe-to-shell': 'is a script that runs as it comes from the network',
  'redirected-index': 'comes from another index than usual',
  'system-packages': 'may break what the system itself uses',
  'throwaway-host': 'comes from a place where anybody puts anything for a while',
  'too-long': 'is too long, or too deep, to be read to its end',
  'traffic-interception': 'reads or changes network traffic',
  unencrypted: 'comes over a way that nothing encrypts',
  'unknown-name': 'has a name that nobody knows',
  'unresolved-name': 'has a name that only the shell knows',
  'verification-off': 'is installed with verification switched off',
};

/** What it means, where that is not said by its words. @type {Record<string, string>} */
const WHY = {
  malicious: 'A list of malicious packages names it.',
  'malicious-version': 'A list names versions of it. Which one is installed is not said, so it may be one of these.',
  'similar-name': 'Nobody knows this name, and it is nearly that of a well-known package: a slip of the hand, or a trap for one.',
  'look-alike-letters': 'Such letters are there to deceive the eye.',
  'unknown-name': 'It is in no list of known packages. The model may have made it up, and anybody may register it.',
  'brand-name': 'The name is a natural guess, and whoever registers it gets what was meant for the other.',
  'pipe-to-shell': 'Nobody can look at it before it runs, and the server can send another one each time.',
  'download-then-run': 'Nobody looks at it in between.',
  'redirected-index': 'What has a known name there need not be what is known under it.',
  'extra-index': 'Of two packages of one name the manager takes the newer: whoever can put one there decides.',
  'verification-off': 'What arrives may be something else than what was sent.',
  unencrypted: 'Whoever is on the way can put something else in its place.',
  opaque: 'What it installs cannot be told from the command.',
};

/** @param {string} rule */
export function isReason(rule) {
  return own(WORDS, rule) !== undefined;
}

/** What stands for the target, which is told as it was recorded. */
const TARGET = '{}';

/** What a reason says: the words before its target and those after it. @param {Reason} reason */
export function reasonWords({ rule, target }) {
  const known = own(WORDS, rule);
  if (!target) return { before: (known ?? rule.replaceAll(/[-_]/g, ' ')).replace(TARGET, 'a well-known one'), after: '' };
  const [before = '', after = ''] = (known?.includes(TARGET) ? known : rule === 'look-alike-letters' ? 'passes for {} with letters that look alike' : 'looks like {}').split(TARGET);
  return { before, after };
}

/** What it means, in a sentence; nothing where its words say it. @param {Reason} reason */
export function reasonWhy({ rule }) {
  return own(WHY, rule) ?? null;
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
