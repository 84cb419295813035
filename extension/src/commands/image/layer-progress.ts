// Layers on their way, as one sentence and one fraction.

import type { ProgressLine } from '../../../../runtime/src/client/images.ts';
import { humanSize } from '../../../../runtime/src/text/units.ts';
import { l10n } from '../../l10n.ts';
import type { Progress } from '../../ui/ui.ts';

interface Layer {
  readonly current: number;
  readonly total: number;
  readonly isThere: boolean;
}

const finished = /^(?:Pull complete|Already exists|Download complete|Pushed|Layer already exists|Mounted from .*)$/;
const moving = new Set(['Downloading', 'Pushing']);

/** Adds up what the lines of a pull or a push tell. */
export class LayerProgress {
  readonly #layers = new Map<string, Layer>();

  push({ id, status, progressDetail }: ProgressLine): void {
    if (id === undefined || status === undefined || status.startsWith('Pulling from')) return;
    const before = this.#layers.get(id) ?? { current: 0, total: 0, isThere: false };
    if (finished.test(status)) this.#layers.set(id, { ...before, current: before.total, isThere: true });
    else if (moving.has(status)) {
      const { current = before.current, total = before.total } = progressDetail ?? {};
      this.#layers.set(id, { current, total, isThere: false });
    } else this.#layers.set(id, before);
  }

  /** Undefined while no size is known. */
  get fraction(): number | undefined {
    const total = this.#sum(({ total }) => total);
    return total === 0 ? undefined : Math.min(1, this.#sum(({ current }) => current) / total);
  }

  get message(): string {
    const layers = [...this.#layers.values()];
    const there = layers.filter(({ isThere }) => isThere).length;
    const received = humanSize(
      this.#sum(({ current }) => current),
      3,
    );
    const total = humanSize(
      this.#sum(({ total }) => total),
      3,
    );
    return l10n.t('layers {0} of {1}, {2} of {3}', there, layers.length, received, total);
  }

  #sum(of: (layer: Layer) => number): number {
    return [...this.#layers.values()].reduce((sum, layer) => sum + of(layer), 0);
  }
}

/** Reports what an engine tells until it is through. @throws Error in its words */
export async function followLayers(lines: AsyncIterable<ProgressLine>, report: Progress['report']): Promise<void> {
  const progress = new LayerProgress();
  for await (const line of lines) {
    if (line.error !== undefined) throw new Error(line.error);
    progress.push(line);
    report(progress.message, progress.fraction);
  }
}
