// Putting findings into a state, and taking that back: one order at a time as it is asked for.
// Rows stay until the agent has said yes; what fails keeps its row and says why.

import { html, useEffect, useRef, useState } from '../../vendor/preact.js';
import { announce } from '../../lib/announce.js';
import { ApiError, post } from '../../lib/api.js';
import { counted } from '../../lib/format.js';
import { Remedy } from '../../parts/empty.js';
import { STATES, whatOf } from './words.js';

/** @typedef {import('../../types/api.d.ts').FindingRow} FindingRow */
/** @typedef {import('../../types/api.d.ts').Triage} Triage */
/** @typedef {import('../../types/api.d.ts').TriageOrder} TriageOrder */
/** An order that was carried out, and the rows as they were before. @typedef {{ rows: FindingRow[], words: string }} Done */

const MOST_UNDO = 50;
const SHOWN_FOR = 15_000;

/** @param {FindingRow[]} rows @param {Triage} state */
function wordsOf(rows, state) {
  const done = STATES.find((one) => one.state === state)?.done ?? state;
  const [only] = rows;
  return `${rows.length === 1 && only ? whatOf(only) : counted(rows.length, 'finding')} ${done}`;
}

/** @param {FindingRow[]} rows @param {Triage} state @param {string} [note] */
async function order(rows, state, note) {
  const body = /** @type {TriageOrder} */ ({ ids: rows.map((row) => row.id), state, ...(note && { note }) });
  await post('findings/triage', body);
}

/** `refresh` asks for the list again. @param {{ refresh: () => void, version: number }} props */
export function useTriage({ refresh, version }) {
  /** Rows whose order is on its way, or done and not yet asked for again. */
  const [leaving, setLeaving] = useState(/** @type {Map<string, 'asked' | 'done'>} */ (new Map()));
  const [error, setError] = useState(/** @type {{ error: Error, again: () => void } | null} */ (null));
  const [toast, setToast] = useState(/** @type {{ words: string, undo: boolean } | null} */ (null));
  const done = useRef(/** @type {Done[]} */ ([]));

  // New rows are there: what is still among them has its new state.
  useEffect(() => {
    setLeaving((old) => {
      const left = [...old].filter(([, stage]) => stage === 'asked');
      return left.length === old.size ? old : new Map(left);
    });
  }, [version]);

  /** @param {FindingRow[]} rows @param {'asked' | 'done' | null} stage */
  const mark = (rows, stage) => setLeaving((old) => {
    const next = new Map(old);
    for (const { id } of rows) {
      if (stage) next.set(id, stage);
      else next.delete(id);
    }
    return next;
  });

  /** @param {string} words @param {boolean} undo */
  const say = (words, undo) => {
    setToast({ words, undo });
    announce(undo ? `${words}. Press U to undo.` : words);
  };

  /** @param {FindingRow[]} rows @param {() => Promise<void>} work @param {() => void} then @param {() => void} again */
  const carry = async (rows, work, then, again) => {
    setError(null);
    mark(rows, 'asked');
    try {
      await work();
      mark(rows, 'done');
      then();
    } catch (problem) {
      mark(rows, null);
      setError({ error: /** @type {Error} */ (problem), again });
    }
    refresh();
  };

  /** @param {FindingRow[]} rows @param {Triage} state @param {string} [note] */
  const triage = (rows, state, note) => {
    const work = () => order(rows, state, note);
    const then = () => {
      const words = wordsOf(rows, state);
      done.current = [...done.current, { rows, words }].slice(-MOST_UNDO);
      say(words, true);
    };
    return carry(rows, work, then, () => void triage(rows, state, note));
  };

  const undo = () => {
    const last = done.current.at(-1);
    if (!last) return;
    done.current = done.current.slice(0, -1);
    const states = [...new Set(last.rows.map((row) => row.state))];
    const work = async () => {
      for (const state of states) await order(last.rows.filter((row) => row.state === state), state);
    };
    const again = () => {
      done.current = [...done.current, last];
      void undo();
    };
    return carry(last.rows, work, () => say(`Undone: ${last.words}`, false), again);
  };

  return {
    leaving,
    triage,
    undo,
    // Both stand where they are seen however far the list is scrolled.
    toast: error ? html`<${Failed} ...${error} onClose=${() => setError(null)} />` : toast && html`<${Toast} key=${toast.words} ...${toast} onUndo=${undo} onClose=${() => setToast(null)} />`,
  };
}

/** What was not done, until somebody saw it. @param {{ error: Error, again: () => void, onClose: () => void }} props */
function Failed({ error, again, onClose }) {
  return html`<div class="triage-toast is-problem" role="alert"><span><strong>Nothing was changed:</strong> ${error.message.replace(/\.$/, '')}. ${error instanceof ApiError ? html`<${Remedy} text=${error.hint} />` : null}</span>
    <button type="button" class="button" onClick=${again}>Retry</button>
    <button type="button" class="button is-quiet" onClick=${onClose}>Dismiss</button></div>`;
}

/**
 * What was done, for a while, with the way back. Stays while it is pointed at or has the focus.
 * @param {{ words: string, undo: boolean, onUndo: () => void, onClose: () => void }} props
 */
function Toast({ words, undo, onUndo, onClose }) {
  const [held, setHeld] = useState(false);
  const latest = useRef(onClose);
  latest.current = onClose;
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => latest.current(), SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [held, words]);
  return html`<div class="triage-toast" onMouseEnter=${() => setHeld(true)} onMouseLeave=${() => setHeld(false)} onFocusIn=${() => setHeld(true)} onFocusOut=${() => setHeld(false)}>
    <span>${words}</span>${undo ? html`<button type="button" class="button is-quiet" onClick=${onUndo}>Undo <kbd aria-hidden="true">U</kbd></button>` : null}
    <button type="button" class="button is-quiet" onClick=${onClose}>Dismiss</button></div>`;
}
