// What a debug session is given: the engine, who builds, what it asks and shows, and VS Code's debugging as far as it needs it.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { Builder } from '../builds/contract.ts';
import type { Ui } from '../ui/ui.ts';
import type { Keeper } from './keeper.ts';
import type { Languages } from './languages.ts';

export interface DebugDeps {
  /** The engine in use, started when it is ours and sleeps. @throws Error that says why there is none */
  client(): Promise<EngineClient>;
  readonly builder: Builder;
  /** The name that the image of a Dockerfile's stage gets. */
  tagOf(dockerfile: string, stage: string): string;
  readonly ui: Ui;
  readonly languages: Languages;
  readonly keeper: Keeper;
  /** The folder that the session is of; undefined without one. */
  readonly folder: string | undefined;
  /** Starts an extension. @returns false where it is not installed */
  activate(extension: string): Promise<boolean>;
  /** Starts a session of another debugger below this one. @returns whether it began */
  join(configuration: JoinConfiguration): Promise<boolean>;
  /** Told when the last session below this one has ended. */
  onLeft(listener: () => void): void;
  /** Opens an address in the browser, the first time in this session. */
  openOnce(url: string): Promise<void>;
}

export interface JoinConfiguration {
  readonly [property: string]: unknown;
  readonly name: string;
  readonly type: string;
  readonly request: string;
}
