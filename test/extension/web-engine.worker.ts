// A worker that speaks as the engine of a browser does, and dies when it is told to.

import { parentPort } from 'node:worker_threads';
import type { InProcessAnswer, InProcessRequest } from '../../runtime/src/api/in-process.ts';
import type { FromEngine, ToEngine } from '../../runtime/src/web/protocol.ts';
import { serveRequest } from '../../runtime/src/web/serve.ts';
import { transpilerBy } from '../../runtime/src/web/transpiler-port.ts';
import type { TranspilerFiles } from '../../runtime/src/web/client.ts';

const post = (message: FromEngine) => parentPort?.postMessage(message);
const lists: Readonly<Record<string, unknown>> = {
  '/containers/json': [],
  '/images/json': [{ Id: 'sha256:1', RepoTags: ['kept:1'], Size: 1, Created: 0 }],
  '/volumes': { Volumes: [] },
  '/networks': [],
};

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
  await Promise.resolve();
}

async function* forever(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('{"Type":"image","Action":"pull"}\n');
  await new Promise<never>(() => undefined);
}

async function api({ method, url }: InProcessRequest): Promise<InProcessAnswer> {
  const path = new URL(url, 'worker://coracle').pathname.replace(/^\/v[\d.]+/, '');
  const headers = { 'content-type': 'application/json', 'api-version': '1.51' };
  if (path === '/die/unheard') process.exit(0);
  if (path === '/pause') setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000), 20);
  if (path === '/compute') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (path === '/die/of-an-error') setImmediate(() => fail());
  if (path.startsWith('/die') || path === '/never') return await new Promise<never>(() => undefined);
  if (path === '/events') return { status: 200, headers, body: forever() };
  if (path === '/transpiler') return { status: 200, headers, body: once(JSON.stringify(await transpilerFiles())) };
  if (path === '/_ping') return { status: 200, headers, body: once(method === 'HEAD' ? '' : 'OK') };
  return { status: 200, headers, body: once(JSON.stringify(lists[path])) };
}

let transpiler: (() => Promise<TranspilerFiles>) | undefined;

/** What was brought, as text, or why nothing was. */
async function transpilerFiles(): Promise<unknown> {
  try {
    const { script, modules } = (await transpiler?.()) ?? {};
    const texts = Object.entries(modules ?? {}).map(async ([name, blob]) => [name, await textOf(blob)]);
    return { script: await textOf(script), modules: Object.fromEntries(await Promise.all(texts)) as unknown };
  } catch (error) {
    return (error as Error).message;
  }
}

async function textOf(blob: unknown): Promise<unknown> {
  return blob instanceof Blob ? await blob.text() : blob;
}

function fail(): never {
  throw new Error('out of order');
}

parentPort?.on('message', (message: ToEngine) => {
  if (message.kind === 'start') {
    post({ kind: 'begun' });
    if (message.store === 'dies at once') process.exit(0);
    transpiler = message.transpilerPort && transpilerBy(message.transpilerPort);
    post({ kind: 'started', isIsolated: true });
  } else if (message.kind === 'request') void serveRequest(api, message);
  else post({ kind: 'ended' });
});
