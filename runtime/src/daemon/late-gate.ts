// The trust policy, whose script is loaded when there is one.

import { statSync } from 'node:fs';
import type { TrustPolicyFile } from '../engine/config.ts';
import type { Clock } from '../host/host.ts';
import type { ImageGate } from '../spec/engine/trust.ts';

/** Admits everything as long as there is no policy. @param file asked anew each time */
export function lateGate(file: () => TrustPolicyFile | undefined, clock: Pick<Clock, 'now'>): ImageGate {
  let opened: Promise<ImageGate> | undefined;
  const gate = (): Promise<ImageGate> | undefined => {
    if (!isThere(file())) return undefined;
    return (opened ??= import('../trust/gate.ts').then(({ openGate }) => openGate(() => file()?.path ?? '', clock)));
  };
  return {
    admitRemote: async (image) => (await gate())?.admitRemote(image),
    admitArchive: async (name, place) => (await gate())?.admitArchive(name, place),
    admitStored: async (image) => (await gate())?.admitStored(image),
  };
}

/** Looked for at each image: that costs microseconds, and a policy holds from the moment at which it is there. */
function isThere(file: TrustPolicyFile | undefined): boolean {
  if (file === undefined) return false;
  return file.isRequired || statSync(file.path, { throwIfNoEntry: false }) !== undefined;
}
