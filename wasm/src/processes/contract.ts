// The processes of a container, as whoever keeps the container sees them, on the engine's thread.

import type { FilesReference } from '../files/reference.ts';
import type { MountReference } from '../mounts/reference.ts';
import type { GuestNetwork } from '../sockets/contract.ts';

export interface ProcessesOptions {
  /** The container's root. While this lives nobody else makes threads for it. */
  readonly files: FilesReference;
  /** Parents before children. */
  readonly mounts: readonly MountReference[];
  readonly isReadOnly: boolean;
  /** Absent: no network. */
  readonly network?: GuestNetwork | undefined;
  readonly hostname: string;
  readonly limits: ProcessLimits;
  /** Where its processes run; `auto` unless it is said. */
  readonly placement?: Placement | undefined;
}

/**
 * `shared`: they take turns on threads that other containers have as well; an idle one takes little then.
 * `own`: each has a thread, and shares nothing with other containers but the process of the engine.
 * `auto`: they share threads, but for programs that computed for long when they ran last, and those that cannot be made to take turns.
 */
export type Placement = 'shared' | 'own' | 'auto';

export interface ProcessLimits {
  /** Bytes of linear memory, of one process and of all together. */
  readonly memoryBytes?: number | undefined;
  /** Processes at once. */
  readonly pids?: number | undefined;
  /** Of one core: 0.5, 2. */
  readonly cpus?: number | undefined;
}

export interface ProgramSpec {
  /** The first is looked for in PATH of `env` unless it has a slash. */
  readonly argv: readonly string[];
  /** The exported function that begins, of a module; absent: `_start`. */
  readonly entry?: string | undefined;
  /** `KEY=value`. */
  readonly env: readonly string[];
  /** Absolute. */
  readonly workingDirectory: string;
  readonly uid: number;
  readonly gid: number;
  readonly terminal?: TerminalSize | undefined;
  /** Whether input comes; else it is at its end from the beginning. */
  readonly stdin: boolean;
}

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

export interface Processes extends AsyncDisposable {
  /**
   * Makes a process that does not run yet: a terminal, pipes, a place in the table. The first one is the container's: all others end with it.
   * @throws StartError
   */
  prepare(spec: ProgramSpec): Promise<Program>;
  /** Nobody runs on until `resume`, at the latest at the next call; resolves when it is so. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  list(): readonly ProcessState[];
  usage(): Promise<ProcessUsage>;
  setLimits(limits: ProcessLimits): Promise<void>;
  /** Ends every process, wherever it is, and every thread. Idempotent. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Program {
  readonly pid: number;
  /** Its first instruction. @throws StartError for a module that cannot be run */
  start(): Promise<void>;
  /** Settles when it has ended and all of its output was taken, or nobody can write more of it. Never rejects. */
  readonly exited: Promise<ProgramExit>;
  /** What it writes, at the reader's pace: what is not read holds the program up. To be read by one reader. With a terminal
   * everything is of stream 1. */
  readonly output: AsyncIterable<OutputPiece>;
  /** Resolves when the program, or its pipe, has taken it; nothing happens when it has ended. */
  write(chunk: Uint8Array): Promise<void>;
  /** With a terminal: as typing its end-of-file character. */
  endInput(): void;
  resize(size: TerminalSize): void;
  /** A Linux signal's number. SIGKILL ends it wherever it is; others by its own wish or their default. */
  signal(signal: number): void;
}

export interface OutputPiece {
  readonly stream: 1 | 2;
  readonly bytes: Uint8Array;
}

export interface ProgramExit {
  /** 128 and its number for a signal, as a shell says it; 139 with a message on standard error for a trap. */
  readonly code: number;
  readonly oomKilled: boolean;
}

export interface ProcessState {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly argv: readonly string[];
  readonly uid: number;
  readonly state: 'running' | 'sleeping' | 'stopped' | 'ended';
  readonly startedAtMs: number;
  readonly cpuNs: bigint;
  readonly memoryBytes: number;
}

export interface ProcessUsage {
  readonly cpuNs: bigint;
  /** Linear memories, and what its files take in memory. */
  readonly memoryBytes: number;
  readonly processes: number;
}

/** A program that cannot be started, by what docker's exit codes call it: 126 when it is there and cannot be run, 127 when it is not there. */
export class StartError extends Error {
  readonly exitCode: 126 | 127;

  constructor(exitCode: 126 | 127, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
