// What the first bytes of a program say: for which machine, or which interpreter.

import type { ProgramFacts } from '../knowledge.ts';

/** Bytes that are enough: Linux looks no further for `#!`. */
export const headBytes = 256;

/** e_machine of ELF -> Go's name of the architecture. */
const machines: Readonly<Record<number, string>> = {
  0x03: '386',
  0x15: 'ppc64le',
  0x16: 's390x',
  0x28: 'arm',
  0x3e: 'amd64',
  0xb7: 'arm64',
  0xf3: 'riscv64',
  0x102: 'loong64',
};

export function readProgram(isExecutable: boolean, head: Buffer): ProgramFacts {
  const script = head.subarray(0, 2).toString('latin1') === '#!' ? firstLine(head) : undefined;
  return {
    executable: isExecutable,
    architecture: architectureOf(head),
    interpreter: script?.slice(2).trim().split(/\s+/)[0],
    carriageReturn: script?.endsWith('\r') === true,
  };
}

function firstLine(head: Buffer): string {
  const end = head.indexOf(10);
  return head.subarray(0, end < 0 ? head.length : end).toString('latin1');
}

function architectureOf(head: Buffer): string | undefined {
  if (head.length < 20 || head.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const isLittleEndian = head[5] === 1;
  return machines[isLittleEndian ? head.readUInt16LE(18) : head.readUInt16BE(18)];
}
