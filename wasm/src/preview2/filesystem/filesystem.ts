// wasi:filesystem: the files that programs of preview 1 see, at the same paths.
// https://github.com/WebAssembly/WASI/tree/main/proposals/filesystem

import { rootDescriptor } from '../../preview1/process.ts';
import type { Calls } from '../calls.ts';
import { duplicate } from '../descriptor-streams.ts';
import type { IoError } from '../streams.ts';
import type { HostInterface } from '../world.ts';
import { fileCode } from './codes.ts';
import { Descriptor } from './descriptor.ts';
import { DirectoryEntryStream } from './directory-entries.ts';

export function filesystem(calls: Calls): Readonly<Record<string, HostInterface>> {
  return {
    'wasi:filesystem/preopens': {
      functions: {
        getDirectories: () =>
          // One of several would be taken for all of them, as by programs of preview 1.
          calls.surely(() => [[new Descriptor(calls, duplicate(calls, rootDescriptor), true), '/']]),
      },
    },
    'wasi:filesystem/types': {
      functions: { filesystemErrorCode: ({ errno }: IoError) => fileCode(errno) },
      resources: {
        Descriptor: { type: Descriptor, methods: descriptorMethods },
        DirectoryEntryStream: { type: DirectoryEntryStream, methods: ['readDirectoryEntry'] },
      },
    },
  };
}

export const descriptorMethods: readonly string[] = [
  'readViaStream',
  'writeViaStream',
  'appendViaStream',
  'advise',
  'syncData',
  'getFlags',
  'getType',
  'setSize',
  'setTimes',
  'read',
  'write',
  'readDirectory',
  'sync',
  'createDirectoryAt',
  'stat',
  'statAt',
  'setTimesAt',
  'linkAt',
  'openAt',
  'readlinkAt',
  'removeDirectoryAt',
  'renameAt',
  'symlinkAt',
  'unlinkFileAt',
  'isSameObject',
  'metadataHash',
  'metadataHashAt',
];
