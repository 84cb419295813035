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
}

/** `initializationOptions` of `initialize`; all are optional. */
export interface InitializationOptions {
  /**
   * Whether the workspace is trusted: before that the server runs no program, asks no engine and reaches no network. A client that
   * says nothing has not said so.
   */
  readonly trusted: boolean;
  /** The section `coracle.language`, for clients without `workspace/configuration`. */
  readonly settings: unknown;
  /** Whether the client knows VS Code's command `editor.action.triggerSuggest`. */
  readonly suggestsAgain: boolean;
  /** Address of the engine to ask, as the command line's `--host` takes it; undefined for the one that the command line would take. */
  readonly engineHost: string | undefined;
}
