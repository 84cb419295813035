// Layers on their way, as one sentence and one fraction.

import type { ProgressLine } from '../../../../runtime/src/client/images.ts';
import { humanSize } from '../../../../runtime/src/text/units.ts';
import { l10n } from '../../l10n.ts';

interface Layer {
  readonly current: number;
  readonly total: number;
  readonly isThere: boolean;
}

const finished = new Set(['Pull complete', 'Already exists', 'Download complete']);

/** Adds up what the lines of a pull tell. */
export class PullProgress {
  readonly #layers = new Map<string, Layer>();

  push({ id, status, progressDetail }: ProgressLine): void {
    if (id === undefined || status === undefined || status.startsWith('Pulling from')) return;
    const before = this.#layers.get(id) ?? { current: 0, total: 0, isThere: false };
    if (finished.has(status)) this.#layers.set(id, { ...before, current: before.total, isThere: true });
    else if (status === 'Downloading') {
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
