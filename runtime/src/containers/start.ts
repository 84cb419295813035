// Start: from a record to a running process. What can go side by side does: the sandbox is prepared while the network is
// joined. Whatever fails, all that was made is undone, and the container stays with the error in its state.

import type { Sandbox, SandboxSpec, StartFailure } from '../runners/runner.ts';
import type { Joined } from '../spec/engine/networks.ts';
import { EngineError, isEngineError, messageOf } from '../spec/errors.ts';
import { connectPending, dismissPending } from './attach.ts';
import type { Container } from './container.ts';
import { conflict } from './errors.ts';
import { watchExit } from './exit.ts';
import { startMonitor } from './health.ts';
import { linksOf } from './links.ts';
import { parseDetachKeys } from './detach-keys.ts';
import { logAttributes } from './log-attributes.ts';
import { startCompressing } from './log-compress.ts';
import { joinRequest, memberOf, recordOf } from './network-request.ts';
import { releaseMounts, sandboxMounts } from './sandbox-mounts.ts';
import { environmentOf, logOf, namespacesOf, writeNetworkFiles } from './sandbox-spec.ts';
import { removeEnded } from './remove-ended.ts';
import { publish, quietly, type Room, rootSpec, timestamp } from './room.ts';
import { flatten } from './state.ts';
import { zeroTime } from './time.ts';

/** @throws EngineError notModified when it runs, conflict when it is paused or being removed, else why it cannot start */
export async function start(room: Room, ref: string, options: { readonly detachKeys?: string } = {}): Promise<void> {
  parseDetachKeys(options.detachKeys ?? '');
  const container = room.store.find(ref);
  await startContainer(room, container);
}

/** The same for a container at hand; also resets the restart policy's count and back-off. */
export function startContainer(room: Room, container: Container): Promise<void> {
  return room.queue.run(container.id, async () => {
    if (container.removing) throw conflict('container is marked for removal and cannot be started');
    const { status } = container.state;
    if (status === 'paused') throw conflict('cannot start a paused container, try unpause instead');
    if (status === 'dead') throw conflict('container is marked for removal and cannot be started');
    if (container.isRunning) throw new EngineError('notModified', `container ${container.id} is already running`);
    container.backoffMs = 0;
    container.set({ restartCount: 0, stoppedByUser: false });
    await launch(room, container);
  });
}

/** Starts it, in its turn of the queue. On failure the state says why, and an AutoRemove container goes. */
export async function launch(room: Room, container: Container): Promise<void> {
  container.stopRequested = false;
  const before = flatten(container.state);
  const startedAt = timestamp(room);
  let sandbox: Sandbox;
  try {
    sandbox = await assemble(room, container, { startedAt, finishedAt: before.finishedAt });
  } catch (error) {
    await fail(room, container, error, before.startedAt, before.finishedAt);
    throw error;
  }
  publish(room, container, 'start');
  watchExit(room, container, sandbox);
  startMonitor(room, container, sandbox);
  startCompressing(room, container);
}

interface Times {
  readonly startedAt: string;
  readonly finishedAt: string;
}

async function assemble(room: Room, container: Container, times: Times): Promise<Sandbox> {
  await using undo = new AsyncDisposableStack();
  const later = (step: string, action: () => Promise<void>): void => undo.defer(() => quietly(room, step, action));
  const { record } = container;
  await room.images.admit(record.imageId, record.config.Image ?? record.imageId);
  const root = await rootSpec(room, container);
  const spaces = namespacesOf(room, container);
  const links = linksOf(room, container);
  later('purge', () => room.runner.purge(container.id));
  later('release mounts', () => releaseMounts(room, container));
  const [volumes, netns] = await Promise.all([
    sandboxMounts(room, container),
    spaces.network === 'own' ? room.runner.createNetns(root) : undefined,
  ]);
  const network: SandboxSpec['network'] = netns === undefined ? spaces.sharedNetwork : { netns };
  if (spaces.network !== 'shared') later('leave networks', () => room.networks.leave(container.id));
  const attributes = await logAttributes(room, container);
  const spec: SandboxSpec = {
    root,
    config: record.config,
    hostConfig: record.hostConfig,
    argv: record.argv,
    env: environmentOf(container, links),
    hostname: record.config.Hostname ?? '',
    domainname: record.config.Domainname ?? '',
    mounts: [...volumes, ...spaces.files],
    network,
    ...spaces.joined,
    log: { ...logOf(room, container), ...(attributes === undefined ? {} : { attributes }) },
    isVolatile: room.isEphemeral === true || record.hostConfig.AutoRemove === true,
    runtime: record.hostConfig.Runtime ?? room.defaults.runtime,
  };
  const [joined, sandbox] = await both(
    spaces.network === 'shared' ? Promise.resolve(undefined) : join(room, container, netns ?? '', links),
    prepare(room, container, spec, later),
  );
  if (joined?.needsDns === true) await sandbox.openDns(room.networks.dnsSocket);
  container.set({ joined: joined === undefined ? undefined : recordOf(joined), netns });
  // On disk it runs before it does: a daemon that dies now is followed by one that looks for the sandbox, or starts it again.
  const running = { everStarted: true, state: { status: 'running', pid: 0, ...times } } as const;
  room.store.saveQuietly(container, { ...container.record, ...running });
  const { pid } = await sandbox.run();
  container.set({ ...running, state: { ...running.state, pid } });
  undo.move();
  return sandbox;
}

async function prepare(
  room: Room,
  container: Container,
  spec: SandboxSpec,
  later: (step: string, action: () => Promise<void>) => void,
): Promise<Sandbox> {
  const sandbox = await room.runner.prepare(spec);
  later('destroy', async () => {
    container.sandbox = undefined;
    await sandbox.destroy();
  });
  container.sandbox = sandbox;
  await connectPending(container, sandbox);
  return sandbox;
}

async function join(
  room: Room,
  container: Container,
  netns: string,
  links: ReturnType<typeof linksOf>,
): Promise<Joined> {
  const joined = await room.networks.join(memberOf(container), joinRequest(container, netns, links));
  await writeNetworkFiles(room, container, joined);
  return joined;
}

/** Both results, or a failure after both have settled, so that what one made can be undone. */
async function both<A, B>(joining: Promise<A>, preparing: Promise<B>): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([joining, preparing]);
  // A sandbox that fails takes its network namespace with it: what joining says then comes of that.
  if (b.status === 'rejected') throw b.reason;
  if (a.status === 'rejected') throw a.reason;
  return [a.value, b.value];
}

async function fail(
  room: Room,
  container: Container,
  error: unknown,
  startedAt: string,
  finishedAt: string,
): Promise<void> {
  const exitCode = exitCodeOf(error);
  const message = messageOf(error);
  container.set({
    joined: undefined,
    netns: undefined,
    state:
      startedAt === zeroTime
        ? { status: 'created', exitCode, error: message }
        : { status: 'exited', exitCode, oomKilled: false, error: message, startedAt, finishedAt },
  });
  dismissPending(container);
  room.store.saveQuietly(container);
  container.notifyExit();
  if (container.record.hostConfig.AutoRemove === true) await removeEnded(room, container, { volumes: true });
}

function exitCodeOf(error: unknown): number {
  const cause = isEngineError(error) ? (error.cause as Partial<StartFailure> | undefined) : undefined;
  return typeof cause?.exitCode === 'number' ? cause.exitCode : 128;
}
