// The terminal or the streams of a container's own process: `attach`. Closing the terminal leaves the container running.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { isNotFound } from '../../../runtime/src/client/errors.ts';
import type { ContainerInspectResponse } from '../../../runtime/src/spec/api/containers.ts';
import { StreamProgram } from './stream-program.ts';

export interface AttachProgramOptions {
  /** Starts the container once attached, so that no output is missed. */
  readonly isStarted: boolean;
}

export function attachProgram(
  { containers }: EngineClient,
  info: ContainerInspectResponse,
  { isStarted }: AttachProgramOptions,
): StreamProgram {
  const id = info.Id ?? '';
  const isTty = info.Config?.Tty === true;
  const stdin = info.Config?.OpenStdin === true;
  const isRemoved = info.HostConfig?.AutoRemove === true;
  let exit: Promise<number | undefined> = Promise.resolve(undefined);
  const resize = (columns: number, rows: number) => containers.resize(id, { w: columns, h: rows });
  return new StreamProgram({
    isTty,
    async connect(size) {
      const condition = isRemoved ? 'removed' : isStarted ? 'next-exit' : 'not-running';
      const connection = await containers.attach(id, { stdin, stdout: true, stderr: true });
      const waiting = await containers.wait(id, condition);
      exit = waiting.exit.then(({ StatusCode }) => StatusCode ?? undefined);
      exit.catch(() => undefined);
      if (isStarted) await startOrRemove(containers, id);
      else if (isTty && size !== undefined) {
        // Programs draw themselves anew when the size changes; a size that stays says nothing to them.
        await resize(size.columns + 1, size.rows + 1).catch(() => undefined);
      }
      return connection;
    },
    resize: ({ columns, rows }) => resize(columns, rows),
    async exitCode() {
      // The engine also ends the stream when the detach keys were typed.
      if (await runs(containers, id)) return undefined;
      return await exit;
    },
  });
}

/** What was made to be shown here and does not start is of no use. */
async function startOrRemove(containers: EngineClient['containers'], id: string): Promise<void> {
  try {
    await containers.start(id);
  } catch (error) {
    // That it cannot be removed either is the smaller news.
    await containers.remove(id, { force: true, v: true }).catch(() => undefined);
    throw error;
  }
}

async function runs(containers: EngineClient['containers'], id: string): Promise<boolean> {
  try {
    return (await containers.inspect(id)).State?.Running === true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
