// Tasks in VS Code: for each Dockerfile of the workspace one that builds it and one that runs it, and those of a tasks.json.

import { relative } from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { terminalOptions } from '../ui/pseudoterminal.ts';
import type { TerminalProgram } from '../ui/ui.ts';
import { BuildProgram } from './build-program.ts';
import { buildType, readBuildTask, readRunTask, runType } from './definitions.ts';
import { type RunHost, RunProgram } from './run-program.ts';

const matcher = '$coracle-build';

export interface TaskDeps extends Omit<RunHost, 'root'> {
  /** Paths of the workspace's Dockerfiles. */
  dockerfiles(): Promise<readonly string[]>;
}

export function registerTasks(deps: TaskDeps): vscode.Disposable {
  return vscode.Disposable.from(
    ...[buildType, runType].map((type) =>
      vscode.tasks.registerTaskProvider(type, {
        provideTasks: async () =>
          (await deps.dockerfiles()).flatMap((path) => {
            const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path));
            if (folder === undefined) return [];
            const dockerfile = relative(folder.uri.fsPath, path);
            return [taskOf(deps, { type, dockerfile }, folder, dockerfile)];
          }),
        resolveTask: ({ definition, scope, name }) => {
          const folder = typeof scope === 'object' ? scope : vscode.workspace.workspaceFolders?.[0];
          return folder === undefined ? undefined : taskOf(deps, definition, folder, name);
        },
      }),
    ),
  );
}

function taskOf(
  deps: TaskDeps,
  definition: vscode.TaskDefinition,
  folder: vscode.WorkspaceFolder,
  name: string,
): vscode.Task {
  // Called with what the variables of the definition stand for.
  const execution = new vscode.CustomExecution((resolved) =>
    Promise.resolve(terminalOptions({ name, icon: 'package', program: programOf(deps, resolved, folder) }).pty),
  );
  const task = new vscode.Task(definition, folder, name, definition.type, execution, matcher);
  if (definition.type === buildType) task.group = vscode.TaskGroup.Build;
  return task;
}

/** What is wrong with a definition is told where the task would be seen, and ends it. */
function programOf(
  deps: TaskDeps,
  definition: vscode.TaskDefinition,
  { uri }: vscode.WorkspaceFolder,
): TerminalProgram {
  const host = { ...deps, root: uri.fsPath };
  try {
    if (definition.type === buildType) return new BuildProgram(host, readBuildTask(definition));
    return new RunProgram(host, readRunTask(definition));
  } catch (error) {
    return {
      async run(screen) {
        await screen.write(`\u001b[31m${messageOf(error)}\u001b[0m\r\n`);
        return 1;
      },
    };
  }
}
