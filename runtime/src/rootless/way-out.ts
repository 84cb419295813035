// How packets leave the namespaces: a program of the user that takes them from a tap device in there and speaks for them with
// sockets out here.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startTime } from '../host/node/processes.ts';
import { EngineError } from '../spec/errors.ts';
import type { ProcessId, WayOut } from '../spec/rootless.ts';
import { findProgram } from './programs.ts';

/** One network for both programs, so that what is known of the one is true of the other. */
const net = { address: '10.0.2.100', gateway: '10.0.2.2', nameserver: '10.0.2.3', prefix: '24', mtu: 65_520 };

const patienceMs = 10_000;

export const noWayOut: WayOut = { kind: 'none', nameserver: '', mtu: 1500 };

/** The program that there is for it, the better one first. */
export function findWayOut(folders: readonly string[]): string | undefined {
  return findProgram(folders, 'slirp4netns', 'pasta');
}

export interface Started {
  readonly wayOut: WayOut;
  readonly follower: ProcessId;
}

/** Starts it for the holder, with whom it ends. @throws EngineError unavailable with what it said */
export async function startWayOut(
  program: string,
  holder: ProcessId,
  { helper, execRoot }: { readonly helper: string; readonly execRoot: string },
): Promise<Started> {
  const kind = basename(program) === 'pasta' ? 'pasta' : 'slirp4netns';
  const log = join(execRoot, `${kind}.log`);
  const fd = openSync(log, 'w', 0o600);
  const words = kind === 'pasta' ? pastaWords(holder.pid) : slirpWords(holder.pid);
  const child = spawn(helper, ['follow', String(holder.pid), program, ...words], {
    stdio: ['ignore', 'pipe', fd],
    cwd: '/',
  });
  closeSync(fd);
  let said = '';
  child.stdout?.setEncoding('latin1').on('data', (text: string) => (said += text));
  await once(child, 'close');
  const pid = Number(/^made (\d+)$/m.exec(said)?.[1] ?? '0');
  const follower = { pid, started: startTime(pid) ?? '' };
  const failed = (why: string): EngineError =>
    new EngineError('unavailable', `${kind} ${why}: ${readFileSync(log, 'utf8').trim().split('\n').at(-1) ?? ''}`);
  const deadline = Date.now() + patienceMs;
  while (!hasDefaultRoute(holder.pid)) {
    if (startTime(pid) !== follower.started) throw failed('ended');
    if (Date.now() > deadline) throw failed('made no way out');
    await delay(2);
  }
  return {
    wayOut: { kind, nameserver: net.nameserver, mtu: net.mtu },
    follower,
  };
}

function slirpWords(pid: number): string[] {
  return ['--configure', `--mtu=${net.mtu}`, '--disable-host-loopback', String(pid), 'tap0'];
}

/** No port is forwarded by it, in either direction, and no address in there means the host. */
function pastaWords(pid: number): string[] {
  const network = ['-a', net.address, '-n', net.prefix, '-g', net.gateway, '--dns-forward', net.nameserver];
  const ports = ['-t', 'none', '-u', 'none', '-T', 'none', '-U', 'none', '--no-map-gw'];
  return ['-f', '-q', '-4', '--config-net', '-I', 'tap0', '-m', String(net.mtu), ...network, ...ports, String(pid)];
}

function hasDefaultRoute(pid: number): boolean {
  const routes = readFileSync(`/proc/${pid}/net/route`, 'latin1').split('\n').slice(1);
  return routes.some((line) => line.split('\t')[1] === '00000000');
}
