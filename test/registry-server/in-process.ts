// The registry in this process over a folder of its own, and what its replies hold, as `await using registry = await openTemp()`.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { type RegistryServerOptions, openRegistryServer } from '../../runtime/src/registry-server/server.ts';
import { streamOf } from '../../runtime/src/spec/bytes.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
  readonly json: () => unknown;
  /** The codes of the errors that it names. */
  readonly codes: () => readonly string[];
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Chunks are sent without their length being known. */
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array>;
  readonly client?: string;
}

export type Ask = (method: string, url: string, options?: AskOptions) => Promise<Answer>;

export interface TempRegistry extends AsyncDisposable {
  readonly root: string;
  readonly ask: Ask;
  collect(ageMs: number): Promise<number>;
  /** Ends it and opens its folder again. */
  reopen(): Promise<void>;
}

export async function openTemp(options: Partial<RegistryServerOptions> = {}): Promise<TempRegistry> {
  const folder = await makeTempFolder();
  const root = options.root ?? folder.path;
  const open = () =>
    openRegistryServer({
      host: createNodeHost(),
      logger: silentLogger,
      readOnly: false,
      allowDelete: true,
      ...options,
      root,
    });
  let server = await open();
  return {
    root,
    ask: async (method, url, { headers = {}, body, client = '127.0.0.1' } = {}) => {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      const known = bytes === undefined || bytes instanceof Uint8Array;
      const reply = await server.handle({
        method,
        url,
        header: (name) => headers[name],
        bodyLength: known ? (bytes?.length ?? 0) : undefined,
        body: known ? streamOf(bytes ?? new Uint8Array(0)) : bytes,
        client,
        signal: new AbortController().signal,
      });
      const chunks: Uint8Array[] = [];
      for await (const chunk of reply.body ?? []) chunks.push(chunk);
      return answer(reply.status, reply.headers, Buffer.concat(chunks), method);
    },
    collect: (ageMs) => server.collect(ageMs),
    async reopen() {
      await server[Symbol.asyncDispose]();
      server = await open();
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function answer(status: number, headers: Readonly<Record<string, string>>, body: Buffer, method: string): Answer {
  const byName = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const length = byName.get('content-length');
  if (method !== 'HEAD' && length !== undefined) assert.equal(body.length, Number(length), 'Content-Length');
  const json = (): unknown => JSON.parse(body.toString());
  return {
    status,
    header: (name) => byName.get(name.toLowerCase()),
    body,
    json,
    codes: () => (json() as { errors: { code: string }[] }).errors.map(({ code }) => code),
  };
}

export type Algorithm = 'sha256' | 'sha512';

export function digestOf(bytes: Uint8Array | string, algorithm: Algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** Bytes that no other test has. */
export function someBytes(size = 1000): Buffer {
  return randomBytes(size);
}

/** @returns its digest */
export async function pushBlob(ask: Ask, repository: string, bytes: Uint8Array | string): Promise<string> {
  const digest = digestOf(bytes);
  const { status } = await ask('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, { body: bytes });
  assert.equal(status, 201);
  return digest;
}

export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export const descriptor = (mediaType: string, bytes: Uint8Array | string): Descriptor => ({
  mediaType,
  digest: digestOf(bytes),
  size: Buffer.byteLength(bytes),
});

/** An image of one layer, whose blobs have been pushed. @param more fields of its manifest */
export async function makeImage(
  ask: Ask,
  repository: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const layer = someBytes();
  const config = JSON.stringify({ os: 'linux', architecture: 'amd64', about: digestOf(layer) });
  await pushBlob(ask, repository, layer);
  await pushBlob(ask, repository, config);
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: ociManifest,
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer)],
    ...more,
  });
}

/** Pushes a manifest, and expects it to be taken. @returns its digest */
export async function pushManifest(
  ask: Ask,
  repository: string,
  manifest: string,
  { target = digestOf(manifest), type = ociManifest }: { readonly target?: string; readonly type?: string } = {},
): Promise<string> {
  const { status, body } = await ask('PUT', `/v2/${repository}/manifests/${target}`, {
    headers: { 'content-type': type },
    body: manifest,
  });
  assert.equal(status, 201, body.toString());
  return digestOf(manifest);
}
