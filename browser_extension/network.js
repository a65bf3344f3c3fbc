// From copies of exchanges to turns, by the site's adapter. Bounded; what a page floods is counted and
// left out.
(() => {
  'use strict';
  const vigil = (globalThis.vigil ??= { sites: [] });

  /**
   * @param {Site} site
   * @param {(read: Read, how: string) => void} onRead
   * @param {any} counts what is counted, by name
   */
  vigil.network = (site, onRead, counts) => {
    const { limits } = vigil;
    /** @type {Map<number, any>} */
    const open = new Map();
    let held = 0;

    /** @param {any} read @param {string} how */
    const found = (read, how) => {
      if (read === undefined) return;
      counts.unknown += read.unknown ?? 0;
      if (read.turns.length > 0 || read.temporary) counts.parsed += 1;
      onRead(read, how);
    };
    /** @param {() => void} f */
    const carefully = (f) => {
      try {
        f();
      } catch {
        counts.failed += 1;
      }
    };
    /** @param {number} id @param {any} exchange */
    const forget = (id, exchange) => {
      held -= exchange.size;
      open.delete(id);
    };
    /** @param {any} exchange @param {string} how @param {number} [status] */
    const over = (exchange, how, status) => {
      carefully(() => {
        if (exchange.reader !== undefined) found(exchange.reader.end(), how);
        else {
          const { via, method, url, body, parts } = exchange;
          if (how === 'too-large') counts.tooLarge += 1;
          if (status !== undefined && status >= 400) return;
          const ended = how === 'done' || how === 'too-large' ? how : 'aborted';
        found(site.parse?.({ via, method, url, body, text: parts.join(''), how: ended, status }), how);
        }
      });
    };

    return {
      isWaiting: () => [...open.values()].some((exchange) => exchange.reader === undefined && exchange.method !== 'GET'),
      /** @param {any} parcel what the tap told */
      take(parcel) {
        const { kind, id, text = '' } = parcel;
        const exchange = open.get(id);
        if (kind === 'request') {
          if (open.size >= limits.exchanges) {
            counts.dropped += 1;
            return;
          }
          counts.matched += 1;
          const { via, method, url } = parcel;
          const made = { via, method: `${method}`.toUpperCase(), url, body: text, parts: [], size: text.length };
          carefully(() => {
            open.set(id, via === 'socket' ? { ...made, reader: site.socket?.(url) } : made);
            held += made.size;
          });
          return;
        }
        if (exchange === undefined) return;
        if (kind === 'end') {
          forget(id, exchange);
          over(exchange, parcel.how, parcel.status);
          return;
        }
        if (kind === 'in' || kind === 'out') {
          carefully(() => {
            const read = kind === 'in' ? exchange.reader?.in(text) : exchange.reader?.out(text);
            found(read, 'done');
          });
          return;
        }
        if (held + text.length > limits.held) {
          counts.dropped += 1;
          forget(id, exchange);
          return;
        }
        held += text.length;
        exchange.size += text.length;
        if (kind === 'body') exchange.body = text;
        else exchange.parts.push(text);
      },
      /** The page goes: what is open ends here. */
      leave() {
        for (const [id, exchange] of [...open]) {
          forget(id, exchange);
          over(exchange, 'left');
        }
      },
    };
  };
})();
