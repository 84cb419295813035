// A registry of one image that does to its clients what the test says.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { type ServerOptions, createServer as createTlsServer } from 'node:https';
import { gzipSync } from 'node:zlib';
import { tarOf } from '../helpers/busybox-image.ts';

export interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers a request itself by returning true. */
export type Trick = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean;

export interface Adversary extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly address: string;
  readonly seen: Seen[];
  readonly blobs: Map<string, Blob>;
  /** By tag and digest. */
  readonly manifests: Map<string, { readonly type: string; readonly bytes: Buffer }>;
  readonly layer: Blob;
  readonly config: Blob;
  trick: Trick | undefined;
  /** Serves a document under a tag and its digest. @returns the digest */
  publish(tag: string, document: unknown, type?: string): string;
}

export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';

export function blobOf(data: Uint8Array | string): Blob {
  const bytes = Buffer.from(data);
  return { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}

/** @param size bytes of random content in the only layer @param tls to speak it */
export async function startAdversary(size = 300_000, tls?: ServerOptions): Promise<Adversary> {
  const content = Buffer.alloc(size);
  for (let at = 0; at < size; at++) content[at] = (at * 7919) % 251;
  const tar = Buffer.from(await tarOf({ file: content.toString('latin1') }));
  const layer = blobOf(gzipSync(tar, { level: 0 }));
  const diffId = blobOf(tar).digest;
  const config = blobOf(
    JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [diffId] } }),
  );
  const blobs = new Map([layer, config].map((blob) => [blob.digest, blob]));
  const manifests = new Map<string, { readonly type: string; readonly bytes: Buffer }>();
  const seen: Seen[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(parts).toString() });
      const target = new URL(url, 'http://x');
      if (adversary.trick?.(request, response, target) !== true) serve(adversary, request, response, target);
    });
  };
  const server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const listening = server.address();
  if (listening === null || typeof listening === 'string') throw new Error('no address');
  const adversary: Adversary = {
    address: `127.0.0.1:${listening.port}`,
    seen,
    blobs,
    manifests,
    layer,
    config,
    trick: undefined,
    publish(tag, document, type = ociManifest) {
      const { bytes, digest } = blobOf(JSON.stringify(document));
      manifests.set(tag, { type, bytes });
      manifests.set(digest, { type, bytes });
      return digest;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  adversary.publish('good', manifestOf(adversary));
  return adversary;
}

/** The true manifest, with changes. */
export function manifestOf(adversary: Pick<Adversary, 'layer' | 'config'>, change: object = {}): object {
  const { layer, config } = adversary;
  return {
    schemaVersion: 2,
    mediaType: ociManifest,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: config.digest,
      size: config.bytes.length,
    },
    layers: [
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest: layer.digest,
        size: layer.bytes.length,
      },
    ],
    ...change,
  };
}

function serve(adversary: Adversary, request: IncomingMessage, response: ServerResponse, url: URL): void {
  const manifest = /\/manifests\/([^/]+)$/.exec(url.pathname);
  const blob = adversary.blobs.get(/\/blobs\/([^/]+)$/.exec(url.pathname)?.[1] ?? '');
  if (manifest !== null) {
    const found = adversary.manifests.get(manifest[1] ?? '');
    if (found === undefined) return refuse(response, 404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    response.writeHead(200, { 'content-type': found.type, 'content-length': found.bytes.length });
    response.end(found.bytes);
    return;
  }
  if (blob === undefined) return refuse(response, 404, 'BLOB_UNKNOWN', 'blob unknown');
  sendBlob(request, response, blob);
}

/** With ranges, and at most `most` bytes before the connection breaks. */
export function sendBlob(request: IncomingMessage, response: ServerResponse, blob: Blob, most = Infinity): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const rest = blob.bytes.subarray(start);
  const range = start === 0 ? {} : { 'content-range': `bytes ${start}-${blob.bytes.length - 1}/${blob.bytes.length}` };
  response.writeHead(start === 0 ? 200 : 206, { 'content-length': rest.length, ...range });
  if (most >= rest.length) response.end(rest);
  else response.write(rest.subarray(0, most), () => response.destroy());
}

export function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}
