// What the engine's thread and the threads of processes tell each other. All else they find in the arena.

import type { FilesReference } from '../files/reference.ts';
import type { MountsReference } from '../mounts/reference.ts';
import type { SocketRequest } from '../sockets/request.ts';
import type { Identity } from './modules.ts';

/** To a thread: run a process of the table. */
export interface StartMessage {
  readonly kind: 'start';
  readonly files: FilesReference;
  readonly mounts: MountsReference;
  readonly identity: Identity;
  readonly hostname: string;
  readonly record: number;
  /** The thread's name for the arena's lock. */
  readonly owner: number;
  /** Most bytes of linear memory. */
  readonly memoryBytes: number | undefined;
  /** Of its program, when it is known. */
  readonly module: WebAssembly.Module | undefined;
  /** Whether somebody waits to hear that it can be run. */
  readonly tellsReady: boolean;
}

/** From a thread. */
export type ThreadMessage =
  /** A module by its contents and limits, for whoever runs it next. */
  | { readonly kind: 'compiled'; readonly key: string; readonly module: WebAssembly.Module; readonly bytes: number }
  | { readonly kind: 'ready' }
  /** It cannot be run, in words. */
  | { readonly kind: 'refused'; readonly words: string }
  | { readonly kind: 'socket'; readonly request: SocketRequest }
  /** Something that should not happen. */
  | { readonly kind: 'broken'; readonly words: string };
