// Asks the engine in use for builds, and tells whoever listens how they go and end. What carries one out is loaded with the first.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { LocalFiles } from '../files/local.ts';
import type { BuildAsk, BuildOptions, BuildOutcome, Builder, OwnBuild } from './contract.ts';
import type { Auths } from '../registries/log-ins.ts';
import type { Run } from './run.ts';

export interface BuilderDeps {
  /** The engine in use, started when it is ours and sleeps. @throws Error that says why there is none, or why nothing may be built */
  client(): Promise<EngineClient>;
  /** Where the folders are that are built. */
  readonly local: Pick<LocalFiles, 'openContext'>;
  /** Log-ins to registries: what a build will pull is not known before it. Absent where there are none. */
  auths?(): Promise<Auths>;
}

/** Builds that ended are remembered so far, with engines that keep no records. */
const mostOwn = 20;

export function createBuilder(deps: BuilderDeps): Builder {
  return new EngineBuilder(deps);
}

class EngineBuilder implements Builder {
  readonly #deps: BuilderDeps;
  readonly #ended = new Set<(outcome: BuildOutcome) => void>();
  readonly #changed = new Set<() => void>();
  /** The oldest first. */
  #runs: readonly Run[] = [];

  constructor(deps: BuilderDeps) {
    this.#deps = deps;
  }

  async build(ask: BuildAsk, { onEvent, signal }: BuildOptions = {}): Promise<BuildOutcome> {
    const client = await this.#deps.client();
    const { Run } = await import('./run.ts');
    const run = new Run(ask, client, this.#deps);
    const cancel = () => run.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted === true) cancel();
    this.#runs = [...this.#runs, run];
    this.#tell();
    await run.follow((event) => {
      onEvent?.(event);
      // What was written is asked for by who looks at it.
      if (event.kind !== 'output' && event.kind !== 'progress') this.#tell();
    });
    signal?.removeEventListener('abort', cancel);
    this.#runs = withoutForgotten(this.#runs);
    this.#tell();
    for (const listener of this.#ended) listener(run.outcome);
    return run.outcome;
  }

  get own(): readonly OwnBuild[] {
    return this.#runs;
  }

  cancel(id: string): boolean {
    const run = this.#runs.find(({ record }) => record.state === 'running' && record.id === id);
    run?.cancel();
    return run !== undefined;
  }

  async remove(client: EngineClient, id: string): Promise<void> {
    const rest = this.#runs.filter(({ record }) => record.id !== id || record.state === 'running');
    if (rest.length === this.#runs.length) await client.builds.remove(id);
    this.#runs = rest;
    this.#tell();
  }

  onEnd(listener: (outcome: BuildOutcome) => void): Disposable {
    this.#ended.add(listener);
    return { [Symbol.dispose]: () => void this.#ended.delete(listener) };
  }

  onChange(listener: () => void): Disposable {
    this.#changed.add(listener);
    return { [Symbol.dispose]: () => void this.#changed.delete(listener) };
  }

  #tell(): void {
    for (const listener of this.#changed) listener();
  }
}

/** Builds that ended are left out: all but the newest, those of which the engine keeps the record, and those that began nothing. */
function withoutForgotten(runs: readonly Run[]): readonly Run[] {
  const kept = runs.filter(
    ({ id, record }) => record.state === 'running' || (id === undefined && record.steps.length > 0),
  );
  const over = kept.filter(({ record }) => record.state !== 'running');
  const gone = new Set(over.slice(0, -mostOwn));
  return kept.filter((run) => !gone.has(run));
}
