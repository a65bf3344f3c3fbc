// What the adapters read with: pure functions from text to records. A broken record is left out, and
// counted by who asks.
(() => {
  'use strict';
  const vigil = (globalThis.vigil ??= { sites: [] });

  /** The value of a text in JSON; undefined for one that is none. @param {string} text */
  vigil.json = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  };

  /**
   * The events of a stream of server-sent events (WHATWG HTML, section 9.2.6).
   * @param {string} text
   * @returns {{ event: string, data: string }[]}
   */
  vigil.events = (text) => {
    const events = [];
    let event = 'message';
    /** @type {string[]} */
    let data = [];
    for (const line of text.split(/\r\n|\n|\r/)) {
      if (line === '') {
        if (data.length > 0) events.push({ event, data: data.join('\n') });
        event = 'message';
        data = [];
      } else if (line.startsWith('data:')) {
        data.push(line.slice(line.startsWith('data: ') ? 6 : 5));
      } else if (line.startsWith('event:')) {
        event = line.slice(6).trim();
      }
    }
    // A stream that was cut ends without its blank line: what is whole counts.
    if (data.length > 0 && vigil.json(data.join('\n')) !== undefined) events.push({ event, data: data.join('\n') });
    return events;
  };

  /**
   * The arrays of an answer of Google's pages: `)]}'`, then for each a line with its length and itself.
   * The lengths count in units that differ between versions, so that lines are read instead.
   * @param {string} text
   * @returns {unknown[][]}
   */
  vigil.frames = (text) => {
    const frames = [];
    for (const line of text.split('\n')) {
      if (!line.startsWith('[')) continue;
      const rows = vigil.json(line);
      if (Array.isArray(rows)) frames.push(...rows.filter(Array.isArray));
    }
    return frames;
  };

  /** A text, or nothing. @param {unknown} value @returns {string | undefined} */
  vigil.text = (value) => (typeof value === 'string' && value !== '' ? value : undefined);

  /** The texts of a list of objects, by the first of these names. @param {unknown} list @param {...string} names */
  vigil.names = (list, ...names) => {
    if (!Array.isArray(list)) return [];
    return list.flatMap((item) => {
      const name = names.map((key) => vigil.text(item?.[key])).find((text) => text !== undefined);
      return name === undefined ? [] : [name];
    });
  };

  /**
   * The value at a path such as `/message/content/parts/0` or `response/content`.
   * @param {any} root @param {string} path
   * @returns {{ of: any, key: string } | undefined} where it stands; nothing if there is no such place
   */
  vigil.place = (root, path) => {
    const steps = path.split('/').filter((step) => step !== '');
    const key = steps.pop();
    if (key === undefined) return undefined;
    let of = root;
    for (const step of steps) {
      if (of === null || typeof of !== 'object' || !Object.hasOwn(of, of.length !== undefined && step === '-1' ? `${of.length - 1}` : step)) {
        return undefined;
      }
      of = of[Array.isArray(of) && step === '-1' ? of.length - 1 : step];
    }
    if (of === null || typeof of !== 'object' || key === '__proto__') return undefined;
    if (!Array.isArray(of)) return { of, key };
    const index = key === '-1' ? `${of.length - 1}` : key;
    // The next place at most: one far off would make a list of nothing as long as that. `.` is the list.
    return index === '.' || (/^\d{1,8}$/.test(index) && Number(index) <= of.length) ? { of, key: index } : undefined;
  };
})();
