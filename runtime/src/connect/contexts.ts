// Named engines: `contexts.json` in the configuration folder holds them and which one is current.

import { fs, path } from './node.ts';

export interface StoredContext {
  readonly description: string;
  readonly host: string;
  /** Paths of PEM files. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly skipTlsVerify?: boolean;
}

interface File {
  readonly current: string;
  readonly contexts: Readonly<Record<string, StoredContext>>;
}

export const defaultContext = 'default';

export class ContextStore {
  readonly path: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.path = path().join(folder, 'contexts.json');
  }

  /** The current context's name, `default` when none was chosen. */
  get current(): string {
    return this.#read().current;
  }

  names(): string[] {
    return Object.keys(this.#read().contexts).sort();
  }

  /** @throws Error when no context has that name */
  get(name: string): StoredContext {
    const context = this.find(name);
    if (context === undefined) {
      throw new Error(`context ${JSON.stringify(name)}: context not found: open ${this.path}: no such context`);
    }
    return context;
  }

  find(name: string): StoredContext | undefined {
    const { contexts } = this.#read();
    return Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  }

  set(name: string, context: StoredContext): void {
    const file = this.#read();
    this.#write({ ...file, contexts: Object.fromEntries([...Object.entries(file.contexts), [name, context]]) });
  }

  remove(name: string): void {
    const file = this.#read();
    const contexts = Object.fromEntries(Object.entries(file.contexts).filter(([key]) => key !== name));
    this.#write({ current: file.current === name ? defaultContext : file.current, contexts });
  }

  use(name: string): void {
    this.#write({ ...this.#read(), current: name });
  }

  #read(): File {
    let text: string;
    try {
      text = fs().readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { current: defaultContext, contexts: {} };
      throw error;
    }
    let parsed: Partial<File> | null;
    try {
      parsed = JSON.parse(text) as Partial<File> | null;
    } catch (error) {
      throw new Error(`${this.path} is not valid JSON; mend or remove it`, { cause: error });
    }
    return { current: parsed?.current ?? defaultContext, contexts: parsed?.contexts ?? {} };
  }

  #write(file: File): void {
    const { chmodSync, mkdirSync, renameSync, writeFileSync } = fs();
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const draft = `${this.path}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
    chmodSync(draft, 0o600);
    renameSync(draft, this.path);
  }
}

/** @throws Error, in docker's words, when `name` cannot name a context */
export function checkContextName(name: string): void {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$/.test(name)) {
    throw new Error(
      `context name ${JSON.stringify(name)} is invalid, names are validated against regexp "^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$"`,
    );
  }
  if (name === defaultContext) throw new Error('"default" is a reserved context name');
}
