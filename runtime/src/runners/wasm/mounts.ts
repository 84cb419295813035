// The mounts of a container as its processes see them: folders and files of the host, and memory.

import { createMemoryFiles } from '../../../../wasm/src/mounts/memory.ts';
import type { MountReference } from '../../../../wasm/src/mounts/reference.ts';
import { EngineError } from '../../spec/errors.ts';
import type { SandboxMount, SandboxSpec } from '../runner.ts';

const shmPath = '/dev/shm';
/** What nobody has asked for by another size is there anyway, in the memory of /dev. */
const usualShmBytes = 64 * 1024 * 1024;
/** Of a tmpfs that is given no size: what would be half of the memory on Linux is a number here. */
const defaultTmpfsBytes = 256 * 1024 * 1024;

/** Parents before children. @throws EngineError invalidParameter for an option of tmpfs that means nothing */
export function mountsOf({ mounts, hostConfig, root }: SandboxSpec): MountReference[] {
  const asked = mounts.map((mount) => (mount.type === 'tmpfs' ? tmpfs(mount, root.id) : bind(mount)));
  if (asked.some(({ target }) => target === shmPath)) return asked;
  const size = hostConfig.ShmSize ?? 0;
  if (size <= 0 || size === usualShmBytes) return asked;
  const shm = { target: shmPath, options: [`size=${size}`, 'mode=1777'], readOnly: false };
  return [tmpfs(shm, root.id), ...asked];
}

function bind({ source, target, readOnly, options = [] }: SandboxMount): MountReference {
  return {
    target,
    readOnly: readOnly || options.some((option) => option === 'ro' || option === 'rro'),
    source: { kind: 'host', path: source },
    shownSource: source,
  };
}

function tmpfs(
  { target, readOnly, options = [] }: Pick<SandboxMount, 'target' | 'readOnly' | 'options'>,
  id: string,
): MountReference {
  const values = new Map(options.map((option) => pairOf(option)));
  return {
    target,
    readOnly: readOnly || values.has('ro'),
    source: {
      kind: 'memory',
      name: `tmpfs:${id}:${target}`,
      files: createMemoryFiles({ limitBytes: sizeOf(values.get('size')), mode: modeOf(values.get('mode')) }),
      type: 'tmpfs',
    },
    shownSource: 'tmpfs',
  };
}

function pairOf(option: string): readonly [string, string] {
  const at = option.indexOf('=');
  return at < 0 ? [option, ''] : [option.slice(0, at), option.slice(at + 1)];
}

function sizeOf(text: string | undefined): number {
  if (text === undefined) return defaultTmpfsBytes;
  const match = /^(\d{1,15})([kmg]?)$/i.exec(text);
  if (match === null) throw new EngineError('invalidParameter', `invalid tmpfs option "size=${text}"`);
  const unit = { '': 0, k: 1, m: 2, g: 3 }[(match[2] ?? '').toLowerCase()] ?? 0;
  return Number(match[1]) * 1024 ** unit || defaultTmpfsBytes;
}

function modeOf(text: string | undefined): number {
  if (text === undefined) return 0o1777;
  if (!/^[0-7]{1,5}$/.test(text)) throw new EngineError('invalidParameter', `invalid tmpfs option "mode=${text}"`);
  return Number.parseInt(text, 8) & 0o7777;
}
