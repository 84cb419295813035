// `exec`.

import type { ExecBody } from '../../client/containers.ts';
import { command } from '../command.ts';
import { bool, list, string } from '../flags/types.ts';
import { pump } from '../io/pump.ts';
import { terminalSize } from '../io/terminal.ts';
import { checkTty, followSize } from '../run/session-io.ts';
import { readEnvironment } from '../run/files.ts';

export const exec = command({
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  args: { min: 2 },
  interspersed: false,
  completes: 'running',
  flags: {
    detach: bool('d', 'Detached mode: run command in the background'),
    'detach-keys': string('', 'Override the key sequence for detaching a container'),
    env: list('e', 'Set environment variables'),
    'env-file': list('', 'Read in a file of environment variables'),
    interactive: bool('i', 'Keep STDIN open even if not attached'),
    privileged: bool('', 'Give extended privileges to the command'),
    tty: bool('t', 'Allocate a pseudo-TTY'),
    user: string('u', 'Username or UID (format: "<name|uid>[:<group|gid>]")'),
    workdir: string('w', 'Working directory inside the container'),
  },
  async run({ args: [name = '', ...cmd], flags, session }) {
    const attach = !flags.detach;
    const stdin = attach && flags.interactive;
    const { tty } = flags;
    const env = readEnvironment(flags['env-file'], flags.env, process.env);
    const client = await session.client();
    const size = attach && tty ? terminalSize() : undefined;
    const console: { ConsoleSize?: readonly [number, number] } =
      size === undefined ? {} : { ConsoleSize: [size.h, size.w] };
    const body: ExecBody = {
      User: flags.user,
      Privileged: flags.privileged,
      Tty: tty,
      ...console,
      AttachStdin: stdin,
      AttachStdout: attach,
      AttachStderr: attach,
      Detach: flags.detach,
      DetachKeys: flags['detach-keys'],
      Env: env,
      WorkingDir: flags.workdir,
      Cmd: cmd,
    };
    checkTty(stdin, tty);
    const { Id: id } = await client.containers.execCreate(name, body);
    if (flags.detach) {
      await client.containers.execStartDetached(id, tty);
      return 0;
    }
    const connection = await client.containers.execStart(id, { Tty: tty, ...console });
    using resizing = tty ? followSize((size) => client.containers.execResize(id, size)) : undefined;
    const streams = { stdin, stdout: true, stderr: true };
    const end = await pump(connection, { tty, ...streams, detachKeys: flags['detach-keys'] || undefined });
    void resizing;
    if (end === 'detached') throw new Error('read escape sequence');
    const { ExitCode: status } = await client.containers.execInspect(id);
    return status ?? 0;
  },
});
