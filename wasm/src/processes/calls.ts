// What a program asks of its container beyond WASI (`guests/include/coracle.h`): descriptors, processes and signals.

import { makePipe } from '../memory/pipe.ts';
import type { Host } from '../preview1/host.ts';
import { fileCalls } from '../preview1/file-calls.ts';
import { coracleSocketCalls } from '../preview1/socket-calls.ts';
import type { Ask } from '../preview1/sockets.ts';
import type { Waiting } from '../preview1/waiting.ts';
import { errno, fail } from '../wasi/errno.ts';
import { setMode, takeSignal, type ProcessGate } from './gate.ts';
import { listing } from './listing.ts';
import { kill } from './signals.ts';
import { replace, spawn } from './spawning.ts';
import { at } from './table.ts';
import { terminalCalls } from './terminal-calls.ts';
import { waitFor } from './waiting.ts';

/** A process has become another program; thrown through the one that it was. */
export class Replaced extends Error {}

/** More than Linux gives: who shares a thread goes on after a switch of coroutines, not at once, so there are a quarter as many. */
const pipeRoom = 262_144;

export function coracleCalls(gate: ProcessGate, ask: Ask, hostname: string) {
  return (host: Host) => ({
    ...fileCalls(host),
    ...coracleSocketCalls(host, ask),
    ...descriptorCalls(host),
    ...processCalls(gate, host, hostname),
    ...terminalCalls(gate, host),
  });
}

function descriptorCalls({ process, memory }: Host) {
  const { space, descriptions } = process;
  return {
    pipe: (ends: number) => {
      process.checkRoom(2);
      memory.bytes(ends, 8);
      const pipe = makePipe(space.arena, pipeRoom);
      memory.setWord(ends, process.add(descriptions.openPipe(pipe, 'readers')));
      memory.setWord(ends + 4, process.add(descriptions.openPipe(pipe, 'writers')));
    },
    dup: (descriptor: number, least: number, result: number) => {
      const description = process.description(descriptor);
      memory.bytes(result, 4);
      memory.setWord(result, process.add(description, least));
      descriptions.hold(description);
    },
    dup2: (from: number, to: number) => process.duplicate(from, to),
  };
}

function processCalls(gate: ProcessGate, host: Host, hostname: string) {
  const { memory } = host;
  const { table, record } = gate;

  function putText(text: Uint8Array, buffer: number, length: number, used: number): void {
    memory.setWord(used, text.length);
    if (text.length <= length >>> 0) memory.bytes(buffer, text.length).set(text);
  }

  return {
    spawn: (address: number, result: number) => {
      memory.bytes(result, 4);
      memory.setWord(result, spawn(table, record, host, address));
    },
    exec: (address: number) => {
      replace(table, record, host, address);
      throw new Replaced();
    },
    *wait(which: number, options: number, pid: number, status: number): Waiting<void> {
      const found = yield* waitFor(gate, host, which, options);
      memory.setWord(pid, found.pid);
      memory.setWord(status, found.status);
    },
    kill: (which: number, number: number) => {
      kill(table, record, which, number);
      return gate.pass();
    },
    ids: (address: number) => {
      const fields = [at.pid, at.parent, at.group, at.uid, at.gid];
      for (const [index, field] of fields.entries()) memory.setWord(address + index * 4, table.get(record, field));
    },
    set_group: (pid: number, group: number) => {
      const moved = pid === 0 ? record : table.find(pid);
      if (moved === 0 || table.hasEnded(moved)) fail(errno.ESRCH);
      if (moved !== record && table.get(moved, at.parent) !== table.get(record, at.pid)) fail(errno.EPERM);
      if (group < 0) fail(errno.EINVAL);
      table.set(moved, at.group, group === 0 ? table.get(moved, at.pid) : group);
    },
    processes: (buffer: number, length: number, used: number) =>
      putText(new TextEncoder().encode(listing(table)), buffer, length, used),
    hostname: (buffer: number, length: number, used: number) =>
      putText(new TextEncoder().encode(hostname), buffer, length, used),
    signal_mode: (number: number, wish: number, result: number) => {
      const former = setMode(table, record, number, wish);
      if (result !== 0) memory.setWord(result, former);
    },
    signal_take: (result: number) => {
      memory.bytes(result, 4);
      memory.setWord(result, takeSignal(table, record));
    },
    umask: (mask: number, result: number) => {
      if (result !== 0) memory.setWord(result, table.get(record, at.umask));
      table.set(record, at.umask, mask & 0o777);
    },
  };
}
