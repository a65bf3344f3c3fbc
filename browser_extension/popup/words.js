// What the numbers of the bridges mean, in words.
'use strict';

/** @type {any} */ (globalThis).words = {
  sites: ['claude.ai', 'chatgpt.com', 'gemini.google.com', 'perplexity.ai', 'copilot.microsoft.com', 'chat.deepseek.com'],

  /** @param {any} health @returns {{ mark: string, text: string }} */
  health(health) {
    if (health === undefined) return { mark: '', text: 'not open yet' };
    if (!health.patched) return { mark: 'stale', text: 'the page was open before: load it again' };
    if (health.state === 'stale') return { mark: 'stale', text: 'stale: what was sent was seen in neither way' };
    if (health.state === 'drift' && health.drift === 'network') return { mark: 'drift', text: 'drift: its network changed, read from the page' };
    if (health.state === 'drift') return { mark: 'drift', text: 'drift: the page changed, read from its network' };
    if (health.state === 'ok') return { mark: 'ok', text: `read, last ${new Date(health.lastOk).toLocaleTimeString()}${this.lost(health)}` };
    return { mark: '', text: 'waits for the first message' };
  },

  /** What was not taken, in words; nothing when that is nothing. @param {any} health */
  lost({ dropped = 0, unseen = 0, failed = 0, too_large: cut = 0, temporary = 0 }) {
    const all = [[dropped + unseen, 'left out'], [cut, 'cut'], [failed, 'failed'], [temporary, 'temporary, left alone']];
    return all.filter(([n]) => n).map(([n, what]) => `; ${n} ${what}`).join('');
  },

  /** @param {number} imported @param {number} left @param {string} [why] */
  imported(imported, left, why) {
    if (why === 'off') return 'Nothing: recording is paused or off here.';
    if (why === 'temporary') return 'Nothing: the site does not keep this conversation.';
    return `${imported} recorded.${left > 0 ? ` ${left} older ones are left: press again.` : ''}`;
  },

  /** @param {any} state */
  vigil(state) {
    const waiting = state.waiting.length > 0 ? `; ${state.waiting.length} wait` : '';
    const dropped = state.dropped > 0 ? `; ${state.dropped} lost` : '';
    if (state.connected !== 'no') return `Told to Vigil on this machine${waiting}${dropped}.`;
    return `Vigil is not reached (${state.why ?? 'not asked yet'})${waiting}${dropped}. Run in a terminal: vigil doctor`;
  },
};
