// What the host allows an engine without root, as findings for people. It only looks; that the kernel really makes
// namespaces is seen when they are made.

import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { Finding } from '../spec/engine/system.ts';
import { delegationFinding } from './delegation.ts';
import { besideName } from './entered.ts';
import { rightsFinding, runtimesFinding } from './machine-findings.ts';
import { installCommand } from './packages.ts';
import { findProgram } from './programs.ts';
import { firstFree, rangesOf, readSubids, subidFiles, type User } from './subids.ts';
import { findWayOut } from './way-out.ts';

export interface Host {
  readonly user: User;
  /** Folders with programs. */
  readonly searchPath: readonly string[];
  /** OCI runtimes that the settings name, beside those that are looked for. */
  readonly runtimes: readonly string[];
}

const usualRange = 65_536;

/** @returns in the order in which they are best mended */
export function preflight(host: Host): readonly Finding[] {
  if (host.user.uid === 0) {
    return [ok('mode', 'the engine runs as root'), rightsFinding(), runtimes(host), firewall(host.searchPath)];
  }
  return [
    mode(host.user),
    userNamespaces(),
    idPrograms(host.searchPath),
    subordinateIds(host.user),
    runtimes(host),
    overlay(host.searchPath),
    firewall(host.searchPath),
    ...wayOut(host.searchPath),
    delegationFinding(host.user),
  ];
}

/** Whether an engine can work at all. */
export function isPossible(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state !== 'missing');
}

function mode({ name, uid }: User): Finding {
  return ok('mode', `the engine runs as the ordinary user ${name} (${uid}), in namespaces of its own`);
}

function ok(name: string, message: string): Finding {
  return { name, state: 'ok', message };
}

