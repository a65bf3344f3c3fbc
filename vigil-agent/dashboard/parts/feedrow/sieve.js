// Which rows of the stream a feed's filters let through, as the server does it for its pages.
// Pure.

/** @typedef {import('../../types/api.d.ts').FeedRow} FeedRow */

/** The witnesses, for a filter of them; nobody counts by witness. @type {Record<string, number>} */
export const WITNESSES = { proxy: -1, kernel: -1, transcript: -1, hook: -1, telemetry: -1, browser: -1, vigil: -1 };

/** Outcomes that are none that was wanted. */
export const FAILED = new Set(['failed', 'denied']);

/**
 * @param {{ kinds: Set<string>, client: string | null, witness: string | null, project?: string | null, failed?: boolean, q?: string | null, folds?: boolean }} filter
 *   `failed`: tool calls and results that failed or were denied, and nothing else. `folds`: what a tool call
 *   started is told with the call.
 * @returns {(row: FeedRow) => boolean}
 */
export function sieve({ kinds, client, witness, project = null, failed = false, q, folds = false }) {
  const words = (q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  return (row) => {
    if (!kinds.has(row.kind) || (client && row.client !== client) || (witness && !row.witnesses.includes(witness))) return false;
    if (project && row.project !== project) return false;
    if (folds && row.kind === 'process' && row.tool_call !== null) return false;
    if (failed && !FAILED.has(row.outcome ?? '')) return false;
    if (words.length === 0) return true;
    const text = [row.text, row.name, row.title, row.project].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  };
}
