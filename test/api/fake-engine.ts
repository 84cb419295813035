// An engine in memory, for tests of the API alone: what a test does not give is refused loudly.

import { createApiServer, type ApiOptions } from '../../runtime/src/api/server.ts';
import { Router } from '../../runtime/src/api/router.ts';
import { routes } from '../../runtime/src/api/routes.ts';
import type { AttachSession, Containers } from '../../runtime/src/spec/engine/containers.ts';
import type { Files } from '../../runtime/src/spec/engine/files.ts';
import type { Images } from '../../runtime/src/spec/engine/images.ts';
import type { Networks } from '../../runtime/src/spec/engine/networks.ts';
import type { Engine, System } from '../../runtime/src/spec/engine/system.ts';
import type { Builds } from '../../runtime/src/spec/engine/builds.ts';
import type { Volumes } from '../../runtime/src/spec/engine/volumes.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { frame } from '../../runtime/src/spec/stream/multiplex.ts';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

export interface Parts {
  readonly containers?: Partial<Containers>;
  readonly images?: Partial<Images>;
  readonly networks?: Partial<Networks>;
  readonly volumes?: Partial<Volumes>;
  readonly builds?: Partial<Builds>;
  readonly system?: Partial<System>;
  /** Of every noun. */
  readonly files?: Partial<Files>;
}

function only<T extends object>(noun: string, part: Partial<T>): T {
  return new Proxy(part, {
    get: (target, name) => {
      if (Object.hasOwn(target, name)) return Reflect.get(target, name) as unknown;
      throw new Error(`the test gives no ${noun}.${String(name)}`);
    },
  }) as T;
}

export function fakeEngine(parts: Parts): Engine {
  const files = only<Files>('files', parts.files ?? {});
  return {
    containers: only<Containers>('containers', parts.containers ?? {}),
    images: only<Images>('images', parts.images ?? {}),
    networks: only<Networks>('networks', parts.networks ?? {}),
    volumes: only<Volumes>('volumes', parts.volumes ?? {}),
    builds: only<Builds>('builds', parts.builds ?? {}),
    system: only<System>('system', parts.system ?? {}),
    files: { containers: files, volumes: files, images: files },
  };
}

export interface TestServer extends AsyncDisposable {
  readonly path: string;
  readonly api: ReturnType<typeof createApiServer>;
  /** Sends text and gives all that came until the server closed or, with `until`, until that was seen. */
  exchange(request: string, options?: { readonly later?: string; readonly until?: string }): Promise<string>;
  open(): Socket;
}

const noTunnels: ApiOptions['tunnels'] = {
  grpc: () => Promise.reject(new Error('no gRPC in this test')),
  session: () => Promise.reject(new Error('no sessions in this test')),
  build: () => {
    throw new Error('no builds in this test');
  },
};

export async function serve(parts: Parts, options: Partial<ApiOptions> = {}): Promise<TestServer> {
  const folder = mkdtempSync('/tmp/f-api-');
  const path = `${folder}/s`;
  const router = new Router(routes);
  const settings = { engine: fakeEngine(parts), router, logger: silentLogger, version: '0', tunnels: noTunnels };
  const api = createApiServer({ ...settings, ...options });
  api.server.listen(path);
  await once(api.server, 'listening');
  const open = (): Socket => connect({ path, allowHalfOpen: true });
  return {
    path,
    api,
    open,
    exchange: (request, { later, until } = {}) => exchange(open(), request, later, until),
    async [Symbol.asyncDispose]() {
      api.server.close();
      api.server.closeAllConnections();
      rmSync(folder, { recursive: true });
      await Promise.resolve();
    },
  };
}

/** A request's head and body as text; the connection closes behind the reply. */
export function request(
  method: string,
  path: string,
  body = '',
  headers: Readonly<Record<string, string>> = {},
): string {
  const all = {
    Host: 'engine',
    Connection: 'close',
    ...(body === '' ? {} : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

export const upgrade = { Connection: 'Upgrade', Upgrade: 'tcp' };

async function exchange(socket: Socket, text: string, later?: string, until?: string): Promise<string> {
  let seen = '';
  const over = Promise.withResolvers<void>();
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    if (seen === '' && later !== undefined) socket.end(later, 'latin1');
    seen += chunk;
    if (until !== undefined && seen.includes(until)) over.resolve();
  });
  socket.on('end', over.resolve).on('error', over.reject);
  socket.write(text, 'latin1');
  try {
    await over.promise;
  } finally {
    socket.destroy();
  }
  return seen;
}

/** A process that says back what it is told on stdout, and `done` when its stdin has ended. */
export function echoSession(tty = false): AttachSession & { readonly isClosed: () => boolean } {
  const queue: Uint8Array[] = [];
  let wake = (): void => undefined;
  let ended = false;
  let closed = false;
  const encode = (bytes: Uint8Array): Uint8Array => (tty ? bytes : frame(1, bytes));
  const push = (bytes: Uint8Array): void => {
    queue.push(encode(bytes));
    wake();
  };
  async function* output(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = queue.shift();
      if (next !== undefined) yield next;
      else if (ended || closed) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return {
    tty,
    output: output(),
    write: (chunk) => Promise.resolve(push(Uint8Array.from(chunk))),
    endInput: async () => {
      push(Buffer.from('done'));
      ended = true;
      wake();
      await Promise.resolve();
    },
    close: () => {
      closed = true;
      wake();
    },
    isClosed: () => closed,
  };
}
