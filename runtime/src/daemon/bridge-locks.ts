// What engines of root on one machine share: a bridge that only one may have, and turns in choosing subnets. Whatever their folders are, they
// find these locks in root's usual one.

import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeFolder } from '../host/node/make-folder.ts';
import { EngineError, isKind } from '../spec/errors.ts';
import { runFolder } from '../spec/user-folders.ts';
import { type Holder, type Lock, ourselves, takeFile, usable } from './lock.ts';

const turnPollMs = 10;
const longestTurnMs = 30_000;

const usualFolder = (): string => join(runFolder({ uid: 0, home: '/root', env: {} }), 'bridges');

/**
 * Takes the bridge of the default network, which also names the engine's firewall table, among the engines of root in this
 * network namespace.
 * @param dataRoot tells others whose it is
 * @throws EngineError conflict naming the engine that holds it, system where nothing can be written
 */
export function lockBridge(bridge: string, dataRoot: string, folder = usualFolder()): Lock {
  return lockHere(folder, bridge, dataRoot, ({ pid, more }) => {
    const whose = `process ${pid}, data root ${more}`;
    const remedy = 'choose another one by --bridge, and another --bip where one is set';
    return `bridge ${bridge} is in use by another engine (${whose}): ${remedy}`;
  });
}

/**
 * Waits until no other engine of this network namespace chooses a subnet. Who died with it holds it no longer.
 * @throws EngineError conflict naming who has held it for half a minute, system where nothing can be written
 */
export async function subnetTurn(folder = usualFolder()): Promise<Lock> {
  for (let waited = 0; ; waited += turnPollMs) {
    try {
      const refuse = ({ pid }: Holder) => `another engine (process ${pid}) is choosing a subnet and does not end`;
      return lockHere(folder, 'choice-of-a-subnet', '', refuse);
    } catch (error) {
      if (!isKind(error, 'conflict') || waited >= longestTurnMs) throw error;
    }
    await delay(turnPollMs);
  }
}

/** A lock of this network namespace. @param name of a bridge, or longer than one's can be @param more what it says of its holder besides */
function lockHere(folder: string, name: string, more: string, refuse: (holder: Holder) => string): Lock {
  return usable(`folder ${folder} for locks of bridges`, () => {
    makeFolder(folder, 0o711);
    const namespace = readlinkSync('/proc/self/ns/net').replaceAll(/\D/g, '');
    const path = join(folder, `${name}.${namespace}.lock`);
    return takeFile(path, `${ourselves()} ${more}\n`, (holder) => new EngineError('conflict', refuse(holder)));
  });
}
