// How far a build is, in one line.

import type { WireBuildEvent } from '../../../runtime/src/spec/api/builds.ts';
import type { StepPlan } from '../../../runtime/src/spec/engine/builds.ts';
import { l10n } from '../l10n.ts';

export class BuildMeter {
  readonly #plans = new Map<number, StepPlan>();
  readonly #running = new Set<number>();
  #ended = 0;

  /** @returns whether there is something new to say */
  take(event: WireBuildEvent): boolean {
    switch (event.kind) {
      case 'planned':
        for (const plan of event.steps) this.#plans.set(plan.step, plan);
        return true;
      case 'started':
        this.#running.add(event.step);
        return true;
      case 'ended':
        this.#running.delete(event.step);
        this.#ended += 1;
        return true;
      default:
        return false;
    }
  }

  /** `3 of 10: RUN npm ci`; the step that runs the longest. */
  get message(): string {
    const [first] = this.#running;
    const text = first === undefined ? '' : (this.#plans.get(first)?.text ?? '');
    const count = l10n.t('{0} of {1}', this.#ended, this.#plans.size);
    return text === '' ? count : `${count}: ${text}`;
  }

  /** Undefined before it is planned. */
  get fraction(): number | undefined {
    return this.#plans.size === 0 ? undefined : this.#ended / this.#plans.size;
  }
}
