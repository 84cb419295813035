// A server of the demo page and of the engine's scripts, for one test, with or without what isolates a page from other origins.

import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import * as esbuild from 'esbuild';
import { root } from '../helpers/paths.ts';

const page = join(import.meta.dirname, 'page');
const dist = join(root, 'runtime/dist');

/** Name on the site -> file. */
const files = new Map([
  ['', join(page, 'index.html')],
  ['xterm.css', join(root, 'node_modules/@xterm/xterm/css/xterm.css')],
  ...[
    'coracle-web-engine.js',
    'coracle-web-thread.js',
    'coracle-web-transpiler.js',
    'js-component-bindgen-component.core.wasm',
    'js-component-bindgen-component.core2.wasm',
    'coracle-wasi.tar',
  ].map((name): [string, string] => [name, join(dist, name)]),
]);

const types: Readonly<Record<string, string>> = {
  html: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  wasm: 'application/wasm',
};

/** https://html.spec.whatwg.org/multipage/browsers.html#cross-origin-isolation */
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export interface Site extends AsyncDisposable {
  readonly url: string;
}

export async function serveSite({ isIsolated }: { readonly isIsolated: boolean }): Promise<Site> {
  const script = await bundle();
  const headers = isIsolated ? isolation : {};
  const server = createServer((request, response) => {
    const name = basename(new URL(request.url ?? '/', 'http://site').pathname);
    send(name, script, response.setHeaders(new Headers(headers))).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function send(name: string, script: Uint8Array, response: ServerResponse): Promise<void> {
  const file = files.get(name);
  if (file === undefined && name !== 'page.js') {
    response.writeHead(404).end();
    return;
  }
  const body = file === undefined ? script : await readFile(file);
  const ending = file === undefined ? 'js' : (file.split('.').at(-1) ?? '');
  response.writeHead(200, { 'Content-Type': types[ending] ?? 'application/octet-stream' }).end(body);
}

async function bundle(): Promise<Uint8Array> {
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(page, 'page.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2024',
    logLevel: 'warning',
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}
