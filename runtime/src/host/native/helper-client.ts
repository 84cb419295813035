// The resident helper process and its request socket: length-prefixed strings out, errno and text back, in any order.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { EngineError } from '../../spec/errors.ts';
import type { Logger } from '../../spec/logger.ts';
import { errnoError } from '../errno.ts';
import { errnoName } from './errno-name.ts';

interface Pending {
  readonly resolve: (text: string) => void;
  readonly reject: (error: Error) => void;
}

interface Helper {
  readonly process: ChildProcess;
  readonly channel: Socket;
  readonly pending: Map<number, Pending>;
}

/** A list of strings as the helper reads it: their number, then they. */
export function listOf(items: readonly string[]): readonly (string | number)[] {
  return [items.length, ...items];
}

/** Starts the helper on first use, and again after it has died. */
export class HelperClient implements AsyncDisposable {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #networkNamespace: string | undefined;
  #helper: Helper | undefined;
  #nextId = 1;
  #closed = false;

  /** @param networkNamespace path of the one it is to work in, this process's own unless given */
  constructor(path: string, logger: Logger, networkNamespace?: string) {
    this.#path = path;
    this.#logger = logger;
    this.#networkNamespace = networkNamespace;
  }

  /** The helper's process id, for paths below /proc that it stands for. Changes when it had to be started again. */
  get pid(): number | undefined {
    return this.#helper?.process.pid;
  }

  /** Starts the helper when it does not run. @throws EngineError unavailable */
  async start(): Promise<void> {
    if (this.#closed) throw new EngineError('unavailable', 'the native helper has been shut down');
    if (this.#helper !== undefined) return;
    const helper = this.#spawn();
    this.#helper = helper;
    await new Promise<void>((resolve, reject) => {
      helper.process.once('spawn', resolve);
      helper.process.once('error', (error) =>
        reject(new EngineError('unavailable', `cannot start ${this.#path}: ${error.message}`, { cause: error })),
      );
    });
  }

  /**
   * Asks for one thing. `parts` are the strings of the request in order; numbers are written in decimal.
   * @returns the reply's text
   * @throws EngineError named after the call and errno
   */
  async call(name: string, ...parts: readonly (string | number)[]): Promise<string> {
    // A NUL inside a string would shift all that follow.
    if (parts.some((part) => typeof part === 'string' && part.includes('\0'))) {
      throw new EngineError('invalidParameter', `${name}: a NUL byte is not allowed here`);
    }
    const text = [name, ...parts, ''].join('\0');
    if (this.#helper === undefined || this.#closed) await this.start();
    const helper = this.#helper;
    if (helper === undefined) throw new EngineError('unavailable', 'the native helper ended while starting');
    const id = this.#nextId;
    this.#nextId = (this.#nextId + 1) >>> 0 || 1;
    const size = Buffer.byteLength(text);
    const request = Buffer.allocUnsafe(8 + size);
    request.writeUInt32LE(size + 4, 0);
    request.writeUInt32LE(id, 4);
    request.write(text, 8);
    return await new Promise<string>((resolve, reject) => {
      helper.pending.set(id, { resolve, reject });
      helper.channel.ref();
      helper.channel.write(request);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const helper = this.#helper;
    if (helper === undefined) return;
    const ended = new Promise((resolve) => helper.process.once('exit', resolve));
    helper.process.ref();
    helper.channel.end();
    await ended;
  }

  #spawn(): Helper {
    const args = this.#networkNamespace === undefined ? [] : [this.#networkNamespace];
    const process = spawn(this.#path, args, { stdio: ['ignore', 'ignore', 'inherit', 'pipe'], env: {}, cwd: '/' });
    const helper: Helper = { process, channel: process.stdio[3] as Socket, pending: new Map() };
    process.unref();
    helper.channel.unref();
    const ended = (reason: string) => {
      if (this.#helper !== helper) return;
      this.#helper = undefined;
      if (!this.#closed) this.#logger.warn('native helper ended', { reason });
      const error = new EngineError('unavailable', `the native helper ended: ${reason}`);
      for (const call of helper.pending.values()) call.reject(error);
      helper.pending.clear();
    };
    process.once('error', (error) => ended(error.message));
    process.once('exit', (code, signal) => ended(signal === null ? `status ${code}` : signal));
    helper.channel.on('error', (error) => this.#logger.debug('native helper channel', { error: error.message }));
    readReplies(helper);
    return helper;
  }
}

function readReplies(helper: Helper): void {
  let rest: Buffer = Buffer.alloc(0);
  helper.channel.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= 4) {
      const length = rest.readUInt32LE(at);
      if (rest.length - at - 4 < length) break;
      settle(helper, rest.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    rest = rest.subarray(at);
    if (helper.pending.size === 0) helper.channel.unref();
  });
}

function settle(helper: Helper, message: Buffer): void {
  const id = message.readUInt32LE(0);
  const errno = message.readUInt32LE(4);
  const text = message.toString('utf8', 8);
  const call = helper.pending.get(id);
  if (call === undefined) return;
  helper.pending.delete(id);
  if (errno === 0) call.resolve(text);
  else call.reject(errnoError(errnoName(errno), text, ''));
}
