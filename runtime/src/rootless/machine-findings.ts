// What containers of Linux need of a machine whoever starts their engine, as findings for people. The daemon of root looks at it on its
// way, so it loads nothing else.

import { readFileSync } from 'node:fs';
import type { Finding } from '../spec/engine/system.ts';
import { installCommand } from './packages.ts';
import { findProgram } from './programs.ts';

/** Bit of CAP_SYS_ADMIN in a mask of capabilities (capabilities(7)). */
const sysAdmin = 21n;

/** The finding for a machine without a kernel of Linux. @param platform Node's name of it */
export function otherSystem(platform: string): Finding {
  const names: Readonly<Record<string, string>> = { darwin: 'macOS', win32: 'Windows' };
  const name = Object.hasOwn(names, platform) ? names[platform] : platform;
  return { name: 'kernel', state: 'missing', message: `this system is ${name}, not Linux` };
}

/** @param named paths of OCI runtimes that the settings name, beside those that are looked for */
export function runtimesFinding(searchPath: readonly string[], named: readonly string[]): Finding {
  const found = [...['crun', 'runc'].filter((name) => findProgram(searchPath, name) !== undefined), ...named];
  if (found.length > 0) return { name: 'runtimes', state: 'ok', message: `found ${found.join(', ')}` };
  return {
    name: 'runtimes',
    state: 'missing',
    message: 'no OCI runtime, which starts the containers',
    remedy: installCommand('crun'),
  };
}

/** Root of another container often is no root to the kernel. */
export function rightsFinding(): Finding {
  const name = 'rights';
  const mask = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  if ((BigInt(`0x${mask}`) >> sysAdmin) & 1n)
    return { name, state: 'ok', message: 'root may mount and make namespaces' };
  return {
    name,
    state: 'missing',
    message:
      'root has no CAP_SYS_ADMIN here, as in a container without privileges: it can neither mount nor make namespaces',
  };
}
