// What a task's definition makes the terminal run.

import { messageOf } from '../../../runtime/src/spec/errors.ts';
import type { TerminalProgram } from '../ui/ui.ts';
import { BuildProgram } from './build-program.ts';
import { buildType, readBuildTask, readRunTask } from './definitions.ts';
import { type RunHost, RunProgram } from './run-program.ts';

/** What is wrong with a definition is told where the task would be seen, and ends it. */
export function programOf(host: RunHost, definition: { readonly type: string }): TerminalProgram {
  try {
    if (definition.type === buildType) return new BuildProgram(host, readBuildTask({ ...definition }));
    return new RunProgram(host, readRunTask({ ...definition }));
  } catch (error) {
    return {
      async run(screen) {
        await screen.write(`\u001b[31m${messageOf(error)}\u001b[0m\r\n`);
        return 1;
      },
    };
  }
}
