// Log lines out of the engine's stream: with the time that the engine gives each, and the stream that it was written to.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { readFrames, readRaw } from '../../../runtime/src/client/hijack-streams.ts';

export interface LogLine {
  readonly stream: 'stdout' | 'stderr';
  /** RFC 3339 with nanoseconds, empty when the engine gave none. */
  readonly time: string;
  readonly text: string;
}

export interface LogQuery {
  readonly follow: boolean;
  readonly isTty: boolean;
  readonly tail?: string;
  /** Unix seconds with a fraction. */
  readonly since?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A line is cut here, so that one without an end costs no memory without an end. */
const longestLine = 256 * 1024;

/** Hands lines on as they come; waits while `onLine` does. Resolves when the engine ends the stream. */
export async function readLogs(
  client: EngineClient,
  id: string,
  { isTty, ...query }: LogQuery,
  onLine: (line: LogLine) => Promise<void> | void,
): Promise<void> {
  const body = await client.containers.logs(id, { ...query, timestamps: true, stdout: true, stderr: true });
  const out = new LineSplitter('stdout', onLine);
  const err = new LineSplitter('stderr', onLine);
  const sinks = { stdout: (bytes: Uint8Array) => out.push(bytes), stderr: (bytes: Uint8Array) => err.push(bytes) };
  try {
    await (isTty ? readRaw(body, sinks) : readFrames(body, sinks));
  } finally {
    await out.end();
    await err.end();
  }
}

class LineSplitter {
  readonly #stream: LogLine['stream'];
  readonly #onLine: (line: LogLine) => Promise<void> | void;
  readonly #decoder = new TextDecoder();
  #rest = '';

  constructor(stream: LogLine['stream'], onLine: (line: LogLine) => Promise<void> | void) {
    this.#stream = stream;
    this.#onLine = onLine;
  }

  async push(bytes: Uint8Array): Promise<void> {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) await this.#tell(line);
    if (this.#rest.length > longestLine) {
      await this.#tell(this.#rest);
      this.#rest = '';
    }
  }

  async end(): Promise<void> {
    if (this.#rest !== '') await this.#tell(this.#rest);
    this.#rest = '';
  }

  async #tell(line: string): Promise<void> {
    const match = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) ?/.exec(line);
    const text = line.slice(match?.[0].length ?? 0).replace(/\r$/, '');
    await this.#onLine({ stream: this.#stream, time: match?.[1] ?? '', text });
  }
}

/** Whether a line's time says nothing of the part of a second at which it was written. */
export function isWholeSecond(time: string): boolean {
  return /T\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/.test(time);
}

/**
 * The moment after a line's time, as the API takes `since`: the line itself is not shown again. Of a whole second it is that
 * second, in which more lines may have been written.
 */
export function momentAfter(time: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(time);
  if (match === null) return undefined;
  const seconds = BigInt(Math.trunc(Date.parse(`${match[1]}${match[3]}`) / 1000));
  if (isWholeSecond(time)) return `${seconds}.000000000`;
  const next = seconds * 1_000_000_000n + BigInt((match[2] ?? '').padEnd(9, '0')) + 1n;
  return `${next / 1_000_000_000n}.${String(next % 1_000_000_000n).padStart(9, '0')}`;
}
