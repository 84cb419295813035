// Modules that take turns, kept on disk for the next engine: its threads look there.

import {
  encodeYields,
  mayBeKept,
  nameOfModule,
  yieldsVersion,
  type MadeYields,
} from '../../../../wasm/src/binary/kept-yields.ts';
import type { Files } from '../../host/host.ts';
import { messageOf } from '../../spec/errors.ts';
import type { Logger } from '../../spec/logger.ts';
import { Serial } from '../../spec/queue.ts';
import { KeptFiles } from './kept-files.ts';

/** Files that wait for the disk, of 16 MiB at most; what is too much is made again some time. */
const mostWaiting = 8;

export class YieldsKeeper {
  readonly #kept: KeptFiles;
  readonly #logger: Logger;
  readonly #writes = new Serial();
  #waiting = 0;

  /** @param folder its own; made when it is needed */
  constructor(files: Files, folder: string, logger: Logger) {
    this.#kept = new KeptFiles(files, folder, String(yieldsVersion));
    this.#logger = logger;
  }

  /** Where threads find them. */
  get folder(): string {
    return this.#kept.folder;
  }

  /** A moment later: whoever runs it waits for nothing. */
  keep(made: MadeYields): void {
    if (!mayBeKept(made) || this.#waiting >= mostWaiting) return;
    this.#waiting += 1;
    this.#writes
      .run(() => this.#kept.write(nameOfModule(made.module), encodeYields(made)))
      .catch((error: unknown) => {
        this.#logger.warn('what was made of a module was not kept', { error: messageOf(error) });
      })
      .finally(() => (this.#waiting -= 1));
  }
}