/** The value of a kernel setting; undefined where the kernel has none of that name. */
function setting(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

function userNamespaces(): Finding {
  const name = 'user namespaces';
  const forbidden = [
    { key: 'user.max_user_namespaces', path: '/proc/sys/user/max_user_namespaces', bad: '0', good: '28633' },
    {
      key: 'kernel.unprivileged_userns_clone',
      path: '/proc/sys/kernel/unprivileged_userns_clone',
      bad: '0',
      good: '1',
    },
  ].find(({ path, bad }) => setting(path) === bad);
  if (forbidden !== undefined) {
    const { key, bad, good } = forbidden;
    return {
      name,
      state: 'missing',
      message: `this system does not let ordinary users make user namespaces (${key} is ${bad})`,
      remedy: `sudo sysctl -w ${key}=${good}`,
    };
  }
  if (!existsSync('/proc/self/ns/user'))
    return { name, state: 'missing', message: 'this kernel has no user namespaces' };
  return ok(name, 'ordinary users may make them');
}

/** What AppArmor forbids is seen only when it is tried: the finding for a holder that could not be made. */
export function refusedNamespaces(reason: string): Finding {
  const isAppArmor = setting('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1';
  return {
    name: 'user namespaces',
    state: 'missing',
    message: isAppArmor ? `AppArmor keeps ordinary users from using user namespaces (${reason})` : reason,
    ...(isAppArmor ? { remedy: 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0' } : {}),
  };
}

/** The finding for containers that run on in namespaces of an earlier engine. @param reason why those were not taken over */
export function containersBeside(count: number, reason?: string): Finding {
  const who = count === 1 ? '1 container runs' : `${count} containers run`;
  const why = reason === undefined ? '' : ` that could not be taken over (${reason})`;
  const message =
    `${who} in namespaces of an earlier engine${why}: logs, signals and stop work, but exec, networks and published ports ` +
    'do not until they are stopped and started again';
  return { name: besideName, state: 'warning', message };
}

/** The finding for ids that the system did not give although they are noted. */
export function refusedIds(reason: string): Finding {
  return { name: 'subordinate ids', state: 'missing', message: reason };
}

function idPrograms(searchPath: readonly string[]): Finding {
  const name = 'newuidmap';
  const lacking = ['newuidmap', 'newgidmap'].filter((program) => findProgram(searchPath, program) === undefined);
  if (lacking.length === 0) return ok(name, 'newuidmap and newgidmap are there');
  return {
    name,
    state: 'missing',
    message: `${lacking.join(' and ')} not found: without, an ordinary user has one id only, and images need many`,
    remedy: installCommand('uidmap'),
  };
}

function subordinateIds(user: User): Finding {
  const name = 'subordinate ids';
  const [uids, gids] = [readSubids(subidFiles.uids), readSubids(subidFiles.gids)];
  const count = (text: string): number => rangesOf(text, user).reduce((sum, range) => sum + range.count, 0);
  const [users, groups] = [count(uids), count(gids)];
  if (Math.min(users, groups) >= usualRange - 1) return ok(name, `${users} users and ${groups} groups for containers`);
  const first = firstFree([uids, gids]);
  const range = `${first}-${first + usualRange - 1}`;
  const flags = [
    ...(users < usualRange - 1 ? [`--add-subuids ${range}`] : []),
    ...(groups < usualRange - 1 ? [`--add-subgids ${range}`] : []),
  ];
  const remedy = `sudo usermod ${flags.join(' ')} ${user.name}`;
  const none = [...(users === 0 ? [subidFiles.uids] : []), ...(groups === 0 ? [subidFiles.gids] : [])];
  return none.length > 0
    ? { name, state: 'missing', message: `${user.name} has no range of ids in ${none.join(' and ')}`, remedy }
    : {
        name,
        state: 'warning',
        message: `only ${users} users and ${groups} groups for containers: images with higher ids will not work`,
        remedy,
      };
}

function runtimes({ searchPath, runtimes: named }: Host): Finding {
  return runtimesFinding(searchPath, named);
}

function overlay(searchPath: readonly string[]): Finding {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  if (major > 5 || (major === 5 && minor >= 11)) return ok('overlayfs', 'the kernel lets ordinary users mount it');
  if (findProgram(searchPath, 'fuse-overlayfs') !== undefined) return ok('overlayfs', 'by fuse-overlayfs');
  return {
    name: 'overlayfs',
    state: 'warning',
    message: `Linux ${major}.${minor} does not let ordinary users mount overlayfs: each container gets a whole copy of its image, which is slow and uses more disk`,
    remedy: installCommand('fuse-overlayfs'),
  };
}

function firewall(searchPath: readonly string[]): Finding {
  const libraries = ['/usr/lib', '/usr/lib64', '/lib'].flatMap((folder) => [
    folder,
    `${folder}/x86_64-linux-gnu`,
    `${folder}/aarch64-linux-gnu`,
  ]);
  const isThere =
    findProgram(searchPath, 'nft') !== undefined ||
    libraries.some((folder) => existsSync(`${folder}/libnftables.so.1`));
  if (isThere) return ok('nftables', 'networks of containers can be kept apart and led outside');
  return {
    name: 'nftables',
    state: 'warning',
    message: 'nft not found: containers reach nothing outside their network',
    remedy: installCommand('nftables'),
  };
}

function wayOut(searchPath: readonly string[]): readonly Finding[] {
  const program = findWayOut(searchPath);
  return [
    program === undefined
      ? {
          name: 'way out',
          state: 'warning',
          message: 'neither slirp4netns nor pasta found: containers reach nothing outside this machine',
          remedy: installCommand('slirp4netns'),
        }
      : ok('way out', `containers reach what this machine reaches, by ${program}`),
    tun(),
  ];
}

function tun(): Finding {
  const name = 'tun';
  const path = '/dev/net/tun';
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return ok(name, `${path} may be used`);
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code !== 'ENOENT';
    return {
      name,
      state: 'warning',
      message: `${path} ${isThere ? 'is closed to you' : 'is not there'}: containers reach nothing outside this machine`,
      remedy: isThere ? `sudo chmod 666 ${path}` : 'sudo modprobe tun',
    };
  }
}
