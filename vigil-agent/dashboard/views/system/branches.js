// What is open of the agents' trees, and what was fetched of it: pages of children, asked for as they
// come on screen. Draws nothing.

import { signal } from '../../vendor/preact.js';
import { get, isAbort } from '../../lib/api.js';
import { nameOf } from '../../lib/processes.js';
import { query } from '../../lib/query.js';

/** @typedef {import('../../types/api.d.ts').ProcessRow} ProcessRow */
/** @typedef {import('../../types/api.d.ts').TreeRow} TreeRow */
/** @typedef {import('../../types/api.d.ts').ProcessPage} ProcessPage */
/**
 * A process, or the place of one that is not there yet.
 * @typedef {{ key: string, depth: number, row: ProcessRow | TreeRow | null, branch: string, at: number }} Line
 * @typedef {{ root: string, parent: string, total: number | null, rows: Map<number, ProcessRow> }} Branch
 */

const PAGE = 100;
/** Children of one process that are listed; whoever looks for one among more filters. */
const MOST = 20_000;
/** Deeper ones stand as deep as this. */
export const DEEPEST = 8;

/** @param {{ q: string, running: boolean }} filter */
export function createBranches({ q, running }) {
  const version = signal(0);
  const error = signal(/** @type {Error | null} */ (null));
  /** By the root's and the process's names. @type {Map<string, Branch>} */
  const branches = new Map();
  /** Pages that are being fetched. @type {Map<string, AbortController>} */
  const coming = new Map();
  /** Lines on screen. @type {Line[]} */
  let seen = [];
  let closed = false;

  /** @param {Branch} branch @param {number} page */
  const fetch = async (branch, page) => {
    const name = `${branch.root} ${branch.parent} ${page}`;
    if (closed || coming.has(name)) return;
    const abort = new AbortController();
    coming.set(name, abort);
    const { root, parent } = branch;
    try {
      const answer = /** @type {ProcessPage} */ (await get(query('processes', {
        root, parent: parent === root ? null : parent, q, running, offset: page * PAGE, limit: PAGE }), abort.signal));
      if (branch.total !== null && branch.total !== answer.total) branch.rows.clear();
      branch.total = answer.total;
      answer.processes.forEach((row, i) => branch.rows.set(page * PAGE + i, row));
      error.value = null;
      version.value += 1;
    } catch (problem) {
      if (!closed && !isAbort(problem)) error.value = problem instanceof Error ? problem : new Error(String(problem));
    } finally {
      coming.delete(name);
    }
  };

  /** @param {Line[]} lines @param {string} root @param {string} parent @param {number} depth */
  const below = (lines, root, parent, depth) => {
    const name = `${root} ${parent}`;
    const branch = branches.get(name);
    if (!branch) return;
    const total = Math.min(branch.total ?? 1, MOST);
    for (let at = 0; at < total; at += 1) {
      const row = branch.rows.get(at) ?? null;
      lines.push({ key: row ? `${root} ${nameOf(row.process)}` : `${name} ${at}`, depth, row, branch: name, at });
      if (row && q === '') below(lines, root, nameOf(row.process), depth + 1);
    }
  };

  return {
    version,
    error,
    /** @param {TreeRow[]} roots @returns {Line[]} */
    lines(roots) {
      /** @type {Line[]} */
      const lines = [];
      for (const row of roots) {
        const root = nameOf(row.root);
        lines.push({ key: `${root} ${root}`, depth: 0, row, branch: '', at: 0 });
        below(lines, root, root, 1);
      }
      return lines;
    },
    /** @param {ProcessRow} row */
    isOpen: (row) => branches.has(`${nameOf(row.root)} ${nameOf(row.process)}`),
    /** @param {ProcessRow} row @param {boolean} open */
    set(row, open) {
      const [root, parent] = [nameOf(row.root), nameOf(row.process)];
      const name = `${root} ${parent}`;
      if (open === branches.has(name)) return;
      if (open) {
        const branch = { root, parent, total: null, rows: new Map() };
        branches.set(name, branch);
        void fetch(branch, 0);
      } else {
        branches.delete(name);
      }
      version.value += 1;
    },
    /** These lines are on screen. @param {Line[]} lines */
    want(lines) {
      seen = lines;
      for (const line of lines) {
        const branch = line.row ? null : branches.get(line.branch);
        if (branch && branch.total !== null) void fetch(branch, Math.floor(line.at / PAGE));
      }
    },
    /** Asks again for what is on screen. */
    refresh() {
      /** @type {Map<string, [Branch, number]>} */
      const pages = new Map();
      for (const [name, branch] of branches) if (branch.total === null || branch.total === 0) pages.set(`${name} 0`, [branch, 0]);
      for (const { branch: name, at } of seen) {
        const branch = branches.get(name);
        const page = Math.floor(at / PAGE);
        if (branch) pages.set(`${name} ${page}`, [branch, page]);
      }
      for (const [branch, page] of pages.values()) void fetch(branch, page);
    },
    close() {
      closed = true;
      for (const abort of coming.values()) abort.abort();
    },
  };
}
