// Messages of HTTP/1.1 (RFC 9112) as a client reads and writes them: heads as text, bodies by length, in chunks or up to the end.

import type { Incoming } from './incoming.ts';
import type { TransportRequest } from './transport.ts';

export interface Head {
  readonly status: number;
  readonly reason: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** In bytes. */
const longestHead = 64 * 1024;
const longestChunkLine = 4096;

const lineEnd = '\r\n';

/**
 * The head of a request that leaves the connection open.
 * @throws TypeError for what would end its line
 */
export function requestHead({ method, path, headers }: Omit<TransportRequest, 'body' | 'signal'>): string {
  if (/[^\u0021-\u00ff]/.test(path)) throw new TypeError('Request path contains unescaped characters');
  const lines = Object.entries({ Host: 'localhost', Connection: 'keep-alive', ...headers }).map(([name, value]) => {
    if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(String(value))) throw new TypeError(`Invalid value of header ${name}`);
    return `${name}: ${value}${lineEnd}`;
  });
  return `${method} ${path} HTTP/1.1${lineEnd}${lines.join('')}${lineEnd}`;
}

/**
 * The head of the final answer, those that only say that it will come left out.
 * @throws Error, with the code ECONNRESET when the other side ends before, or HPE_INVALID when it is no head
 */
export async function readHead(incoming: Incoming): Promise<Head> {
  for (;;) {
    const head = parseHead(await linesUntil(incoming, `${lineEnd}${lineEnd}`, longestHead));
    if (head.status >= 200 || head.status === 101) return head;
  }
}

function parseHead(text: string): Head {
  const [first = '', ...lines] = text.split(lineEnd);
  const [, status, reason = ''] = /^HTTP\/1\.[01] (\d{3})(?: ([^\r\n]*))?$/.exec(first) ?? [];
  if (status === undefined) throw malformed('no status line');
  const headers = Object.create(null) as Record<string, string>;
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) throw malformed('a header without a name');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return { status: Number(status), reason, headers };
}

/** The body that follows a head, and whether the connection can be used again behind it. */
export function bodyOf(
  incoming: Incoming,
  method: string,
  { status, headers }: Head,
): { readonly pieces: AsyncGenerator<Uint8Array, undefined>; readonly lasts: boolean } {
  const lasts = !/\bclose\b/i.test(headers['connection'] ?? '');
  if (method === 'HEAD' || status === 204 || status === 304) return { pieces: counted(incoming, 0), lasts };
  if (/\bchunked\s*$/i.test(headers['transfer-encoding'] ?? '')) return { pieces: chunked(incoming), lasts };
  const length = headers['content-length'];
  if (length === undefined) return { pieces: untilEnd(incoming), lasts: false };
  if (!/^\d{1,15}$/.test(length)) throw malformed('no length');
  return { pieces: counted(incoming, Number(length)), lasts };
}

async function* counted(incoming: Incoming, length: number): AsyncGenerator<Uint8Array, undefined> {
  for (let left = length; left > 0;) {
    const piece = await incoming.next();
    if (piece === undefined) throw cutShort();
    incoming.unread(piece.subarray(left));
    yield piece.subarray(0, left);
    left -= Math.min(left, piece.length);
  }
  return undefined;
}

async function* chunked(incoming: Incoming): AsyncGenerator<Uint8Array, undefined> {
  for (;;) {
    const line = await linesUntil(incoming, lineEnd, longestChunkLine);
    const size = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/.exec(line)?.[1];
    if (size === undefined) throw malformed('no size of a chunk');
    if (Number.parseInt(size, 16) === 0) break;
    yield* counted(incoming, Number.parseInt(size, 16));
    if ((await linesUntil(incoming, lineEnd, longestChunkLine)) !== '') throw malformed('a chunk without an end');
  }
  // Trailers, which nobody asks for.
  while ((await linesUntil(incoming, lineEnd, longestChunkLine)) !== '');
  return undefined;
}

async function* untilEnd(incoming: Incoming): AsyncGenerator<Uint8Array, undefined> {
  for (let piece = await incoming.next(); piece !== undefined; piece = await incoming.next()) yield piece;
  return undefined;
}

/** The text before `end`, which is taken as well. */
async function linesUntil(incoming: Incoming, end: string, longest: number): Promise<string> {
  let text = '';
  for (;;) {
    const piece = await incoming.next();
    if (piece === undefined) throw cutShort();
    const from = Math.max(0, text.length - end.length + 1);
    text += piece.toString('latin1');
    const at = text.indexOf(end, from);
    if (at >= 0) {
      incoming.unread(piece.subarray(piece.length - (text.length - at - end.length)));
      return text.slice(0, at);
    }
    if (text.length > longest) throw malformed('too much of a head');
  }
}

function malformed(what: string): Error {
  return Object.assign(new Error(`the engine sent what is no HTTP: ${what}`), { code: 'HPE_INVALID' });
}

function cutShort(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}
