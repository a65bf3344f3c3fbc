// A door in front of Vigil that breaks answers off: what it cuts sends half of its body and hangs up.

import { createServer, request } from 'node:http';

/**
 * @param {import('./home.js').Home} home
 * @param {(path: string) => boolean} cuts  Asked anew for each answer.
 */
export async function cutter(home, cuts) {
  const behind = new URL(home.ready.dashboard);
  const server = createServer((asked, answer) => {
    const headers = { ...asked.headers, host: behind.host };
    if (headers.origin) headers.origin = behind.origin;
    const { hostname, port } = behind;
    const options = { hostname, port, path: asked.url, method: asked.method, headers, agent: false };
    const passed = request(options, (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers);
      if (!cuts(asked.url ?? '')) return void from.pipe(answer);
      /** @type {Buffer[]} */
      const parts = [];
      from.on('data', (part) => parts.push(part));
      from.on('end', () => {
        const body = Buffer.concat(parts);
        // Hung up only when the half is on its way, or there would be no answer at all.
        answer.write(body.subarray(0, body.length / 2), () => answer.destroy());
      });
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  // @ts-expect-error it listens on a port
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    ready: { ...home.ready, dashboard: origin, login_url: home.ready.login_url.replace(behind.origin, origin) },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
