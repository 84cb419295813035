// A command in a running container, in a terminal: `exec -it`.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { StreamProgram } from './stream-program.ts';

export interface ExecOptions {
  readonly command: readonly string[];
  /** Name or number; the container's own when empty. */
  readonly user: string;
  readonly workingDirectory?: string;
  /** A shell that would wait for input for ever is told to end when the terminal is closed. */
  readonly isShell: boolean;
}

/** No key detaches: Ctrl-P is the shell's line before, and a terminal is left by closing it. */
const noDetachKeys = 'ctrl-@,ctrl-@,ctrl-@,ctrl-@';

export function execProgram({ containers }: EngineClient, id: string, options: ExecOptions): StreamProgram {
  let execId = '';
  return new StreamProgram({
    isTty: true,
    async connect(size) {
      const console = size === undefined ? {} : { ConsoleSize: [size.rows, size.columns] as const };
      const { command, user, workingDirectory = '' } = options;
      const exec = await containers.execCreate(id, {
        ...console,
        Cmd: command,
        User: user,
        WorkingDir: workingDirectory,
        Tty: true,
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        DetachKeys: noDetachKeys,
        Env: ['TERM=xterm-256color'],
      });
      execId = exec.Id;
      return await containers.execStart(execId, { Tty: true, ...console });
    },
    resize: ({ columns, rows }) => containers.execResize(execId, { w: columns, h: rows }),
    exitCode: async () => (await containers.execInspect(execId)).ExitCode ?? undefined,
    // Ctrl-C ends what it runs or the line that was begun, Ctrl-D the shell.
    ...(options.isShell ? { farewell: ['\u0003', '\u0004', '\u0004'] } : {}),
  });
}
