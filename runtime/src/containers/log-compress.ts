// `compress=true`: the full files of a log are compressed, by the engine and one at a time, while the container and whoever
// writes its log go on. None waits for the other: a full file keeps its name until it goes.

import type { ShimLog } from '../host/kernel.ts';
import { numbersOf } from '../runners/log-numbers.ts';
import { isKind, messageOf } from '../spec/errors.ts';
import { Serial } from '../spec/queue.ts';
import type { Container } from './container.ts';
import { compressedPath, type LogHost } from './log-files.ts';
import type { Room } from './room.ts';
import { logOf } from './sandbox-spec.ts';

const intervalMs = 5_000;
/** After a failure, when the disk may be full. */
const longestIntervalMs = 5 * 60_000;

/** For all containers: it is work for one core, and leaves the others to them. */
const turn = new Serial();

/** Begins to compress what the log has of full files, and goes on with the present run, if there is one, until that has ended. */
export function startCompressing(room: Room, container: Container): void {
  const log = logOf(room, container);
  if (log.isCompressed !== true) return;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, room.closing.signal]);
  let round: Promise<boolean> | undefined;
  const compress = async (): Promise<boolean> => {
    round = compressQuietly(room, container, log, signal);
    return await round;
  };
  const end = async (): Promise<void> => {
    stop.abort();
    await round;
  };
  container.beforeRemoval.add(end);
  void goOn(room, container, () => turn.run(compress), signal).finally(() => container.beforeRemoval.delete(end));
}

/** @returns false when it went wrong, which is logged */
async function compressQuietly(room: Room, container: Container, log: ShimLog, signal: AbortSignal): Promise<boolean> {
  try {
    await compressFull(room.host, log, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return true;
    room.logger.warn('a log was not compressed', { container: container.id, error: messageOf(error) });
    return false;
  }
}

/** Once after the end of the run for the last time. */
async function goOn(
  room: Room,
  container: Container,
  compress: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  if (container.run === undefined) ended.abort();
  void container.run?.ended.then(() => ended.abort());
  const waking = AbortSignal.any([signal, ended.signal]);
  let delayMs = intervalMs;
  for (;;) {
    const isLast = ended.signal.aborted;
    const isWell = await compress();
    if (isLast || signal.aborted) return;
    delayMs = isWell ? intervalMs : Math.min(delayMs * 2, longestIntervalMs);
    await room.host.clock.sleep(delayMs, { signal: waking, ref: false }).catch(() => undefined);
  }
}

/**
 * One round: clears away what an earlier one left by half, and compresses the full files that are not yet.
 * @throws EngineError of the disk; the reason of `signal` when it is aborted. No line is lost.
 */
export async function compressFull(host: LogHost, log: ShimLog, signal: AbortSignal): Promise<void> {
  const { files } = host;
  const { path, maxFiles } = log;
  const names = await files.list(path.slice(0, path.lastIndexOf('/')));
  for (const number of numbersOf(names, path, temporaryEnding))
    await files.remove(`${path}.${number}${temporaryEnding}`);
  const full = numbersOf(names, path, '');
  // Removed by the writer in the moment in which it was put there.
  const oldest = (full.at(-1) ?? 0) - (maxFiles - 2);
  for (const number of numbersOf(names, path, '.gz')) {
    if (number < oldest || !full.includes(number)) await files.remove(compressedPath(`${path}.${number}`));
  }
  for (const number of full) if (number < oldest) await files.remove(`${path}.${number}`);
  // The newest stay longest.
  for (const number of full.toReversed()) {
    signal.throwIfAborted();
    if (number >= oldest) await compressFile(host, `${path}.${number}`, signal);
  }
}

const temporaryEnding = '.gz.tmp';

async function compressFile(host: LogHost, path: string, signal: AbortSignal): Promise<void> {
  const { files } = host;
  const stat = await files.stat(path);
  if (stat === undefined || stat.size === 0) return;
  const temporary = `${path}${temporaryEnding}`;
  try {
    await writeCompressed(host, path, temporary, signal);
  } catch (error) {
    await files.remove(temporary);
    if (isKind(error, 'notFound')) return;
    throw error;
  }
  await files.rename(temporary, compressedPath(path));
  if ((await files.stat(path)) === undefined) await files.remove(compressedPath(path));
  else await (await files.create(path)).close();
}

async function writeCompressed(
  { files, codec }: LogHost,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  await using file = await files.create(to, { mode: 0o640 });
  for await (const chunk of codec.compress('gzip', files.stream(from))) {
    signal.throwIfAborted();
    await file.write(chunk);
  }
  await file.sync();
}
