// What a language has to say about a folder: whether it is at home there, what it found out, and the Dockerfile that follows.

import type { Folder } from './folder.ts';

export type LanguageId = 'node' | 'python' | 'go' | 'site';

export interface Language {
  readonly id: LanguageId;
  readonly label: () => string;
  isFound(folder: Folder): Promise<boolean>;
  /** @throws Error in the user's language for files that nobody can make sense of */
  plan(folder: Folder): Promise<Plan>;
}

export interface Answers {
  /** One of the plan's entries, or what the user typed instead. */
  readonly entry: string;
  /** Undefined: it listens on none. */
  readonly port: number | undefined;
}

export interface Plan {
  /** What was found out: `Node 24, npm, TypeScript`. Names only, in no language. */
  readonly summary: string;
  /** What can be started, the likeliest first. One alone is no question; none means that the user is asked to type it. */
  readonly entries: readonly string[];
  /** Empty where nothing has to be started. */
  readonly entryQuestion: string;
  readonly entryExample: string;
  /** What it most likely listens on. */
  readonly port: number | undefined;
  /** Whether that is certain, and no question. */
  readonly isPortKnown: boolean;
  /** Lines of `.dockerignore` beside those for every project. */
  readonly ignored: readonly string[];
  /** Whether the debug type `coracle` knows a debugger for it. */
  readonly isDebuggable: boolean;
  dockerfile(answers: Answers): string;
}
