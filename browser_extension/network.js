// From copies of exchanges to turns, by the site's adapter. Bounded; what a page floods is counted and
// left out.
(() => {
  'use strict';
  const vigil = (globalThis.vigil ??= { sites: [] });

  /**
   * @param {Site} site
   * @param {(read: Read, how: string) => void} onRead
   * @param {any} counts what is counted, by name
   * @param {() => boolean} isTemporary whether the page says now that the conversation is not kept
   */
  vigil.network = (site, onRead, counts, isTemporary = () => false) => {
    const { limits } = vigil;
    /** @type {Map<number, any>} */
    const open = new Map();
    let held = 0;
    let posted = 0;

    /** @param {any} read @param {string} how @param {boolean} isTemporary where it was asked */
    const found = (read, how, isTemporary) => {
      if (read === undefined) return;
      counts.unknown += read.unknown ?? 0;
      if (isTemporary && !read.history) read.temporary = true;
      // What was cut has a gap at its end, whatever the rest says.
      if (how === 'cut') for (const turn of read.turns) if (turn.role === 'assistant') turn.status = 'stopped';
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
    /** A socket goes on with nothing of before. @param {any} exchange */
    const anew = (exchange) => {
      held -= exchange.size;
      exchange.size = 0;
      carefully(() => (exchange.reader = site.socket?.(exchange.url)));
    };
    /** @param {any} exchange @param {string} how @param {number} [status] */
    const over = (exchange, how, status) => {
      carefully(() => {
        if (exchange.reader !== undefined) found(exchange.reader.end(), how, exchange.isTemporary);
        else {
          const { via, method, url, body, parts } = exchange;
          if (how === 'too-large') counts.too_large += 1;
          if (how === 'cut') counts.dropped += 1;
          if (status !== undefined && status >= 400) return;
          const ended = how === 'done' || how === 'too-large' ? how : 'aborted';
          found(site.parse?.({ via, method, url, body, text: parts.join(''), how: ended, status }), how, exchange.isTemporary);
        }
      });
    };

    return {
      /** Messages that went out so far, understood or not. */
      posted: () => posted,
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
          const made = { via, method: `${method}`.toUpperCase(), url, body: text, parts: [], size: text.length, isTemporary: isTemporary() };
          if (made.method === 'POST') posted += 1;
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
            const { reader } = exchange;
            if (reader === undefined) return;
            found(kind === 'in' ? reader.in(text) : reader.out(text), 'done', exchange.isTemporary);
            held += reader.held() - exchange.size;
            exchange.size = reader.held();
            if (held <= limits.held) return;
            counts.dropped += 1;
            found(reader.end(), 'cut', exchange.isTemporary);
            anew(exchange);
          });
          return;
        }
        if (held + text.length > limits.held) {
          forget(id, exchange);
          over(exchange, 'cut');
          return;
        }
        held += text.length;
        exchange.size += text.length;
        if (kind === 'body') exchange.body = text;
        else exchange.parts.push(text);
      },
      /** Nothing is taken now: sockets alone are known, with nothing of what goes through them. @param {any} parcel */
      pass(parcel) {
        const { kind, id, via, url } = parcel;
        const exchange = open.get(id);
        if (kind === 'end' && exchange !== undefined) forget(id, exchange);
        if (kind !== 'request' || via !== 'socket' || open.size >= limits.exchanges) return;
        carefully(() => open.set(id, { via, method: 'GET', url, parts: [], size: 0, isTemporary: false, reader: site.socket?.(url) }));
      },
      /** Nothing is taken from now on: what is open is forgotten. */
      clear() {
        for (const [id, exchange] of [...open]) {
          if (exchange.reader === undefined) forget(id, exchange);
          else anew(exchange);
        }
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
