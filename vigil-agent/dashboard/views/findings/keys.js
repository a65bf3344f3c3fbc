// The keyboard of the findings: what each key does here, for the sheet and in fact. Which row is
// meant is the view's to say.

import { useEffect, useRef } from '../../vendor/preact.js';
import { isTyping, register } from '../../lib/keyboard.js';
import { singleKeys } from '../../lib/prefs.js';
import { STATES } from './words.js';

/** @typedef {import('../../types/api.d.ts').Triage} Triage */
/**
 * @typedef {object} Deeds
 * @property {(state: Triage) => void} onState
 * @property {() => void} onNote
 * @property {() => void} onTick
 * @property {() => void} onReach  Ticks up to the row from the last tick.
 * @property {() => void} onUndo
 * @property {() => void | boolean} onEscape
 * @property {(step: 1 | -1) => void | boolean} onStep  J and K where no list has them.
 */

const GROUP = 'Findings';

/** @param {Deeds} deeds */
export function useFindingKeys(deeds) {
  const latest = useRef(deeds);
  latest.current = deeds;
  useEffect(() => {
    const stop = register([
      { keys: 'x', does: 'Select the row, or take it out', group: GROUP, run: () => latest.current.onTick() },
      // The registry leaves Shift and a letter alone; this is for the sheet.
      { keys: 'Shift+X', does: 'Select up to this row', group: GROUP, run: () => false },
      ...['acknowledged', 'resolved', 'false_positive', 'open'].flatMap((name) => {
        const one = STATES.find(({ state }) => state === name);
        return one ? [{ keys: one.key, does: `${one.does}: the selection, or the row`, group: GROUP, run: () => latest.current.onState(one.state) }] : [];
      }),
      { keys: 'e', does: 'Triage with a note', group: GROUP, run: () => latest.current.onNote() },
      { keys: 'u', does: 'Undo the last triage', group: GROUP, run: () => latest.current.onUndo() },
      { keys: 'Escape', does: 'Back to the list; then clear the selection', group: GROUP, run: () => latest.current.onEscape() },
      { keys: 'j', does: 'Next finding', group: GROUP, hidden: true, run: () => latest.current.onStep(1) },
      { keys: 'k', does: 'Previous finding', group: GROUP, hidden: true, run: () => latest.current.onStep(-1) },
    ]);
    /** @param {KeyboardEvent} event */
    const onKey = (event) => {
      if (event.key !== 'X' || !event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.defaultPrevented || singleKeys.value === 'off' || isTyping(event.target) || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      latest.current.onReach();
    };
    document.addEventListener('keydown', onKey);
    return () => {
      stop();
      document.removeEventListener('keydown', onKey);
    };
  }, []);
}
