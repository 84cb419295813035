// What engines of root on one machine share: a bridge that only one may have, and turns in choosing subnets. Whatever their folders are, they
// find these locks in root's usual one.

import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeFolder } from '../host/node/make-folder.ts';
import { runningShims } from '../host/node/shims.ts';
import { EngineError, isKind } from '../spec/errors.ts';
import { runFolder } from '../spec/user-folders.ts';
import { type Holder, isOtherAlive, type Lock, ourselves, takeFile, usable } from './lock.ts';

const turnPollMs = 10;
const longestTurnMs = 30_000;

const usualFolder = (): string => join(runFolder({ uid: 0, home: '/root', env: {} }), 'bridges');

/** Where an engine has its things. */
export interface Owner {
  readonly dataRoot: string;
  readonly execRoot: string;
}

/**
 * Takes the bridge of the default network, which also names the engine's firewall table, among the engines of root in this
 * network namespace. The bridge of an engine that has ended is its own for as long as its containers run: their rules are in that table,
 * and their addresses on that bridge.
 * @throws EngineError conflict naming the engine that holds it, system where nothing can be written
 */
export function lockBridge(bridge: string, owner: Owner, folder = usualFolder()): Lock {
  const more = `${owner.dataRoot}\n${owner.execRoot}`;
  const refuse = (holder: Holder): string => {
    const { dataRoot } = ownerIn(holder);
    if (!isOtherAlive(holder)) {
      const whose = `an engine that has ended (data root ${dataRoot})`;
      return `bridge ${bridge} has running containers of ${whose}: start that engine again, or ${remedy}`;
    }
    const whose = `process ${holder.pid}, data root ${dataRoot}`;
    return `bridge ${bridge} is in use by another engine (${whose}): ${remedy}`;
  };
  return lockHere(folder, bridge, more, refuse, (holder) => isOtherAlive(holder) || hasContainers(holder, owner));
}

const remedy = 'choose another one by --bridge, and another --bip where one is set';

function ownerIn({ more }: Holder): Owner {
  const [dataRoot = '', execRoot = ''] = more.split('\n');
  return { dataRoot, execRoot };
}

function hasContainers(holder: Holder, { dataRoot }: Owner): boolean {
  const other = ownerIn(holder);
  return other.dataRoot !== dataRoot && other.execRoot !== '' && runningShims(other.execRoot).length > 0;
}

/**
 * Waits until no other engine of this network namespace chooses a subnet. Who died with it holds it no longer.
 * @throws EngineError conflict naming who has held it for half a minute, system where nothing can be written
 */
export async function subnetTurn(folder = usualFolder()): Promise<Lock> {
  for (let waited = 0; ; waited += turnPollMs) {
    try {
      const refuse = ({ pid }: Holder) => `another engine (process ${pid}) is choosing a subnet and does not end`;
      return lockHere(folder, 'choice-of-a-subnet', '', refuse, isOtherAlive);
    } catch (error) {
      if (!isKind(error, 'conflict') || waited >= longestTurnMs) throw error;
    }
    await delay(turnPollMs);
  }
}

/** A lock of this network namespace. @param name of a bridge, or longer than one's can be @param more what it says of its holder besides */
function lockHere(
  folder: string,
  name: string,
  more: string,
  refuse: (holder: Holder) => string,
  isHeld: (holder: Holder) => boolean,
): Lock {
  return usable(`folder ${folder} for locks of bridges`, () => {
    makeFolder(folder, 0o711);
    const namespace = readlinkSync('/proc/self/ns/net').replaceAll(/\D/g, '');
    const path = join(folder, `${name}.${namespace}.lock`);
    const refused = (holder: Holder) => new EngineError('conflict', refuse(holder));
    return takeFile(path, `${ourselves()} ${more}\n`, refused, isHeld);
  });
}
