// Builds as the editor makes them: one place asks the engine, and views, diagnostics, tasks and debugging go by what it tells.

import type { WireBuildEvent } from '../../../runtime/src/spec/api/builds.ts';

export interface BuildAsk {
  /** Absolute path of the context. */
  readonly folder: string;
  /** Absolute path of the Dockerfile. */
  readonly dockerfile: string;
  /** Name of a stage; the last one when absent. */
  readonly target?: string;
  readonly tags: readonly string[];
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly noCache?: boolean;
  readonly pull?: boolean;
  readonly platform?: string;
}

export interface BuildFailure {
  /** The engine's words. */
  readonly message: string;
  /** Number of the step, from 0; absent where none was begun. */
  readonly step?: number;
  /** Line of the Dockerfile, from 1. */
  readonly line?: number;
  readonly exitCode?: number;
  /** The last lines that the step wrote, without control sequences. */
  readonly output: readonly string[];
}

export interface BuildOutcome {
  readonly ask: BuildAsk;
  /** Id of the record; absent where the engine began nothing. */
  readonly id?: string;
  readonly imageId?: string;
  readonly failure?: BuildFailure;
  readonly isCancelled: boolean;
}

export interface BuildOptions {
  /** Told of every event as it comes. */
  readonly onEvent?: (event: WireBuildEvent) => void;
  readonly signal?: AbortSignal;
}

export interface Builder {
  /** Resolves however the build ends. @throws Error when there is no engine that builds */
  build(ask: BuildAsk, options?: BuildOptions): Promise<BuildOutcome>;
  /** Told of each build that ended, whoever asked for it here. @returns ends it */
  onEnd(listener: (outcome: BuildOutcome) => void): Disposable;
  /** Told when records have come or gone, or a running one goes on. @returns ends it */
  onChange(listener: () => void): Disposable;
}
