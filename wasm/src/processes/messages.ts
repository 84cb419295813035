// What the engine's thread and the threads of processes tell each other. All else they find in the arena.

import type { MadeYields } from '../binary/kept-yields.ts';
import type { FilesReference } from '../files/reference.ts';
import type { MountsReference } from '../mounts/reference.ts';
import type { CompiledComponent, ComponentParts } from '../preview2/parts.ts';
import type { SocketRequest } from '../sockets/request.ts';
import type { Identity } from './modules.ts';

/** What there is of the machine that all containers share. */
export interface Machine {
  readonly memoryBytes: number;
  readonly cpus: number;
}

/** To a thread: run a process of the table. */
export interface StartMessage {
  readonly kind: 'start';
  readonly files: FilesReference;
  readonly mounts: MountsReference;
  readonly identity: Identity;
  readonly hostname: string;
  readonly record: number;
  /** When its container began, in milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly machine: Machine;
  /** The thread's name for the arena's lock. */
  readonly owner: number;
  /** Among the processes of its thread; undefined where it has that alone. */
  readonly place: number | undefined;
  /** Most bytes of linear memory. */
  readonly memoryBytes: number | undefined;
  /** The exported function that begins; undefined: `_start`. */
  readonly entry: string | undefined;
  /** Of its program, when it is known. */
  readonly compiled: Compiled | undefined;
  /** What its program was taken apart into, or why it was not, when the thread has asked for that. */
  readonly parts?: ComponentParts | string;
  /** Whether somebody waits to hear that it can be run. */
  readonly tellsReady: boolean;
  /** How many messages have come from the process so far. */
  readonly heard: number;
}

/** What a thread runs. */
export type Compiled = WebAssembly.Module | CompiledComponent;

/** From a thread. */
export type ThreadMessage =
  /** By its contents and limits, for whoever runs it next; what was made of its bytes, when it was made now. */
  | {
      readonly kind: 'compiled';
      readonly key: string;
      readonly compiled: Compiled;
      readonly bytes: number;
      readonly made?: MadeYields | undefined;
    }
  /** Its program is a component: it is to be started again with its parts. */
  | { readonly kind: 'component'; readonly bytes: Uint8Array; readonly entry: string | undefined }
  | { readonly kind: 'ready' }
  | { readonly kind: 'socket'; readonly request: SocketRequest }
  /** Its program cannot be made to take turns: it is to be started again on a thread of its own. */
  | { readonly kind: 'alone'; readonly key: string | undefined; readonly entry: string | undefined }
  /** Something that should not happen. */
  | { readonly kind: 'broken'; readonly words: string };
