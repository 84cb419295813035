// What other extensions have to say of registries that they know: which there are, who the user is to them, and what is in them. The
// rest (tags, manifests, pull, removal) is the distribution spec, which every registry speaks.

/** A part of a list. */
export interface NamesPage {
  readonly names: readonly string[];
  /** Handed back for the next part; absent at the end. */
  readonly next?: string;
}

export interface ProvidedRegistry {
  /** As names of images have it: `registry.example.com`, `localhost:5000`. */
  readonly domain: string;
  /** Shown in its place. */
  readonly label?: string;
  /**
   * A log-in, asked for each time the view is refreshed and before a pull or push; undefined: what the user is logged in with otherwise.
   */
  credentials?(): Promise<{ readonly username: string; readonly password: string } | undefined>;
  /**
   * Repositories without the domain: `team/web`. Absent: the registry is asked for its catalog.
   * @param from `next` of the part before
   */
  repositories?(from: string | undefined, options: { readonly signal: AbortSignal }): Promise<NamesPage>;
}

export interface RegistryProvider {
  /** `publisher.name`, the same in every session. */
  readonly id: string;
  /** Offered under this name when the user connects a registry. */
  readonly label: string;
  readonly description?: string;
  /**
   * The registries that it has for this user. Asked when it is connected and each time the view is refreshed.
   * @param options.mayAsk whether the user has just connected it, and expects to be asked what it needs to know
   */
  registries(options: { readonly mayAsk: boolean; readonly signal: AbortSignal }): Promise<readonly ProvidedRegistry[]>;
}

/** What `activate` gives to other extensions, beside what it has for debuggers. */
export interface RegistryExports {
  /** Goes up when something is taken away. */
  readonly version: 1;
  /** A provider that is registered twice is the last one's. @returns ends it; what the user has connected stays, and comes back with it */
  registerRegistryProvider(provider: RegistryProvider): { dispose(): void };
}
