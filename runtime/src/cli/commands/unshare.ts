// `unshare`: a program among the engine's files, as root of an ordinary user's user namespace. Coracle's own.

import { command } from '../command.ts';
import { daemonProgram } from '../daemon-program.ts';
import { string } from '../flags/types.ts';

export const unshare = command({
  usage: '[OPTIONS] [COMMAND] [ARG...]',
  long:
    "Run a command where the files of containers are yours: as root of the engine's user namespace and in its mount namespace. " +
    'Without a command: your shell. To remove everything: coracle unshare rm -rf ~/.local/share/coracle',
  interspersed: false,
  failureStatus: 125,
  flags: { 'exec-root': string('', 'Folder of what lives while the engine runs, when it is not the usual one') },
  async run({ args, flags, session }) {
    const { spawnSync } = await import('node:child_process');
    const [program = process.execPath, ...words] = daemonProgram();
    const execRoot = flags['exec-root'] === '' ? [] : ['--exec-root', flags['exec-root']];
    const argv = args.length === 0 ? [session.env['SHELL'] || '/bin/sh'] : args;
    const { status, error } = spawnSync(program, [...words, 'unshare', ...execRoot, ...argv], { stdio: 'inherit' });
    if (error !== undefined) throw error;
    return status ?? 125;
  },
});
