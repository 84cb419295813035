// Where the JavaScript of a component runs: a world of its own, with the language and WebAssembly and nothing else.

export interface Realm {
  /** @param source one expression, in strict mode @returns its value, which is of that world; nothing of ours is to be given to it but through a `Membrane` */
  evaluate(source: string, name: string): unknown;
  /** Promises of that world that came to something go on. @returns undefined when that is done already */
  drain(): Promise<void> | undefined;
}

export type MakeRealm = () => Realm;
