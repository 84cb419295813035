// What the language server asks of the world outside the file: the engine, registries, the build's context. Nothing here is
// waited for on the way of a keystroke: whoever asks takes what is known now (`peek`) and is told when more is (`changed`).

/** Configuration of an image, as far as an editor cares. */
export interface ImageFacts {
  /** Canonical digest of the manifest that the tag names in the store, `sha256:…`. */
  readonly digest: string | undefined;
  readonly id: string;
  /** Bytes unpacked. */
  readonly size: number;
  /** RFC 3339. */
  readonly created: string | undefined;
  readonly platform: string;
  readonly env: readonly string[];
  readonly user: string;
  readonly workingDir: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly shell: readonly string[];
  readonly hasHealthcheck: boolean;
  readonly stopSignal: string | undefined;
  /** ONBUILD instructions, as text. */
  readonly onBuild: readonly string[];
}

/** A file of an image or of the build's context. */
export interface FileFacts {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Of a link. */
  readonly target: string | undefined;
}

/** A user or group of an image's /etc/passwd and /etc/group. */
export interface AccountFacts {
  readonly name: string;
  readonly id: number;
}

/** A local image's or a registry's tag. */
export interface TagFacts {
  readonly reference: string;
  readonly size: number | undefined;
  readonly created: string | undefined;
  readonly where: 'store' | 'registry';
}

/** A container as the editor shows it beside a Compose service. */
export interface ContainerFacts {
  readonly id: string;
  readonly name: string;
  readonly project: string | undefined;
  readonly service: string | undefined;
  readonly state: string;
  readonly status: string;
  readonly ports: readonly { readonly host: string; readonly hostPort: number; readonly protocol: string }[];
}

/** First bytes of a program in an image and what they say. */
export interface ProgramFacts {
  readonly executable: boolean;
  /** ELF machine in Go's words, `amd64`; undefined for what is no ELF file. */
  readonly architecture: string | undefined;
  /** Of a `#!` line, without its arguments. */
  readonly interpreter: string | undefined;
  readonly carriageReturn: boolean;
}

/** A build, as far as an editor cares. */
export interface BuildFacts {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Whether the client said that it builds the file that was asked about: others may build one of the same name. */
  readonly isNamed: boolean;
  /** The Dockerfile as it was built. */
  readonly text: string;
  /** Those that ended, in the order of the text. */
  readonly steps: readonly StepFacts[];
}

/** What a build did with one instruction. */
export interface StepFacts {
  /** First line of the instruction in the text that was built, from 1. */
  readonly startLine: number;
  readonly state: 'done' | 'cached' | 'failed';
  readonly durationMs: number;
  /** Bytes of the layer that it made, unpacked; undefined for one that makes none. */
  readonly layerSize: number | undefined;
  /** A sentence for people: why there was no result in the cache. */
  readonly miss: string | undefined;
  readonly exitCode: number | undefined;
}

/** An answer that may not be there yet. `unknown` means that nobody knows now: no engine, no permission, still asked for. */
export type Known<T> =
  | { readonly kind: 'known'; readonly value: T }
  /** It was asked, and there is no such thing. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown' };

/**
 * What can be known of images, registries and containers. Every method answers at once, from memory, and starts to find out what it
 * does not know; `onChange` tells when an answer that was `unknown` is there or one that was given is no longer true.
 */
export interface Knowledge {
  image(reference: string, platform: string | undefined): Known<ImageFacts>;
  /** Entries of a directory of an image. `path` is absolute. */
  imageFiles(reference: string, path: string): Known<readonly FileFacts[]>;
  imageFile(reference: string, path: string): Known<FileFacts>;
  imageProgram(reference: string, path: string): Known<ProgramFacts>;
  imageUsers(reference: string): Known<readonly AccountFacts[]>;
  imageGroups(reference: string): Known<readonly AccountFacts[]>;
  /** Names of the programs in the directories of a PATH. */
  imagePrograms(reference: string, path: readonly string[]): Known<readonly string[]>;
  /** Images of the store. */
  images(): Known<readonly TagFacts[]>;
  /** Tags of a repository in its registry, which is asked: see `registries.ts`. */
  tags(repository: string): Known<readonly TagFacts[]>;
  /** Repositories of a registry, with its name; it is asked. */
  repositories(registry: string): Known<readonly string[]>;
  /** Registries that the user has logged in to, as images name them. Nobody is asked. */
  logIns(): Known<readonly string[]>;
  containers(): Known<readonly ContainerFacts[]>;
  volumes(): Known<readonly string[]>;
  networks(): Known<readonly string[]>;
  /** Builds of a Dockerfile by its URI, and those that may be of it; the newest first. */
  builds(dockerfile: string): Known<readonly BuildFacts[]>;
  /** Says that a build has ended: what was told of builds is looked at again. */
  buildEnded(): void;
  onChange(listener: () => void): { dispose(): void };
}

/** Nobody to ask: every answer is unknown. */
export const noKnowledge: Knowledge = {
  image: () => unknown,
  imageFiles: () => unknown,
  imageFile: () => unknown,
  imageProgram: () => unknown,
  imageUsers: () => unknown,
  imageGroups: () => unknown,
  imagePrograms: () => unknown,
  images: () => unknown,
  tags: () => unknown,
  repositories: () => unknown,
  logIns: () => unknown,
  containers: () => unknown,
  volumes: () => unknown,
  networks: () => unknown,
  builds: () => unknown,
  buildEnded() {},
  onChange: () => ({ dispose() {} }),
};

const unknown = { kind: 'unknown' } as const;
