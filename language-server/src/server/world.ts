// What the server needs of the machine it runs on. A browser worker has less of it than Node.

import type { WorkspaceFiles } from '../language/context.ts';
import type { Neighbours } from '../language/language.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import type { ChosenEngine } from '../language/protocol.ts';
import type { CheckShell } from '../shell/findings.ts';

export interface World {
  readonly version: string;
  /** Whether the connection writes a `JsonText` as the value that it stands for, where that is allowed. */
  readonly takesText: boolean;
  /** URI of the folder with the rules' pages, with a slash at its end; undefined where they were not brought along. */
  readonly rulePages: string | undefined;
  /** Files on this machine's disk. `changed` is called when an answer is there that was `unknown`, or is another one. */
  readonly files: (changed: () => void) => DiskFiles;
  /**
   * What may be asked of the engine and of registries. It is called only once the workspace is trusted: until then, nothing can make
   * the server run a program or reach the network.
   * @param engine that the client chose; undefined for the one that the command line would take
   */
  readonly knowledge: ((changed: () => void, engine: ChosenEngine | undefined) => Knowledge & Disposable) | undefined;
  /** ShellCheck; undefined where it is not installed. Called once the workspace is trusted. */
  readonly checkShell: () => Promise<CheckShell | undefined>;
  /** The environment of the server's process; asked for once the workspace is trusted. */
  readonly environment: () => ReadonlyMap<string, string>;
}

export interface DiskFiles extends WorkspaceFiles {
  /** Reads what will be asked for. Settles when it is known; that it is, is not told as a change to who did not ask before. */
  prepare(neighbours: Neighbours): Promise<void>;
  /** The client says that the file changed. */
  forget(uri: string): void;
  /** The text of a file, waited for; undefined where `text` would say `absent`. */
  read(uri: string): Promise<string | undefined>;
  /** URIs of the files below a folder that `isWanted` by name: at most 1,000 of them, found in folders that are not installed packages. */
  find(folder: string, isWanted: (name: string) => boolean): Promise<readonly string[]>;
}

/** No disk: every file is unknown but those that are open. */
export const noFiles: DiskFiles = {
  text: () => ({ kind: 'unknown' }),
  list: () => ({ kind: 'unknown' }),
  prepare: () => Promise.resolve(),
  forget: () => undefined,
  read: () => Promise.resolve(undefined),
  find: () => Promise.resolve([]),
};
