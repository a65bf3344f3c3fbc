// Gaps and pauses as stretches of time: a pause and its end are one, and a time when Vigil did not
// run has two ends. Pure.

import { millis } from '../../lib/time.js';

/** @typedef {import('../../types/api.d.ts').FeedRow} FeedRow */
/** @typedef {{ row: FeedRow, from: string, to: string | null, kind: 'moment' | 'absence' | 'pause' | 'open' | 'unended' }} Stretch */

/** What a person did with findings has its place there. @param {FeedRow} row */
export function belongs(row) {
  return row.kind !== 'config_change' || row.name !== 'triage';
}

/**
 * @param {FeedRow[]} rows  Newest first.
 * @param {import('../../types/api.d.ts').AgentStatus} agent  Whether recording is paused now, and since when Vigil runs.
 * @returns {Stretch[]}
 */
export function stretches(rows, agent) {
  /** @type {Stretch[]} */
  const out = [];
  /** A resume whose pause has not come yet. @type {FeedRow | null} */
  let ended = null;
  let newest = true;
  for (const row of rows) {
    const change = row.kind === 'config_change' ? row.name : null;
    if (change === 'resume') {
      if (ended) out.push(moment(ended));
      ended = row;
    } else if (change === 'pause') {
      out.push(ended ? { row, from: row.at, to: ended.at, kind: 'pause' }
        : { row, from: row.at, to: null, kind: newest ? endOf(row, agent) : 'unended' });
      ended = null;
    } else {
      out.push(row.kind === 'gap' && row.name === 'not-running' ? absence(row) : moment(row));
    }
    if (change === 'resume' || change === 'pause') newest = false;
  }
  if (ended) out.push(moment(ended));
  return out.sort((a, b) => millis(b.from) - millis(a.from) || b.row.seq - a.row.seq);
}

/**
 * The newest pause, of which no end came: it lasts, a restart ended it, or the end is on its way.
 * @param {FeedRow} row
 * @param {import('../../types/api.d.ts').AgentStatus} agent
 */
function endOf(row, agent) {
  if (agent.paused_since) return 'open';
  return agent.started && millis(row.at) < millis(agent.started) ? 'unended' : 'moment';
}

/** @param {FeedRow} row @returns {Stretch} */
function moment(row) {
  return { row, from: row.at, to: null, kind: 'moment' };
}

/** The end of an absence stands in its words. @param {FeedRow} row @returns {Stretch} */
function absence(row) {
  const to = /\bto (\d{4}-\d\d-\d\dT[\d:.]+Z)/.exec(row.text ?? '')?.[1];
  return to && millis(to) > millis(row.at) ? { row, from: row.at, to, kind: 'absence' } : moment(row);
}

/**
 * Earlier rows with newer ones, each once, newest first.
 * @param {FeedRow[]} old
 * @param {FeedRow[]} more
 */
export function merged(old, more) {
  const rows = new Map([...old, ...more].map((row) => [row.seq, row]));
  return [...rows.values()].sort((a, b) => millis(b.at) - millis(a.at) || b.seq - a.seq);
}
