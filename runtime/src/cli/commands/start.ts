// `start`, alone or attached (`-a`, `-i`).

import type { EngineClient } from '../../client/client.ts';
import { command, ExitError } from '../command.ts';
import { describe } from '../describe.ts';
import { bool, string } from '../flags/types.ts';
import { pump } from '../io/pump.ts';
import { proxySignals } from '../io/signals.ts';
import { checkTty, followSize } from '../run/session-io.ts';
import type { Session } from '../session.ts';

export const start = command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  args: { min: 1 },
  completes: 'containers',
  flags: {
    attach: bool('a', 'Attach STDOUT/STDERR and forward signals'),
    'detach-keys': string('', 'Override the key sequence for detaching a container'),
    interactive: bool('i', "Attach container's STDIN"),
  },
  async run({ args, flags, session }) {
    const client = await session.client();
    if (!flags.attach && !flags.interactive) return await startAll(session, client, args, flags['detach-keys']);
    const [name = ''] = args;
    if (args.length > 1) throw new Error('you cannot start and attach multiple containers at once');
    return await startAttached(client, name, flags.interactive, flags['detach-keys'] || undefined);
  },
});

async function startAll(
  session: Session,
  client: EngineClient,
  names: readonly string[],
  detachKeys: string,
): Promise<number> {
  const failed: string[] = [];
  for (const name of names) {
    try {
      await client.containers.start(name, detachKeys || undefined);
      session.print(name);
    } catch (error) {
      session.warn(describe(error));
      failed.push(name);
    }
  }
  if (failed.length > 0) throw new Error(`Error: failed to start containers: ${failed.join(', ')}`);
  return 0;
}

async function startAttached(
  client: EngineClient,
  name: string,
  interactive: boolean,
  detachKeys: string | undefined,
): Promise<number> {
  const info = await client.containers.inspect(name);
  const id = info.Id ?? name;
  const tty = info.Config?.Tty === true;
  const stdin = interactive && info.Config?.OpenStdin === true;
  checkTty(stdin, tty);
  const streams = { stdin, stdout: true, stderr: true };
  const connection = await client.containers.attach(id, { ...streams, detachKeys });
  const condition = info.HostConfig?.AutoRemove === true ? 'removed' : 'next-exit';
  const waiting = await client.containers.wait(id, condition);
  const { promise: ready, resolve: isStarted } = Promise.withResolvers<void>();
  using proxy = tty ? undefined : proxySignals(ready, async (signal) => await client.containers.kill(id, signal));
  const pumping = pump(connection, { tty, ...streams, detachKeys });
  pumping.catch(() => undefined);
  try {
    await client.containers.start(id, detachKeys);
  } catch (error) {
    connection.socket.destroy();
    throw error;
  }
  isStarted();
  using resizing = tty ? followSize((size) => client.containers.resize(id, size)) : undefined;
  if ((await pumping) === 'detached') return 0;
  void [proxy, resizing];
  const result = await waiting.exit;
  if (result.Error?.Message) throw new ExitError(1, `error waiting for container: ${result.Error.Message}`);
  return result.StatusCode ?? 0;
}
