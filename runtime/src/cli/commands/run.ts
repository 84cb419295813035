// `run` and `create`.

import { messageOf } from '../../spec/errors.ts';
import { isApiError } from '../../client/errors.ts';
import type { EngineClient } from '../../client/client.ts';
import { command, ExitError } from '../command.ts';
import { pump } from '../io/pump.ts';
import { proxySignals } from '../io/signals.ts';
import { createRequest } from '../run/config.ts';
import type { Request } from '../run/config.ts';
import { createContainer } from '../run/create-container.ts';
import { createFlags, runFlags } from '../run/flags.ts';
import { checkTty, followSize, startFailureStatus } from '../run/session-io.ts';
import type { Session } from '../session.ts';

export const create = command({
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  args: { min: 1 },
  interspersed: false,
  completes: 'images',
  flags: createFlags,
  async run({ args, flags, changed, session }) {
    const request = createRequest(flags, changed, args, false);
    const client = await session.client();
    session.print(await createContainer(session, client, request, flags));
  },
});

export const run = command({
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  args: { min: 1 },
  interspersed: false,
  failureStatus: 125,
  completes: 'images',
  flags: runFlags,
  async run({ args, flags, changed, session }) {
    const request = createRequest(flags, changed, args, flags.detach);
    checkTtyPlainly(session, request.attach.stdin, flags.tty);
    const client = await session.client();
    const { promise: ready, resolve: isStarted } = Promise.withResolvers<void>();
    let id = '';
    using proxy =
      flags['sig-proxy'] && !flags.detach
        ? proxySignals(ready, async (signal) => await client.containers.kill(id, signal))
        : undefined;
    id = await createContainer(session, client, request, flags);
    const settings = { tty: flags.tty, remove: flags.rm, detachKeys: flags['detach-keys'] || undefined };
    const status = flags.detach
      ? await startDetached(session, client, id, settings.detachKeys)
      : await runAttached(session, client, id, request, settings, isStarted);
    void proxy;
    return status;
  },
});

/** docker says this one sentence without its name and without help. */
function checkTtyPlainly(session: Session, stdin: boolean, tty: boolean): void {
  try {
    checkTty(stdin, tty);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    session.warn(error.message);
    throw new ExitError(error.status);
  }
}

async function startDetached(
  session: Session,
  client: EngineClient,
  id: string,
  detachKeys: string | undefined,
): Promise<number> {
  await startOrFail(client, id, detachKeys);
  session.print(id);
  return 0;
}

interface RunSettings {
  readonly tty: boolean;
  readonly remove: boolean;
  readonly detachKeys: string | undefined;
}

/** Attach first, then wait, then start: nothing that the container writes or how it ends can be missed. */
async function runAttached(
  session: Session,
  client: EngineClient,
  id: string,
  request: Request,
  settings: RunSettings,
  isStarted: () => void,
): Promise<number> {
  const { attach } = request;
  const { detachKeys, tty } = settings;
  const attached = attach.stdin || attach.stdout || attach.stderr;
  const [connection, waiting] = await Promise.all([
    attached ? client.containers.attach(id, { ...attach, detachKeys }) : undefined,
    client.containers.wait(id, settings.remove ? 'removed' : 'next-exit'),
  ]);
  if (!attach.stdout && !attach.stderr) session.print(id);
  const streams = connection === undefined ? undefined : pump(connection, { tty, ...attach, detachKeys });
  // A fault while starting is the one to report, not the connection's that follows from it.
  streams?.catch(() => undefined);
  try {
    await startOrFail(client, id, detachKeys);
  } catch (error) {
    connection?.socket.destroy();
    if (settings.remove) await waiting.exit.catch(() => undefined);
    throw error;
  }
  isStarted();
  using resizing = tty && attach.stdout ? followSize((size) => client.containers.resize(id, size)) : undefined;
  if ((await streams) === 'detached') return 0;
  void resizing;
  const result = await waiting.exit;
  if (result.Error?.Message) throw new ExitError(125, `error waiting for container: ${result.Error.Message}`);
  return result.StatusCode ?? 0;
}

async function startOrFail(client: EngineClient, id: string, detachKeys: string | undefined): Promise<void> {
  try {
    await client.containers.start(id, detachKeys);
  } catch (error) {
    if (!isApiError(error)) throw error;
    const message = messageOf(error);
    throw new ExitError(startFailureStatus(message), `Error response from daemon: ${message}`);
  }
}
