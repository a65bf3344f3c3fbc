// The second way: turns as the page shows them. Used to see whether both ways agree, and in the
// network's place when that falls silent.
(() => {
  'use strict';
  const vigil = (globalThis.vigil ??= { sites: [] });

  /** Letters and digits alone: what is left of a text by markdown and by a page. @param {string} text */
  const bare = (text) => text.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');

  /** A hash for ids, not for secrets (FNV-1a, 32 bits, twice). @param {string} text */
  const hash = (text) => {
    let [a, b] = [0x811c9dc5, 0x1000193];
    for (let i = 0; i < text.length; i += 1) {
      a = Math.imul(a ^ text.charCodeAt(i), 0x1000193);
      b = Math.imul(b ^ text.charCodeAt(text.length - 1 - i), 0x811c9dc5 | 1);
    }
    return `${(a >>> 0).toString(16).padStart(8, '0')}${(b >>> 0).toString(16).padStart(8, '0')}`;
  };

  /** @typedef {{ role: 'user' | 'assistant', text: string, id?: string }} Shown */

  /** @param {Site} site @param {Document} document */
  vigil.page = (site, document) => {
    /** What the page shows, by the first selectors that find anything. @returns {Shown[]} */
    const shown = () => {
      for (const way of site.page.turns) {
        const elements = [...document.querySelectorAll(way.all)].slice(-200);
        const turns = elements.flatMap((element) => {
          const role = way.role(element);
          const inner = way.text === undefined ? element : (element.querySelector(way.text) ?? element);
          const text = (/** @type {HTMLElement} */ (inner).innerText ?? inner.textContent ?? '').trim();
          return role === undefined || text === '' ? [] : [{ role, text, id: way.id?.(element) }];
        });
        if (turns.length > 0) return turns;
      }
      return [];
    };

    return {
      shown,
      /** Whether this may be how the page shows what was written. @param {string} text @param {string} written */
      shows: (text, written) => bare(text.slice(0, 2000)).includes(bare(written.slice(0, 400)).slice(0, 24)),
      /** Whether the page shows this turn: its beginning, by letters and digits. @param {Turn} turn */
      agrees(turn) {
        const beginning = bare(turn.text.slice(0, 400)).slice(0, 24);
        if (beginning === '') return true;
        return shown().some((one) => one.role === turn.role && bare(one.text.slice(0, 2000)).includes(beginning));
      },
      /**
       * What is shown now and was not shown then, as turns.
       * @param {Shown[]} then @param {URL} url @param {string} otherwise the conversation, if the address names none
       * @returns {Turn[]}
       */
      since(then, url, otherwise) {
        const conversation = site.conversation(url) ?? otherwise;
        const known = new Map();
        for (const one of then) known.set(`${one.role}\n${one.text}`, (known.get(`${one.role}\n${one.text}`) ?? 0) + 1);
        const now = shown();
        return now.flatMap((one, place) => {
          const key = `${one.role}\n${one.text}`;
          const left = known.get(key) ?? 0;
          if (left > 0) {
            known.set(key, left - 1);
            return [];
          }
          const id = one.id ?? `page:${hash(`${conversation}\n${place}\n${key}`)}`;
          return [{ conversation, id, role: one.role, text: one.text, status: /** @type {const} */ ('done') }];
        });
      },
    };
  };
})();
