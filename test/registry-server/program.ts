// `coracle registry serve` as a user starts it, on a free port of loopback, as `await using served = await serve()`.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type Mocha from 'mocha';
import { coracleBinary, root } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { skip } from '../helpers/skip.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { keepOutput } from '../helpers/trace.ts';

export function requireProgram(context: Mocha.Context): void {
  if (!existsSync(join(root, 'runtime/dist/coracle-registry.mjs'))) skip(context, 'not built: npm run build');
}

export interface Served extends AsyncDisposable {
  /** `127.0.0.1:port`; another after a start. */
  readonly address: string;
  readonly root: string;
  readonly pid: number;
  logs(): string;
  /** @returns its exit status, -1 when the signal ended it */
  end(signal: NodeJS.Signals): Promise<number>;
  /** Again, on the same folder, after `end`. */
  start(): Promise<void>;
}

/** @param args after ours */
export async function serve(args: readonly string[] = []): Promise<Served> {
  const folder = await makeTempFolder();
  const served = new Program(join(folder.path, 'registry'), args, () => folder[Symbol.asyncDispose]());
  try {
    await served.start();
    return served;
  } catch (error) {
    await served[Symbol.asyncDispose]();
    throw error;
  }
}

class Program implements Served {
  readonly root: string;
  address = '';
  readonly #args: readonly string[];
  readonly #tidy: () => PromiseLike<void>;
  #child: ChildProcess | undefined;
  #log = '';

  constructor(folder: string, args: readonly string[], tidy: () => PromiseLike<void>) {
    this.root = folder;
    this.#args = args;
    this.#tidy = tidy;
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  logs(): string {
    return this.#log;
  }

  async start(): Promise<void> {
    const words = ['registry', 'serve', '--root', this.root, '--listen', '127.0.0.1:0', ...this.#args];
    const child = spawn(coracleBinary, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    const before = this.#log.length;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
      keepOutput('the registry', text);
    });
    const found = await until('the registry listens', async () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${this.#log}`);
      return /msg="registry listen" address=(\S+)/.exec(this.#log.slice(before))?.[1];
    });
    this.address = found;
  }

  async end(signal: NodeJS.Signals): Promise<number> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return 0;
    if (child.exitCode === null && child.signalCode === null) {
      // What it wrote last comes before this.
      const closed = once(child, 'close');
      child.kill(signal);
      await closed;
    }
    return child.exitCode ?? -1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
    await this.#tidy();
  }
}
