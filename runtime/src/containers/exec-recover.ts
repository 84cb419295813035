// Execs that a new daemon finds: they can be inspected and resized, and their end is told, but what asked for them is gone.

import type { Sandbox } from '../runners/runner.ts';
import type { Container } from './container.ts';
import { register, watchExec } from './exec.ts';
import type { Room } from './room.ts';

export function showExecs(room: Room, container: Container, sandbox: Sandbox): void {
  for (const [id, process] of sandbox.execs) {
    const exec = register(room, container, {}, [], id);
    watchExec(room, exec, process, 0);
  }
}
