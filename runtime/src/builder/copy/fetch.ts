// ADD of an http address: into a file, with its digest.

import type { HttpResponse, Host } from '../../host/host.ts';
import { spaceGuard } from '../../host/space-guard.ts';
import { EngineError } from '../../spec/errors.ts';
import type { SourceEntry } from '../contract.ts';
import { parentPath } from '../sources/entry-tree.ts';
import { get, parseAddress } from '../sources/http.ts';
import { looseFile } from './loose-file.ts';

export interface FetchOptions {
  /** File for the content; it is the caller's to remove. */
  readonly path: string;
  /** `sha256:…` or `sha512:…` that it must have. */
  readonly checksum: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Its name is the last part of the address's path, `''` where there is none; its time is the server's.
 * @throws EngineError invalidParameter for an address or a checksum that is not right, system when it cannot be fetched
 */
export async function fetchFile(host: Host, address: string, options: FetchOptions): Promise<SourceEntry> {
  const first = parseAddress(address);
  const checksum = parseChecksum(options.checksum);
  const response = await get(host.http, first, options.signal);
  const content = await store(host, response, options, checksum?.algorithm === 'sha512');
  if (checksum !== undefined && content.checked !== options.checksum) {
    throw new EngineError('invalidParameter', `digest mismatch ${content.checked}: ${options.checksum}`);
  }
  return looseFile({
    name: nameOf(first),
    mode: 0o600,
    size: content.size,
    mtimeNs: timeOf(response.headers['last-modified']),
    digest: content.digest,
    read: () => host.files.stream(options.path),
  });
}

function parseChecksum(text: string | undefined): { readonly algorithm: string } | undefined {
  if (text === undefined) return undefined;
  if (/^sha256:[a-f0-9]{64}$/.test(text)) return { algorithm: 'sha256' };
  if (/^sha512:[a-f0-9]{128}$/.test(text)) return { algorithm: 'sha512' };
  throw new EngineError(
    'invalidParameter',
    `--checksum ${JSON.stringify(text)} is no digest: write sha256: and 64 hexadecimal digits`,
  );
}

interface Stored {
  readonly size: number;
  readonly digest: string;
  /** By the algorithm of the checksum. */
  readonly checked: string;
}

async function store(host: Host, response: HttpResponse, options: FetchOptions, isLong: boolean): Promise<Stored> {
  const hasher = host.codec.hasher('sha256');
  const long = isLong ? host.codec.hasher('sha512') : undefined;
  const reserve = spaceGuard(host.files, parentPath(options.path));
  await using file = await host.files.create(options.path, { mode: 0o600 });
  let size = 0;
  for await (const chunk of response.body) {
    options.signal.throwIfAborted();
    await reserve(chunk.length);
    hasher.update(chunk);
    long?.update(chunk);
    size += chunk.length;
    await file.write(chunk);
  }
  const digest = `sha256:${hasher.hex()}`;
  return { size, digest, checked: long === undefined ? digest : `sha512:${long.hex()}` };
}

function nameOf(url: URL): string {
  const last = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  let name: string;
  try {
    name = decodeURIComponent(last);
  } catch {
    // Not text in UTF-8: as it is written.
    name = last;
  }
  return name === '.' || name === '..' || /[/\0]/.test(name) ? last : name;
}

function timeOf(lastModified: string | undefined): bigint {
  const ms = Date.parse(lastModified ?? '');
  return Number.isNaN(ms) || ms < 0 ? 0n : BigInt(ms) * 1_000_000n;
}
