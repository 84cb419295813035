// Sees to it that no container outlives its debugging, whatever happens to the window: a process of its own hears of each container,
// and removes those that are left when we are gone, however we went.

import { spawn, type ChildProcess } from 'node:child_process';
import type { Endpoint } from '../../../runtime/src/client/client.ts';

/** A line that the keeper reads: what to remove at the end, or what need not be removed any more. */
export type KeeperLine =
  | { readonly kind: 'keep'; readonly id: string; readonly endpoint: Endpoint }
  | { readonly kind: 'done'; readonly id: string };

/** The variable of the keeper's environment that holds its first line. */
export const firstLine = 'CORACLE_KEEP';

export class Keeper {
  readonly #program: string;
  readonly #ids = new Set<string>();
  #process: ChildProcess | undefined;

  /** @param program path of the keeper's script */
  constructor(program: string) {
    this.#program = program;
  }

  keep(id: string, endpoint: Endpoint): void {
    this.#ids.add(id);
    const line: KeeperLine = { kind: 'keep', id, endpoint };
    if (this.#process) this.#tell(line);
    else this.#process = this.#start(line);
  }

  /** It is removed. */
  done(id: string): void {
    if (!this.#ids.delete(id)) return;
    this.#tell({ kind: 'done', id });
    // With nothing to see to it ends by itself.
    if (this.#ids.size > 0) return;
    this.#process?.stdin?.end();
    this.#process = undefined;
  }

  #tell(line: KeeperLine): void {
    this.#process?.stdin?.write(`${JSON.stringify(line)}\n`);
  }

  #start(first: KeeperLine): ChildProcess {
    // Whatever signal ends the window's processes as a group is not for this one.
    const child = spawn(process.execPath, [this.#program], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      // What it is there for comes with it: a window that is killed now has written nothing yet. Others' processes cannot read this.
      env: { PATH: process.env['PATH'], ELECTRON_RUN_AS_NODE: '1', [firstLine]: JSON.stringify(first) },
    });
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    child.unref();
    return child;
  }
}
