// Branded identifiers: 64 hexadecimal digits for containers, networks and execs; `sha256:<hex>` for images and blobs.

import { EngineError } from './errors.ts';

export type ContainerId = string & { readonly __brand: 'ContainerId' };
export type NetworkId = string & { readonly __brand: 'NetworkId' };
export type ExecId = string & { readonly __brand: 'ExecId' };

/** 64 hexadecimal digits out of 32 random bytes, as Docker makes ids; never all digits in the short form, so that a
 * short id is never taken for a number. */
export function randomId(random: (size: number) => Uint8Array): string {
  for (;;) {
    const id = [...random(32)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    if (!/^\d+$/.test(id.slice(0, 12))) return id;
  }
}

export function isFullId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** The twelve digits that people see; takes `sha256:` off first. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

/** Docker's rule for names of containers and volumes: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`, at least two characters. */
export function isValidName(name: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name);
}

/** @throws EngineError invalidParameter, in Docker's words, when `name` is not a container name. */
export function checkContainerName(name: string): void {
  if (!isValidName(name)) {
    throw new EngineError(
      'invalidParameter',
      `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    );
  }
}
