// What stands before a VS Code server so that its windows are cross-origin isolated, as some that serve VS Code for the Web make them.

import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** https://html.spec.whatwg.org/multipage/browsers.html#cross-origin-isolation */
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export interface Isolating extends AsyncDisposable {
  readonly url: string;
}

/** @param target address of the server, on loopback */
export async function isolating(target: string): Promise<Isolating> {
  const { hostname, port } = new URL(target);
  const server = createServer((asked, answer) => {
    const { method, url: path = '/', headers } = asked;
    const forwarded = request({ hostname, port, method, path, headers }, (response) => {
      const { pathname, searchParams } = new URL(path, target);
      // The window, and what an isolated one asks to be isolated of what it loads.
      const isWanted = pathname === '/' || searchParams.has('vscode-coi');
      answer.writeHead(response.statusCode ?? 502, { ...response.headers, ...(isWanted ? isolation : {}) });
      response.pipe(answer);
    });
    forwarded.on('error', () => answer.destroy());
    asked.pipe(forwarded);
  });
  const open = new Set<Duplex>();
  server.on('upgrade', (asked, socket, head) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    const inner = connect(Number(port), hostname, () => {
      const lines = asked.rawHeaders.flatMap((text, at, all) =>
        at % 2 === 0 ? [`${text}: ${all[at + 1] ?? ''}`] : [],
      );
      inner.write(`${asked.method ?? 'GET'} ${asked.url ?? '/'} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      inner.write(head);
      inner.pipe(socket).pipe(inner);
    });
    for (const [one, other] of [
      [inner, socket],
      [socket, inner],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      // Those that were taken over are no longer the server's.
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
