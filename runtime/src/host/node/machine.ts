// What Node knows of the machine.

import { readFile } from 'node:fs/promises';
import { hostname, release, type, uptime } from 'node:os';

export { hostname };

/** As `uname` says it; people say macOS to Darwin. */
export function system(): { readonly name: string; readonly release: string } {
  const name = type();
  return { name: name === 'Darwin' ? 'macOS' : name, release: release() };
}

/** Elsewhere than on Linux nothing counts starts of the machine: the time of the last one does, as exactly as clocks agree. */
export async function bootId(): Promise<string> {
  if (process.platform === 'linux') return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const startedAtS = Date.now() / 1000 - uptime();
  return `started-${Math.round(startedAtS / 600)}`;
}
