// What devices do that are nothing but software. A device node of any file system is one of these by its number, or cannot be opened.

import { errno, fail } from '../wasi/errno.ts';

/** As Linux packs them into 32 bits. https://www.kernel.org/doc/Documentation/admin-guide/devices.txt */
export const device = { null: 0x103, zero: 0x105, full: 0x107, random: 0x108, urandom: 0x109, tty: 0x500 } as const;

const known = new Set<number>(Object.values(device));
/** As much as a browser gives at once; a read gives no more. */
const mostRandom = 65_536;

/** @throws Failure ENXIO for a device that there is not */
export function checkDevice(number: number): void {
  if (!known.has(number)) fail(errno.ENXIO);
}

/** @returns bytes read */
export function readDevice(number: number, into: Uint8Array): number {
  if (number === device.null || number === device.tty) return 0;
  if (number !== device.random && number !== device.urandom) {
    into.fill(0);
    return into.length;
  }
  // What is filled may be shared memory, which takes no random bytes.
  const bytes = crypto.getRandomValues(new Uint8Array(Math.min(into.length, mostRandom)));
  into.set(bytes);
  return bytes.length;
}

/** Takes all of it. @throws Failure ENOSPC */
export function writeDevice(number: number, from: Uint8Array): void {
  if (number === device.full && from.length > 0) fail(errno.ENOSPC);
}
