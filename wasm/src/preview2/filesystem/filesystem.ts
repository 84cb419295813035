// wasi:filesystem: the files that programs of preview 1 see, at the same paths.
// https://github.com/WebAssembly/WASI/tree/main/proposals/filesystem

import type { Calls } from '../calls.ts';
import { duplicate } from '../descriptor-streams.ts';
import type { IoError } from '../streams.ts';
import type { HostInterface } from '../world.ts';
import { fileCode } from './codes.ts';
import { Descriptor } from './descriptor.ts';
import { DirectoryEntryStream } from './directory-entries.ts';

/** Directories that a program finds open, by their descriptors. */
const preopens = [3, 4];

export function filesystem(calls: Calls): Readonly<Record<string, HostInterface>> {
  const { process } = calls;
  return {
    'wasi:filesystem/preopens': {
      functions: {
        getDirectories: () =>
          calls.surely(() =>
            preopens.map((number) => [
              new Descriptor(calls, duplicate(calls, number)),
              new TextDecoder().decode(process.preopen(number)),
            ]),
          ),
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

const descriptorMethods = [
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
