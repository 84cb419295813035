// What a client and the server agree on beside LSP.

/** One prefix of settings for every client; VS Code's manifest declares the same names. */
export const settingsSection = 'coracle.language';

/** A client's word that the workspace is trusted now; it has no parameters. */
export const trustNotification = 'coracle/didGrantTrust';

/** A client's word that another engine is in use now. */
export const engineNotification = 'coracle/didChooseEngine';

/** Parameters of `engineNotification`. */
export interface ChosenEngine {
  /** As the command line's `--host` takes it. */
  readonly host: string;
  /** Name of the command line's context that has this address, where it is one's: its certificates are used. */
  readonly context?: string | undefined;
}

/** A client's word that a build which it knows of has ended; it has no parameters. */
export const buildNotification = 'coracle/didEndBuild';

/** What a client may have for code lenses of Dockerfiles. Arguments: the document's URI, and the name or number of the stage; none for the last. */
export const dockerfileCommands = {
  build: 'coracle.dockerfile.build',
  buildStage: 'coracle.dockerfile.buildStage',
  run: 'coracle.dockerfile.run',
  debug: 'coracle.dockerfile.debug',
} as const;

/** `initializationOptions` of `initialize`; all are optional. */
export interface InitializationOptions {
  /**
   * Whether the workspace is trusted: before that the server runs no program, asks no engine and reaches no network. A client that
   * says nothing has not said so.
   */
  readonly trusted: boolean;
  /** The section `coracle.language`, for clients without `workspace/configuration`. */
  readonly settings: unknown;
  /** Commands of ours that the client has: lenses offer only these. */
  readonly commands: readonly string[];
  /** Whether the client knows VS Code's command `editor.action.triggerSuggest`. */
  readonly suggestsAgain: boolean;
  /** Address of the engine to ask, as the command line's `--host` takes it; undefined for the one that the command line would take. */
  readonly engineHost: string | undefined;
  /** Name of the command line's context that has this address, where it is one's: its certificates are used. */
  readonly engineContext: string | undefined;
}
