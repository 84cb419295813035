// `attach`.

import { command, ExitError } from '../command.ts';
import { bool, string } from '../flags/types.ts';
import { pump } from '../io/pump.ts';
import { proxySignals } from '../io/signals.ts';
import { checkTty, followSize } from '../run/session-io.ts';

export const attach = command({
  usage: '[OPTIONS] CONTAINER',
  args: { min: 1, max: 1 },
  completes: 'running',
  flags: {
    'detach-keys': string('', 'Override the key sequence for detaching a container'),
    'no-stdin': bool('', 'Do not attach STDIN'),
    'sig-proxy': bool('', 'Proxy all received signals to the process', true),
  },
  async run({ args: [name = ''], flags, session }) {
    const client = await session.client();
    const info = await client.containers.inspect(name);
    if (info.State?.Running !== true) throw new Error('You cannot attach to a stopped container, start it first');
    if (info.State.Paused === true) throw new Error('You cannot attach to a paused container, unpause it first');
    if (info.State.Restarting === true) {
      throw new Error('You cannot attach to a restarting container, wait until it is running');
    }
    const id = info.Id ?? name;
    const tty = info.Config?.Tty === true;
    const stdin = !flags['no-stdin'] && info.Config?.OpenStdin === true;
    checkTty(stdin, tty);
    const detachKeys = flags['detach-keys'] || undefined;
    const streams = { stdin, stdout: true, stderr: true };
    const waiting = await client.containers.wait(id, info.HostConfig?.AutoRemove === true ? 'removed' : undefined);
    const connection = await client.containers.attach(id, { ...streams, detachKeys });
    using proxy =
      flags['sig-proxy'] && !tty
        ? proxySignals(Promise.resolve(), async (signal) => await client.containers.kill(id, signal))
        : undefined;
    using resizing = tty ? followSize((size) => client.containers.resize(id, size)) : undefined;
    const end = await pump(connection, { tty, ...streams, detachKeys });
    if (end === 'detached') throw new Error('read escape sequence');
    void [proxy, resizing];
    const result = await waiting.exit;
    if (result.Error?.Message) throw new ExitError(1, result.Error.Message);
    return result.StatusCode ?? 0;
  },
});
