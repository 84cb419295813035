// ADD of an http address: fetched by the engine itself, without credentials, into a file. What the address leads to by redirects may not
// be a place that only this machine reaches: metadata services and what listens on loopback are not for Dockerfiles of strangers.

import type { HttpResponse, Host } from '../../host/host.ts';
import { spaceGuard } from '../../host/space-guard.ts';
import { EngineError, isKind, messageOf } from '../../spec/errors.ts';
import type { SourceEntry } from '../contract.ts';
import { parentPath } from '../sources/entry-tree.ts';
import { looseFile } from './loose-file.ts';

const maximumRedirects = 10;

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
  const first = parse(address);
  const checksum = parseChecksum(options.checksum);
  const response = await follow(host, first, options.signal);
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

async function follow(host: Host, first: URL, signal: AbortSignal): Promise<HttpResponse> {
  let url = first;
  for (let hops = 0; hops <= maximumRedirects; hops++) {
    checkPlace(url, first);
    const response = await ask(host, url, signal);
    if (response.status === 200) return response;
    for await (const _ of response.body) break;
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined) {
      throw new EngineError('system', `failed to GET ${shown(url)} with status ${response.status}`);
    }
    url = parse(location, url);
  }
  throw new EngineError('system', `failed to GET ${shown(first)}: stopped after ${maximumRedirects} redirects`);
}

async function ask(host: Host, url: URL, signal: AbortSignal): Promise<HttpResponse> {
  try {
    return await host.http.request({
      method: 'GET',
      url: url.href,
      headers: { 'accept-encoding': 'identity' },
      signal,
    });
  } catch (error) {
    if (!isKind(error, 'unavailable')) throw error;
    throw new EngineError('system', `failed to GET ${shown(url)}: ${messageOf(error)}`, { cause: error });
  }
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

/** @throws EngineError invalidParameter */
function parse(text: string, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch (error) {
    throw new EngineError('invalidParameter', `${JSON.stringify(text)} is no valid address`, { cause: error });
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  const message = `${JSON.stringify(text)}: unsupported protocol scheme ${JSON.stringify(url.protocol.slice(0, -1))}`;
  throw new EngineError('invalidParameter', message);
}

/** @throws EngineError forbidden */
function checkPlace(url: URL, first: URL): void {
  const place = placeOf(url.hostname);
  if (place === 'public' || (place === 'here' && placeOf(first.hostname) === 'here')) return;
  const what = place === 'here' ? 'the machine that builds' : 'its link-local network';
  throw new EngineError('forbidden', `${shown(url)} is an address of ${what}, which ${shown(first)} may not lead to`);
}

/** By the address as it is written: `URL` has brought all ways to write one to a single form. */
function placeOf(hostname: string): 'public' | 'here' | 'link' {
  const name = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (/^169\.254\.|^fe[89ab][0-9a-f]:|^::ffff:a9fe:|^fd00:ec2::254$/.test(name) || name === 'metadata.google.internal')
    return 'link';
  if (/^127\.|^0\.|^::1?$|^::ffff:7f|^::ffff:0:/.test(name) || /(?:^|\.)localhost$/.test(name)) return 'here';
  return 'public';
}

/** Without what may be a password. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
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
