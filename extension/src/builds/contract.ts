// Builds as the editor makes them: one place asks the engine, and views, diagnostics, tasks and debugging go by what it tells.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { WireBuildEvent } from '../../../runtime/src/spec/api/builds.ts';
import type { BuildRecord } from '../../../runtime/src/spec/engine/builds.ts';

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
  /** Absent when it was built, or cancelled. */
  readonly failure?: BuildFailure;
  readonly isCancelled: boolean;
}

export interface BuildOptions {
  /** Told of every event as it comes. */
  readonly onEvent?: (event: WireBuildEvent) => void;
  readonly signal?: AbortSignal;
}

/** A build that was asked for here: one that runs, or that ended with an engine that keeps no records. */
export interface OwnBuild {
  readonly ask: BuildAsk;
  readonly client: EngineClient;
  /** Of the engine's record; absent where it keeps none, or has not begun. */
  readonly id: string | undefined;
  /** As it stands. `dockerfile` is the absolute path, and its text is left out. */
  readonly record: BuildRecord;
}

export interface Builder {
  /**
   * Resolves however the build ends; an engine without builds of our kind builds by Docker's classic call.
   * @throws Error when there is no engine, or nothing may be built from this workspace
   */
  build(ask: BuildAsk, options?: BuildOptions): Promise<BuildOutcome>;
  /** The oldest first. */
  readonly own: readonly OwnBuild[];
  /** Ends one of `own` that runs, by the id of its record. @returns whether there was one */
  cancel(id: string): boolean;
  /** Forgets the record of a build, of whatever engine. @throws ApiError 409 while it runs */
  remove(client: EngineClient, id: string): Promise<void>;
  /** Told of each build that ended, whoever asked for it here. @returns ends it */
  onEnd(listener: (outcome: BuildOutcome) => void): Disposable;
  /** Told when records have come or gone, or a running one goes on. @returns ends it */
  onChange(listener: () => void): Disposable;
}
