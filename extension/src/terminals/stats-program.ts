// What containers use, as a table that is drawn anew with each sample of the engine: `stats`.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { isApiError } from '../../../runtime/src/client/errors.ts';
import { layOut } from '../../../runtime/src/text/table.ts';
import { bytesSize, humanSize } from '../../../runtime/src/text/units.ts';
import { computeUsage } from '../../../runtime/src/text/usage.ts';
import type { StatsRow } from '../../../runtime/src/text/usage.ts';
import type { ContainerTarget } from '../commands/targets.ts';
import { l10n } from '../l10n.ts';
import type { TerminalProgram, TerminalScreen } from '../ui/ui.ts';

/** Redrawn at most so often, however many containers there are. */
const betweenDrawsMs = 500;

export class StatsProgram implements TerminalProgram {
  readonly #client: EngineClient;
  readonly #targets: readonly ContainerTarget[];
  readonly #rows = new Map<string, StatsRow>();
  #timer: NodeJS.Timeout | undefined;

  constructor(client: EngineClient, targets: readonly ContainerTarget[]) {
    this.#client = client;
    this.#targets = targets;
  }

  /** Ends when the last container has stopped. */
  async run(screen: TerminalScreen): Promise<number | undefined> {
    await screen.write('\u001b[?25l');
    try {
      await Promise.all(this.#targets.map((target) => this.#follow(target, screen)));
    } finally {
      clearTimeout(this.#timer);
    }
    if (!screen.signal.aborted) {
      await screen.write(`\u001b[H\u001b[J${l10n.t('None of these containers runs any more.')}\r\n`);
      await new Promise((resolve) => screen.signal.addEventListener('abort', resolve, { once: true }));
    }
    return undefined;
  }

  async #follow({ id }: ContainerTarget, screen: TerminalScreen): Promise<void> {
    try {
      for await (const sample of await this.#client.containers.statsStream(id, screen.signal)) {
        // A container that stopped goes on with empty samples.
        if ((sample.pids_stats?.current ?? 0) === 0 && (sample.memory_stats?.usage ?? 0) === 0) {
          const { State } = await this.#client.containers.inspect(id);
          if (State?.Running !== true) break;
        }
        this.#rows.set(id, computeUsage(id, sample));
        this.#timer ??= setTimeout(() => this.#draw(screen), betweenDrawsMs);
      }
    } catch (error) {
      if (!screen.signal.aborted && !isApiError(error, 404)) throw error;
    } finally {
      this.#rows.delete(id);
    }
  }

  #draw(screen: TerminalScreen): void {
    this.#timer = undefined;
    const rows = this.#targets.map(({ id }) => this.#rows.get(id)).filter((row) => row !== undefined);
    // Home, every line cleared to its end, what is below cleared: no flicker.
    void screen.write(`\u001b[H${statsText(rows).replaceAll('\n', '\u001b[K\r\n')}\u001b[J`);
  }
}

export function statsText(rows: readonly StatsRow[]): string {
  const header = ['NAME', 'CPU %', 'MEM USAGE / LIMIT', 'MEM %', 'NET I/O', 'BLOCK I/O', 'PIDS'];
  const lines = rows.map((row) => {
    const share = row.memoryLimit === 0 ? 0 : (row.memory / row.memoryLimit) * 100;
    return [
      row.name,
      `${row.cpuPercent.toFixed(2)}%`,
      `${bytesSize(row.memory)} / ${bytesSize(row.memoryLimit)}`,
      `${share.toFixed(2)}%`,
      `${humanSize(row.received, 3)} / ${humanSize(row.sent, 3)}`,
      `${humanSize(row.read, 3)} / ${humanSize(row.written, 3)}`,
      String(row.pids),
    ].join('\t');
  });
  return layOut([header.join('\t'), ...lines]);
}
