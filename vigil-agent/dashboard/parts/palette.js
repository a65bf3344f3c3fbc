// The command palette: views, actions and recent sessions by a few letters.

import { html, signal, useEffect, useRef, useState } from '../vendor/preact.js';
import { ApiError, get, isAbort } from '../lib/api.js';
import { clientName } from '../lib/clients.js';
import { flat } from '../lib/masks.js';
import { query } from '../lib/query.js';
import { navigate } from '../lib/router.js';
import { VIEWS } from '../lib/views.js';
import { Dialog } from './dialog.js';
import { Icon } from './icon.js';

export const paletteOpen = signal(false);

/** @typedef {{ id: string, words: string, side: string, icon: string, run: () => void }} Entry */

/** @param {{ actions: Entry[] }} props */
export function Palette({ actions }) {
  return paletteOpen.value ? html`<${Open} actions=${actions} />` : null;
}

/** @param {{ actions: Entry[] }} props */
function Open({ actions }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [sessions, setSessions] = useState(/** @type {Entry[]} */ ([]));
  const list = useRef(/** @type {HTMLUListElement | null} */ (null));
  const close = () => { paletteOpen.value = false; };

  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const page = /** @type {import('../types/api.d.ts').SessionPage} */ (
          await get(query('sessions', { q: text.trim(), limit: 8 }), abort.signal));
        setSessions(page.sessions.map((row) => ({
          id: row.key, words: flat(row.title ?? row.id, 90), side: clientName(row.client), icon: 'sessions',
          run: () => navigate(`/sessions/${row.key}`),
        })));
      } catch (error) {
        if (!isAbort(error) && !(error instanceof ApiError)) throw error;
      }
    }, text ? 150 : 0);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);

  const words = text.toLowerCase().trim();
  /** @type {Entry[]} */
  const views = VIEWS.map((view) => ({ id: view.path, words: view.title, side: 'view', icon: view.name, run: () => navigate(view.path) }));
  const entries = [...views, ...actions].filter((one) => one.words.toLowerCase().includes(words)).concat(sessions);
  const chosen = Math.min(at, entries.length - 1);

  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen, entries.length]);

  /** @param {Entry | undefined} entry */
  const run = (entry) => {
    if (!entry) return;
    close();
    entry.run();
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const n = entries.length;
    if (event.key === 'ArrowDown') setAt(n ? (chosen + 1) % n : 0);
    else if (event.key === 'ArrowUp') setAt(n ? (chosen - 1 + n) % n : 0);
    else if (event.key === 'Enter') run(entries[chosen]);
    else return;
    event.preventDefault();
  };
  return html`<${Dialog} title="Go to" bare class="palette" onClose=${close}>
    <input class="palette-input" type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list"
      aria-label="Go to a view or a session" aria-activedescendant=${entries.length ? `palette-${chosen}` : undefined} autofocus
      placeholder="Go to a view or a session…" value=${text} autocomplete="off" spellcheck=${false} onKeyDown=${onKeyDown}
      onInput=${(/** @type {Event} */ event) => { setText(/** @type {HTMLInputElement} */ (event.currentTarget).value); setAt(0); }} />
    <ul ref=${list} id="palette-list" class="palette-list" role="listbox" aria-label="Matches">
      ${entries.map((one, i) => html`<li key=${one.id} id=${`palette-${i}`} role="option" aria-selected=${i === chosen}
        onClick=${() => run(one)} onPointerMove=${() => setAt(i)}>
        <${Icon} name=${one.icon} /><span class="palette-words">${one.words}</span><span class="quiet">${one.side}</span></li>`)}
    </ul>
    ${entries.length === 0 ? html`<p class="palette-none quiet" role="status">Nothing matches.</p>` : null}
  <//>`;
}
