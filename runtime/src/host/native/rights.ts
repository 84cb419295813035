// Who this process is to the kernel: root of the machine, or of a user namespace that somebody made.

import { readFileSync, statSync } from 'node:fs';
import { parseIdRanges } from '../../spec/id-map.ts';
import type { KernelRights } from '../kernel.ts';

/** Inode of the user namespace that the machine starts with, on every Linux. */
const initialUserNamespace = 0xeffffffd;

export function readRights(): KernelRights {
  return {
    isMachineRoot: statSync('/proc/self/ns/user').ino === initialUserNamespace,
    ids: {
      uids: parseIdRanges(readFileSync('/proc/self/uid_map', 'utf8')),
      gids: parseIdRanges(readFileSync('/proc/self/gid_map', 'utf8')),
    },
  };
}
