// Runs in the page's own world, before its first script, on the listed sites and what a person added alone. Copies what the
// page and its site say to each other, for the endpoints named here, and hands the copies over by one
// port. Never throws, never changes a value, never waits. Everything it calls was taken before the page
// could replace it.
(() => {
  'use strict';

  /** What is copied, by host: paths of the endpoints that carry conversations. `sites/` reads them. */
  const ENDPOINTS = [
    ['claude.ai', /^\/api\/organizations\/[^/]+\/chat_conversations\/[^/]+(\/(retry_)?completion)?$/],
    ['chatgpt.com', /^\/backend-(api|anon)\/(f\/)?conversation(\/resume|\/[0-9a-f-]{36})?$/],
    ['gemini.google.com', /\/BardChatUi\/data\/(assistant\.lamda\.BardFrontendService\/StreamGenerate|batchexecute)$/],
    ['perplexity.ai', /^\/rest\/(sse\/perplexity_ask|thread\/[^/]+)$/],
    ['copilot.microsoft.com', /^\/c\/api\/(chat|conversations\/[^/]+\/history)$/],
    ['chat.deepseek.com', /^\/api\/v0\/chat\/(completion|regenerate|edit_message|resume_stream|history_messages)$/],
  ];

  /** Of one answer, in characters: what is longer is left and told as such. */
  const LONGEST = 8 * 1024 * 1024;
  /** Of a request's body. */
  const LONGEST_BODY = 1024 * 1024;
  /** Handed over and not yet taken, in characters: beyond it copies are dropped and counted. */
  const UNDER_WAY = 16 * 1024 * 1024;
  /** Sockets and event sources that are followed at a time. */
  const FOLLOWED = 64;

  const host = location.hostname;
  const entry = ENDPOINTS.find(([name]) => host === name || host === `www.${name}`);
  // Under an address that a person added: the adapter knows which of these it reads.
  const wanted = entry === undefined ? new RegExp(ENDPOINTS.map(([, path]) => /** @type {RegExp} */ (path).source).join('|')) : /** @type {RegExp} */ (entry[1]);

  // The page can replace any of these later; ours stay.
  const { apply, construct, defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
  const { exec } = RegExp.prototype;
  const { then } = Promise.prototype;
  const { clone } = Response.prototype;
  const { getReader } = ReadableStream.prototype;
  const { read, cancel: cancelReader } = ReadableStreamDefaultReader.prototype;
  const { cancel: cancelStream } = ReadableStream.prototype;
  const { decode } = TextDecoder.prototype;
  const { post, start } = { post: MessagePort.prototype.postMessage, start: MessagePort.prototype.start };
  const { addEventListener } = EventTarget.prototype;
  const { get: mapGet, set: mapSet } = WeakMap.prototype;
  const { slice } = String.prototype;
  const toText = Function.prototype.toString;
  const getter = (/** @type {any} */ of, /** @type {string} */ name) =>
    /** @type {() => any} */ (getOwnPropertyDescriptor(of, name)?.get);
  const bodyOf = getter(Response.prototype, 'body');
  const statusOf = getter(Response.prototype, 'status');
  const urlOfRequest = getter(Request.prototype, 'url');
  const methodOfRequest = getter(Request.prototype, 'method');
  const cloneRequest = Request.prototype.clone;
  const textOfRequest = Request.prototype.text;
  const { text: textOfBlob, slice: sliceOfBlob } = Blob.prototype;
  const dataOf = getter(MessageEvent.prototype, 'data');
  const textOfXhr = getter(XMLHttpRequest.prototype, 'responseText');
  const responseOfXhr = getter(XMLHttpRequest.prototype, 'response');
  const typeOfXhr = getter(XMLHttpRequest.prototype, 'responseType');
  const statusOfXhr = getter(XMLHttpRequest.prototype, 'status');
  const stateOfEvents = getter(EventSource.prototype, 'readyState');
  const lengthOfBuffer = getter(ArrayBuffer.prototype, 'byteLength');
  /** Where the bytes of a view are. @param {any} of */
  const parts = (of) => ({ buffer: getter(of, 'buffer'), at: getter(of, 'byteOffset'), length: getter(of, 'byteLength') });
  const typed = getPrototypeOf(Uint8Array.prototype);
  const nameOfTyped = /** @type {() => any} */ (getOwnPropertyDescriptor(/** @type {any} */ (typed), Symbol.toStringTag)?.get);
  const ofTyped = parts(typed);
  const ofView = parts(DataView.prototype);
  const pathOf = getter(URL.prototype, 'pathname');
  const hostOf = getter(URL.prototype, 'hostname');
  const hrefOf = getter(URL.prototype, 'href');
  const paramsToText = URLSearchParams.prototype.toString;
  const entriesOf = FormData.prototype.entries;
  const { stringify } = JSON;
  const Url = URL;
  const Asked = Request;
  const Params = URLSearchParams;
  const Form = FormData;
  const Bytes = ArrayBuffer;
  const Octets = Uint8Array;
  const File = Blob;
  const { isView } = ArrayBuffer;
  const Decoder = TextDecoder;
  const Weak = WeakMap;
  const Sender = MessageChannel;
  const base = location.href;

  /** Runs `f`; what goes wrong in it is ours alone. @param {() => void} f */
  const quietly = (f) => {
    try {
      f();
    } catch {
      failed += 1;
    }
  };
  let failed = 0;

  // --- The way out: one port, with as much under way as the other end takes.

  const channel = new Sender();
  const port = channel.port1;
  let underWay = 0;
  let dropped = 0;
  apply(addEventListener, port, [
    'message',
    (/** @type {MessageEvent} */ event) => {
      quietly(() => {
        const taken = apply(dataOf, event, []);
        if (typeof taken === 'number') underWay -= taken;
      });
    },
  ]);
  apply(start, port, []);
  // To this window alone; a page in a sandbox has no origin to name.
  apply(window.postMessage, window, ['vigil', '*', [channel.port2]]);

  /** @param {Record<string, unknown>} said @param {string} [text] */
  const tell = (said, text) => {
    const size = text === undefined ? 64 : text.length + 64;
    // An end always goes: what has begun is waited for on the other side.
    if (said.kind !== 'end' && underWay + size > UNDER_WAY) {
      dropped += 1;
      return false;
    }
    underWay += size;
    const parcel = { ...said, text, size, dropped, failed };
    apply(post, port, [parcel]);
    return true;
  };

  /** What `of` itself holds under `name`, without running anything of the page's. @param {any} of @param {string} name */
  const own = (of, name) => {
    if (of === null || typeof of !== 'object') return undefined;
    return getOwnPropertyDescriptor(of, name)?.value;
  };

  /** The address, if it is one of those that are copied. @param {unknown} given */
  const endpoint = (given) => {
    if (typeof given !== 'string' && !(given instanceof Url)) return undefined;
    const url = new Url(typeof given === 'string' ? given : apply(hrefOf, given, []), base);
    const name = apply(hostOf, url, []);
    if (name !== host) return undefined;
    return apply(exec, wanted, [apply(pathOf, url, [])]) === null ? undefined : apply(hrefOf, url, []);
  };

  let last = 0;
  const next = () => (last += 1);

  /** The first bytes of `body`, not copied. @param {any} body @param {number} most */
  const beginning = (body, most) => {
    if (body instanceof Bytes) {
      const length = apply(lengthOfBuffer, body, []);
      return new Octets(body, 0, length < most ? length : most);
    }
    const of = apply(nameOfTyped, body, []) === undefined ? ofView : ofTyped;
    const length = apply(of.length, body, []);
    return new Octets(apply(of.buffer, body, []), apply(of.at, body, []), length < most ? length : most);
  };

  /** @param {unknown} body what was sent, as far as it is text */
  const bodyText = (body) => {
    let text;
    if (typeof body === 'string') text = body;
    else if (body instanceof Params) text = apply(paramsToText, body, []);
    else if (body instanceof Form) {
      /** @type {Record<string, string>} */
      const fields = {};
      const entries = apply(entriesOf, body, []);
      for (let step = entries.next(); !step.done; step = entries.next()) {
        const name = step.value[0];
        const value = step.value[1];
        if (typeof value === 'string') fields[name] = value;
      }
      text = stringify(fields);
    } else if (body instanceof Bytes || isView(body)) {
      text = apply(decode, new Decoder(), [beginning(body, LONGEST_BODY)]);
    }
    return text === undefined ? undefined : apply(slice, text, [0, LONGEST_BODY]);
  };

  /** @param {string} via @param {string} method @param {string} url @param {string} [body] */
  const begin = (via, method, url, body) => {
    const id = next();
    let told = 0;
    // What was not announced is not told.
    let over = !tell({ kind: 'request', id, via, method, url }, body);
    return {
      id,
      /** @param {string} text */
      chunk(text) {
        if (over || text === '') return;
        told += text.length;
        if (told > LONGEST) {
          over = true;
          tell({ kind: 'end', id, how: 'too-large' });
          return;
        }
        if (tell({ kind: 'chunk', id }, text)) return;
        // With a gap in it it ends here.
        over = true;
        tell({ kind: 'end', id, how: 'cut' });
      },
      /** @param {string} how @param {number} [status] */
      end(how, status) {
        if (over) return;
        over = true;
        tell({ kind: 'end', id, how, status });
      },
      isOver: () => over,
    };
  };

  // --- Names and texts of what is replaced stay those of the originals.

  const originals = new Weak();
  /** @param {any} of @param {string} name @param {ProxyHandler<any>} handler */
  const replace = (of, name, handler) => {
    const old = getOwnPropertyDescriptor(of, name);
    if (old === undefined || typeof old.value !== 'function' || !old.configurable) return undefined;
    const proxy = new Proxy(old.value, handler);
    apply(mapSet, originals, [proxy, old.value]);
    defineProperty(of, name, { ...old, value: proxy });
    return proxy;
  };
  replace(Function.prototype, 'toString', {
    apply: (target, self, args) => {
      const known = typeof self === 'function' ? apply(mapGet, originals, [self]) : undefined;
      return apply(toText, known ?? self, args);
    },
  });

  // --- fetch

  /** Readers of ours, by the page's stream and by its reader: what it cancels, we cancel. */
  const ours = new Weak();

  /** @param {Response} response @param {ReturnType<typeof begin>} exchange */
  const follow = (response, exchange) => {
    const status = apply(statusOf, response, []);
    const theirs = apply(bodyOf, response, []);
    if (theirs === null) {
      exchange.end('done', status);
      return;
    }
    const copy = apply(clone, response, []);
    const reader = apply(getReader, apply(bodyOf, copy, []), []);
    // `clone` has given the response a new body.
    apply(mapSet, ours, [apply(bodyOf, response, []), { reader, exchange }]);
    const decoder = new Decoder();
    const step = () => {
      apply(then, apply(read, reader, []), [
        (/** @type {{ done: boolean, value: Uint8Array }} */ { done, value }) => {
          quietly(() => {
            if (done) {
              exchange.chunk(apply(decode, decoder, []));
              exchange.end('done', status);
              return;
            }
            exchange.chunk(apply(decode, decoder, [value, { stream: true }]));
            if (exchange.isOver()) apply(then, apply(cancelReader, reader, []), [undefined, () => {}]);
            else step();
          });
        },
        () => quietly(() => exchange.end('aborted', status)),
      ]);
    };
    step();
  };

  /** @param {any} self a stream or a reader of the page's that it gives up */
  const givenUp = (self) => {
    const followed = apply(mapGet, ours, [self]);
    if (followed === undefined) return;
    followed.exchange.end('aborted');
    apply(then, apply(cancelReader, followed.reader, []), [undefined, () => {}]);
  };
  replace(ReadableStream.prototype, 'getReader', {
    apply: (target, self, args) => {
      const reader = apply(target, self, args);
      quietly(() => {
        const followed = apply(mapGet, ours, [self]);
        if (followed !== undefined) apply(mapSet, ours, [reader, followed]);
      });
      return reader;
    },
  });
  for (const proto of [ReadableStream.prototype, ReadableStreamDefaultReader.prototype]) {
    replace(proto, 'cancel', {
      apply: (target, self, args) => {
        quietly(() => givenUp(self));
        return apply(target, self, args);
      },
    });
  }

  replace(window, 'fetch', {
    apply: (target, self, args) => {
      /** @type {ReturnType<typeof begin> | undefined} */
      let exchange;
      quietly(() => {
        const input = args[0];
        const init = args[1];
        const request = input instanceof Asked ? input : undefined;
        const url = endpoint(request === undefined ? input : apply(urlOfRequest, request, []));
        if (url === undefined) return;
        const asked = own(init, 'method');
        const method = typeof asked === 'string' ? asked : request === undefined ? 'GET' : apply(methodOfRequest, request, []);
        const sent = own(init, 'body');
        exchange = begin('fetch', method, url, bodyText(sent));
        const isBlob = sent instanceof File;
        if (isBlob || (request !== undefined && (sent === undefined || sent === null))) {
          const { id } = exchange;
          const text = isBlob
            ? apply(textOfBlob, apply(sliceOfBlob, sent, [0, LONGEST_BODY]), [])
            : apply(textOfRequest, apply(cloneRequest, request, []), []);
          apply(then, text, [
            (/** @type {string} */ whole) => {
              quietly(() => tell({ kind: 'body', id }, apply(slice, whole, [0, LONGEST_BODY])));
            },
            () => {},
          ]);
        }
      });
      const answer = apply(target, self, args);
      const copied = exchange;
      if (copied === undefined) return answer;
      return apply(then, answer, [
        (/** @type {Response} */ response) => {
          quietly(() => follow(response, copied));
          return response;
        },
        (/** @type {unknown} */ error) => {
          quietly(() => copied.end('aborted'));
          throw error;
        },
      ]);
    },
  });

  // --- XMLHttpRequest

  const asked = new Weak();
  replace(XMLHttpRequest.prototype, 'open', {
    apply: (target, self, args) => {
      const answer = apply(target, self, args);
      quietly(() => {
        // What was under way is given up with this.
        apply(mapGet, asked, [self])?.exchange?.end('aborted');
        const url = typeof args[0] === 'string' ? endpoint(args[1]) : undefined;
        apply(mapSet, asked, [self, url === undefined ? undefined : { method: args[0], url, exchange: undefined }]);
      });
      return answer;
    },
  });
  replace(XMLHttpRequest.prototype, 'send', {
    apply: (target, self, args) => {
      quietly(() => {
        const asking = apply(mapGet, asked, [self]);
        if (asking === undefined) return;
        const exchange = begin('xhr', asking.method, asking.url, bodyText(args[0]));
        asking.exchange = exchange;
        let told = 0;
        const more = () => {
          if (exchange.isOver()) return;
          const type = apply(typeOfXhr, self, []);
          if (type !== '' && type !== 'text') return;
          const text = apply(textOfXhr, self, []);
          if (text.length > told) exchange.chunk(apply(slice, text, [told]));
          told = text.length;
        };
        apply(addEventListener, self, ['progress', () => quietly(more)]);
        /** @param {string} event @param {string} how */
        const over = (event, how) => {
          const onEnd = () => {
            if (exchange.isOver()) return;
            more();
            const type = apply(typeOfXhr, self, []);
            const whole = how === 'done' ? apply(responseOfXhr, self, []) : undefined;
            if (type === 'json' && whole !== undefined) exchange.chunk(stringify(whole));
            if (type === 'arraybuffer' && whole) exchange.chunk(apply(decode, new Decoder(), [whole]));
            exchange.end(how, apply(statusOfXhr, self, []));
          };
          apply(addEventListener, self, [event, (/** @type {Event} */ { isTrusted }) => isTrusted && quietly(onEnd)]);
        };
        over('load', 'done');
        over('abort', 'aborted');
        over('error', 'aborted');
        over('timeout', 'aborted');
      });
      return apply(target, self, args);
    },
  });

  // --- WebSocket and EventSource: followed from their making.

  const sockets = new Weak();
  /** What ends each event source here. */
  const streams = new Weak();
  /** The state of an event source that does not connect again. */
  const CLOSED = 2;
  let followed = 0;

  /** @param {'WebSocket' | 'EventSource'} name @param {(made: any, url: string) => void} onto */
  const constructed = (name, onto) => {
    const proto = window[name].prototype;
    const proxy = replace(window, name, {
      construct: (target, args, self) => {
        const made = construct(target, args, self === proxy ? target : self);
        quietly(() => {
          const url = endpoint(args[0]);
          if (url === undefined) return;
          if (followed >= FOLLOWED) {
            dropped += 1;
            return;
          }
          followed += 1;
          onto(made, url);
        });
        return made;
      },
    });
    const old = getOwnPropertyDescriptor(proto, 'constructor');
    if (proxy !== undefined && old !== undefined) defineProperty(proto, 'constructor', { ...old, value: proxy });
  };

  /** @param {MessageEvent} event @param {(text: string) => void} use */
  const message = (event, use) => {
    // The page can make events, too. This property no script can change.
    if (!event.isTrusted) return;
    const data = apply(dataOf, event, []);
    if (typeof data === 'string') use(data);
    else if (data instanceof Bytes) use(apply(decode, new Decoder(), [data]));
  };

  constructed('WebSocket', (socket, url) => {
    const id = next();
    tell({ kind: 'request', id, via: 'socket', method: 'GET', url });
    apply(mapSet, sockets, [socket, id]);
    apply(addEventListener, socket, [
      'message',
      (/** @type {MessageEvent} */ event) => {
        quietly(() => message(event, (text) => tell({ kind: 'in', id }, apply(slice, text, [0, LONGEST]))));
      },
    ]);
    apply(addEventListener, socket, [
      'close',
      (/** @type {Event} */ { isTrusted }) => {
        if (!isTrusted) return;
        followed -= 1;
        quietly(() => tell({ kind: 'end', id, how: 'done' }));
      },
    ]);
  });
  replace(WebSocket.prototype, 'send', {
    apply: (target, self, args) => {
      const answer = apply(target, self, args);
      quietly(() => {
        const id = apply(mapGet, sockets, [self]);
        const text = id === undefined ? undefined : bodyText(args[0]);
        if (text !== undefined) tell({ kind: 'out', id }, text);
      });
      return answer;
    },
  });
  constructed('EventSource', (source, url) => {
    const exchange = begin('events', 'GET', url);
    for (const name of ['message', 'delta', 'done']) {
      apply(addEventListener, source, [
        name,
        (/** @type {MessageEvent} */ event) => {
          quietly(() => message(event, (text) => exchange.chunk(`event: ${name}\ndata: ${text}\n\n`)));
        },
      ]);
    }
    const over = () => {
      if (apply(mapGet, streams, [source]) === undefined) return;
      apply(mapSet, streams, [source, undefined]);
      followed -= 1;
      exchange.end('done');
    };
    apply(mapSet, streams, [source, over]);
    // One that is cut connects again by itself, unless it is closed.
    const onError = (/** @type {Event} */ { isTrusted }) => isTrusted && apply(stateOfEvents, source, []) === CLOSED && over();
    apply(addEventListener, source, ['error', (/** @type {Event} */ event) => quietly(() => onError(event))]);
  });
  replace(EventSource.prototype, 'close', {
    apply: (target, self, args) => {
      const answer = apply(target, self, args);
      quietly(() => apply(mapGet, streams, [self])?.());
      return answer;
    },
  });
})();
