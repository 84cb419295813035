// What a language has to say for programs in containers to be debugged: how one is started so that a debugger can join it, how it
// is told that one waits, and what the language's own debugger is asked for. Other extensions register more languages by it.

/** What the container would start. */
export interface Program {
  /** The image's entrypoint, or what the configuration has in its place. */
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `NAME=value`, the configuration's own among them. */
  readonly environment: readonly string[];
  readonly workingDirectory: string;
}

/** What changes about a container for the sake of its debugger. */
export interface Preparation {
  /** Set besides the others. */
  readonly environment?: Readonly<Record<string, string>>;
  /** In place of the program's. */
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** Put in before it is started: an absolute path -> the content. Everybody may read them. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** Where the debugger is going to listen, for those that do not say so in the output. */
  readonly listener?: Listener;
}

/** A debugger's end inside the container that somebody may connect to. */
export interface Listener {
  /** Port on the container's loopback. */
  readonly port: number;
  /** What the address has behind the port, where the debugger has one: `/0f2c…`. */
  readonly path?: string;
}

/** Where the same files lie, here and in the container; absolute paths. */
export interface Roots {
  readonly local: string;
  readonly remote: string;
}

/** What the language's debugger connects to: a listener, brought to this machine's loopback. */
export interface Joined {
  readonly host: string;
  readonly port: number;
  readonly listener: Listener;
  readonly roots: Roots;
  readonly stopOnEntry: boolean;
}

/** A process that a debugger can join, as the language's own search tells. */
export interface Candidate extends Listener {
  readonly pid: number;
  readonly commandLine: readonly string[];
  readonly workingDirectory: string;
}

export interface LanguageDebugger {
  /** As configurations name it: `node`. */
  readonly language: string;
  /** The extension that has the debugger; it is looked for before anything is built. */
  readonly extension: { readonly id: string; readonly name: string };
  /** Whether such a program is of this language: by its command, or only by what else the image has. */
  understands(program: Program): 'surely' | 'perhaps' | 'no';
  prepare(program: Program, options: { readonly stopOnEntry: boolean }): Promise<Preparation>;
  /** Where a debugger can connect, when a line of the container's output says that it waits there. The line may be anything. */
  listener(line: string): Listener | undefined;
  /** Whether a line is the debugger's own and nothing of the program. */
  isChatter(line: string): boolean;
  /** A command that joins its standard input and output to a port on the container's loopback, to be run in the container. */
  relay(program: Program, port: number): readonly string[];
  /** The configuration of the language's own debug type, without a name. */
  configuration(
    joined: Joined,
  ): Readonly<Record<string, unknown>> & { readonly type: string; readonly request: string };
  /** A command that finds processes in a running container, lets debuggers in, and writes a JSON array of `Candidate`. */
  search?(program: Program): readonly string[];
}

/** What `activate` gives to other extensions. */
export interface DebugExports {
  /** Goes up when something is taken away. */
  readonly version: 1;
  /** A language that is registered twice is the last one's. @returns ends it */
  registerLanguageDebugger(debug: LanguageDebugger): { dispose(): void };
}
