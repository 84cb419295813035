// What a feature may know besides the file it works on: settings, the client's abilities, other files, and the world.

import type { FileFacts, Known, Knowledge } from '../knowledge/knowledge.ts';
import type { CheckShell } from '../shell/findings.ts';
import type { Settings } from './settings.ts';
import type { Say } from './words.ts';

export interface Context {
  readonly settings: Settings;
  readonly client: ClientAbilities;
  /** The server's own words in the client's language. */
  readonly say: Say;
  /** Whether the workspace is trusted; knowledge and files obey it by themselves. */
  readonly trusted: boolean;
  readonly knowledge: Knowledge;
  readonly files: WorkspaceFiles;
  /** The environment of the server's process; empty in a browser and before the workspace is trusted. */
  readonly environment: ReadonlyMap<string, string>;
  /** ShellCheck, where it is installed, wanted, and the workspace is trusted. Problems are asked for again after its answers. */
  readonly checkShell: CheckShell | undefined;
  /** URI of the folder with a page for each rule, `<rule>.md`, with a slash at its end; undefined where there is none. */
  readonly rulePages: string | undefined;
}

/** What the client said it can show; the least where it said nothing. */
export interface ClientAbilities {
  readonly snippets: boolean;
  /** Markdown in hovers, completions and signatures; plain text otherwise. */
  readonly markdown: boolean;
  readonly labelDetails: boolean;
  /** `documentChanges` in a WorkspaceEdit. */
  readonly documentChanges: boolean;
  readonly definitionLinks: boolean;
  /** Related information, code descriptions and data in diagnostics. */
  readonly relatedInformation: boolean;
  readonly foldingLinesOnly: boolean;
  readonly nestedSymbols: boolean;
  /** The client has VS Code's command `editor.action.triggerSuggest`: a completion may ask for the next list. */
  readonly suggestsAgain: boolean;
  /** Names of the commands that lenses may offer. */
  readonly commands: ReadonlySet<string>;
}

/**
 * Files of this machine beside the one that is edited, by URI. It answers from memory as `Knowledge` does: `unknown` is being read,
 * and the server asks again for what depends on it. Open documents win over the disk. Files above 1 MiB are `absent`.
 */
export interface WorkspaceFiles {
  text(uri: string): Known<string>;
  /** Entries of a folder, without `.` and `..`, at most 10,000. */
  list(uri: string): Known<readonly FileFacts[]>;
}

/** A request that cannot be done; its message is shown to who asked. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
