// Why something is missing from the record: the names under which the agent and the store count
// losses and tell gaps, and what each means. Pure; a name that is not known here has no words.

import { own } from '../../lib/own.js';

/** @typedef {{ title: string, why: string }} Reason */

/** By the name without `drop.` or `gap.`. @type {Record<string, Reason>} */
const REASONS = {
  'not-running': { title: 'Vigil did not run', why: 'Of this time only what agents wrote down themselves is known.' },
  paused: { title: 'Written during a pause', why: 'It was written while recording was paused. It was not read and will not be.' },
  'line-too-long': { title: 'Line too long', why: 'A line of a transcript is longer than what is read at once (16 MiB). It was passed over.' },
  'invalid-json': { title: 'Broken line', why: 'A line of a transcript is not JSON and could not be read.' },
  'invalid-utf8': { title: 'Line with broken characters', why: 'A line of a transcript holds bytes that are no text. They were replaced, and the rest was read.' },
  'nul-filled': { title: 'Zero bytes in a transcript', why: 'As after a crash while it was written. What stood there is gone.' },
  'unreadable-file': { title: 'Transcript not readable', why: 'A transcript could not be opened. It is tried again; check its permissions.' },
  'browser-history-unreadable': { title: 'Browser’s history not readable', why: 'A browser’s history, or the folder that it is in, may not be read. It is tried again; check its permissions.' },
  'browser-history-too-large': { title: 'Browser’s history too large', why: 'It is larger than what is copied to be read (512 MiB). Visits in it are not on record.' },
  'browser-history-not-copied': { title: 'Browser’s history not copied', why: 'No private copy could be made of it, and it is read from nothing else. See that the disk is not full.' },
  'browser-history-busy': { title: 'Browser’s history always in use', why: 'Its browser was writing it whenever it was looked at. It is tried again.' },
  'browser-history-damaged': { title: 'Browser’s history damaged', why: 'SQLite cannot read it. It is tried again when it changes.' },
  'browser-history-unknown-form': { title: 'Browser’s history not understood', why: 'It has another form than those of the browsers that Vigil knows.' },
  'browser-history-slow': { title: 'Browser’s history too slow', why: 'To search it took too long, and was broken off.' },
  'no-certificate': { title: 'Nothing to decrypt with', why: 'The local certificate authority could not sign, for all hosts or for some: they were passed on unread. `vigil ca` says why, and `vigil ca rotate` makes another.' },
  'inspect-queue': { title: 'Reading fell behind', why: 'Traffic came through the proxy faster than it could be read. The agent got all of it; this part is not on record.' },
  'inspector-failed': { title: 'Reading failed', why: 'A fault in Vigil while reading a connection. The agent got all of it; the rest of that connection is not on record.' },
  proxy: { title: 'Exchange not readable', why: 'A request or an answer at the proxy was cut off, too large, or in a form that Vigil does not know. Each is in the list of gaps.' },
  'no-answer': { title: 'No answer came', why: 'The connection ended before the answer.' },
  'request-cut': { title: 'Request cut off', why: 'The connection ended within a request.' },
  'answer-cut': { title: 'Answer cut off', why: 'The answer ended before it was complete.' },
  'answer-without-request': { title: 'Answer without a request', why: 'An answer came for which no request was seen.' },
  'unreadable-request': { title: 'Request not readable', why: 'The body of a request is not JSON.' },
  'unreadable-answer': { title: 'Answer not readable', why: 'The body of an answer is not JSON.' },
  'unreadable-head': { title: 'Head not readable', why: 'The head of a request or an answer is not HTTP as Vigil knows it.' },
  'unreadable-body': { title: 'Body not readable', why: 'The body of a request or an answer is framed in a way that Vigil does not know.' },
  'undecodable-body': { title: 'Body not unpacked', why: 'The compressed body of a request or an answer is damaged.' },
  'undecodable-encoding': { title: 'Unknown compression', why: 'A body is compressed in a way that Vigil does not know.' },
  'body-too-large': { title: 'Body too large', why: 'A request or an answer is larger than what Vigil reads.' },
  'event-too-large': { title: 'Event too large', why: 'One event of a streamed answer is larger than what Vigil reads.' },
  'store-damaged': { title: 'The store was damaged', why: 'It was set aside and a new one begun. What it held is only in the old file, which is kept.' },
  quota: { title: 'Deleted for room', why: 'The store reached its limit, so the oldest conversations were deleted. `store.quota_mib` in the configuration is the limit.' },
  'not-writable': { title: 'Not stored', why: 'The store refused a batch of events whatever was tried, and they are lost. `vigil logs` says why.' },
  'encoded-too-deep': { title: 'Encoded too often', why: 'A text holds another that is encoded more often than is followed. That part was not searched for secrets.' },
  compressed: { title: 'Compressed within a text', why: 'Compressed data in base64 is not unpacked. What is in it was not searched for secrets.' },
  'hook-silent': { title: 'A hook did not fire', why: 'A guarded client ran a command and did not ask first: its hook is gone or not trusted. `vigil guard status` says which.' },
  'hook-calls': { title: 'Hooks’ questions not recorded', why: 'Clients asked about commands faster than that could be recorded. They were answered all the same.' },
  'install-without-event': { title: 'Install not kept', why: 'A package that is installed named an event that is not in the store. That is a fault in Vigil: please report it.' },
  'network.table': { title: 'Connections not looked at', why: 'The table of connections could not be read at that moment.' },
  'network.full': { title: 'Too many connections at once', why: 'More connections of agents are open than are followed.' },
  'network.owner-unknown': { title: 'Whose connection is unknown', why: 'It ended before it was known which program it belonged to.' },
  'network.short': { title: 'Short connections', why: 'Connections to AI hosts that opened and closed between two looks: whose they were is not known.' },
  'network-stalled': { title: 'Connections not looked at', why: 'For some time connections could not be looked at.' },
  'process.lost': { title: 'Processes not told', why: 'Processes came and went faster than the kernel’s word of them was read.' },
  'process.too-many': { title: 'Too many processes', why: 'Agents started more processes than are followed.' },
  'process.unread': { title: 'Command line not read', why: 'A process ended before its command line could be read, or does not let it be read.' },
  'process.memory': { title: 'Too many command lines', why: 'The command lines of processes that run would take more memory than is set aside.' },
  forgotten: { title: 'Forgotten, not recorded again', why: 'It belongs to a session that you had deleted.' },
  'telemetry-refused': { title: 'Telemetry refused', why: 'Somebody sent telemetry that was not asked for, or not in a way that is taken.' },
  'telemetry-too-large': { title: 'Telemetry too large', why: 'A report of a client is larger than what Vigil reads.' },
  'telemetry-unreadable': { title: 'Telemetry not readable', why: 'A report of a client is in a form that Vigil does not know.' },
  'telemetry-records': { title: 'Telemetry cut', why: 'A report of a client held more records than are taken.' },
  'telemetry-connections': { title: 'Too many that sent telemetry', why: 'More programs sent telemetry at a time than are listened to.' },
  'finding-without-event': { title: 'Finding not kept', why: 'A finding named an event that is not in the store. That is a fault in Vigil: please report it.' },
};

/** @param {string} name  Of a counter (`drop.x`, `gap.x`) or a gap's reason. @returns {Reason | null} */
export function reasonOf(name) {
  const bare = name.replace(/^(drop|gap)\./, '');
  return own(REASONS, bare) ?? null;
}
