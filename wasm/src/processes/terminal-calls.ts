// What a program asks of a terminal.

import { foregroundOf, modesOf, setForeground, setModes, sizeOf } from '../memory/terminal.ts';
import { opened } from '../preview1/descriptions.ts';
import type { Host } from '../preview1/host.ts';
import { errno, fail } from '../wasi/errno.ts';
import { at, type Table } from './table.ts';
import type { ProcessGate } from './gate.ts';

const ttyBytes = 12;

export function terminalCalls({ table }: ProcessGate, { process, memory }: Host) {
  const { arena } = table;

  function terminalAt(descriptor: number): number {
    const description = process.description(descriptor);
    if (process.descriptions.kindOf(description) !== opened.terminal) fail(errno.ENOTTY);
    return process.descriptions.target(description);
  }

  return {
    tty_get: (descriptor: number, address: number) => {
      const terminal = terminalAt(descriptor);
      const { rows, columns } = sizeOf(arena, terminal);
      memory.bytes(address, ttyBytes);
      memory.setWord(address, modesOf(arena, terminal));
      memory.view.setUint16(address + 4, rows, true);
      memory.view.setUint16(address + 6, columns, true);
      memory.setWord(address + 8, foregroundOf(arena, terminal));
    },
    tty_set: (descriptor: number, address: number) => {
      const terminal = terminalAt(descriptor);
      memory.bytes(address, ttyBytes);
      const group = memory.view.getInt32(address + 8, true);
      if (group !== foregroundOf(arena, terminal) && !hasGroup(table, group)) fail(errno.EPERM);
      setModes(arena, terminal, memory.view.getUint32(address, true));
      setForeground(arena, terminal, group);
    },
  };
}

function hasGroup(table: Table, group: number): boolean {
  for (const record of table.visible()) if (table.get(record, at.group) === group) return true;
  return false;
}
