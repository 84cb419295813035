// Attach: a client at a container's stdio. To one that does not run yet the client is remembered, and the next start
// connects it before the first instruction, so that nothing is lost.

import type { AttachOptions, AttachSession } from '../spec/engine/containers.ts';
import { isEngineError } from '../spec/errors.ts';
import type { AttachStreams, Sandbox } from '../runners/runner.ts';
import type { Container } from './container.ts';
import { parseDetachKeys } from './detach-keys.ts';
import { conflict, isRestarting } from './errors.ts';
import { logsOf } from './logs.ts';
import { publish, type Room } from './room.ts';
import { Session } from './session.ts';

/** How long a client that half-closed a shared stdin still gets output. */
const lingerMs = 500;

export interface PendingAttachment {
  readonly streams: AttachStreams;
  readonly session: Session;
  readonly outputFd?: (() => number | undefined) | undefined;
}

/** @throws EngineError conflict while paused or restarting, invalidParameter for bad detach keys */
export async function attach(room: Room, ref: string, options: AttachOptions): Promise<AttachSession> {
  const container = room.store.find(ref);
  const { config, state } = container.record;
  const detachKeys = parseDetachKeys(options.detachKeys ?? '');
  if (state.status === 'paused') {
    throw conflict(`container ${container.id} is paused, unpause the container before attach`);
  }
  if (state.status === 'restarting') throw isRestarting(container.id);
  const tty = config.Tty ?? false;
  const streams: AttachStreams = {
    stdin: options.stdin && options.stream && (config.OpenStdin ?? false),
    stdout: options.stdout,
    stderr: options.stderr && !tty,
  };
  // What is written from the connection on comes live.
  const log: { untilNs?: bigint } = {};
  const session = new Session({
    tty,
    stdin: streams.stdin,
    detachKeys,
    endsInput: (config.StdinOnce ?? false) && !tty,
    linger: () => room.host.clock.sleep(lingerMs, { ref: false }),
    ...(options.logs ? { preface: () => replay(room, container, options, log.untilNs) } : {}),
    onDetach: () => publish(room, container, 'detach'),
    signal: options.signal,
  });
  // A replay of the log comes first and can only be written here.
  const attachment = { streams, session, outputFd: options.logs ? undefined : options.outputFd };
  if (!options.stream) session.connect(undefined);
  else if (container.sandbox === undefined) remember(container, attachment);
  else await connect(container.sandbox, attachment);
  log.untilNs = room.host.clock.nowNs();
  publish(room, container, 'attach');
  return session;
}

/** Connects who waits for this start. */
export async function connectPending(container: Container, sandbox: Sandbox): Promise<void> {
  const waiting = [...container.pending];
  container.pending.clear();
  await Promise.all(waiting.map((attachment) => connect(sandbox, attachment)));
}

/** A start failed: there is nothing to wait for any more. */
export function dismissPending(container: Container): void {
  for (const { session } of container.pending) session.connect(undefined);
  container.pending.clear();
}

async function connect(sandbox: Sandbox, { streams, session, outputFd }: PendingAttachment): Promise<void> {
  if (session.isClosed) return;
  try {
    session.connect(await sandbox.attach({ ...streams, outputFd }));
  } catch (error) {
    // The process ended between the look at its state and the connection: nothing more will come.
    if (!isEngineError(error)) throw error;
    session.connect(undefined);
  }
}

function remember(container: Container, attachment: PendingAttachment): void {
  for (const other of container.pending) if (other.session.isClosed) container.pending.delete(other);
  container.pending.add(attachment);
}

async function* replay(
  room: Room,
  container: Container,
  { stdout, stderr }: AttachOptions,
  untilNs: bigint | undefined,
): AsyncIterable<Uint8Array> {
  const end = untilNs === undefined ? {} : { untilNs };
  yield* logsOf(room, container, { follow: false, stdout, stderr, timestamps: false, details: false, ...end });
}
