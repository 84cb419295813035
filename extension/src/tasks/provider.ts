// Tasks in VS Code: for each Dockerfile of the workspace one that builds it and one that runs it, and those of a tasks.json.
// What carries them out is loaded when one is run.

import { relative } from 'node:path';
import * as vscode from 'vscode';
import type { FilePaths } from '../ui/paths.ts';
import { terminalOptions } from '../ui/pseudoterminal.ts';
import { buildType, runType } from './definitions.ts';
import type { RunHost } from './run-program.ts';

const matcher = '$coracle-build';

export interface TaskDeps extends Omit<RunHost, 'root'> {
  /** Paths of the workspace's Dockerfiles. */
  dockerfiles(): Promise<readonly string[]>;
  readonly paths: FilePaths;
}

export function registerTasks(deps: TaskDeps): vscode.Disposable {
  return vscode.Disposable.from(
    ...[buildType, runType].map((type) =>
      vscode.tasks.registerTaskProvider(type, {
        provideTasks: async () =>
          (await deps.dockerfiles()).flatMap((path) => {
            const folder = vscode.workspace.getWorkspaceFolder(deps.paths.uriOf(path));
            const root = folder && deps.paths.pathOf(folder.uri);
            if (folder === undefined || root === undefined) return [];
            const dockerfile = relative(root, path);
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
  const execution = new vscode.CustomExecution(async (resolved) => {
    const { programOf } = await import('./program.ts');
    const root = deps.paths.pathOf(folder.uri) ?? folder.uri.path;
    const program = programOf({ ...deps, root }, resolved);
    return terminalOptions({ name, icon: 'package', program }).pty;
  });
  const task = new vscode.Task(definition, folder, name, definition.type, execution, matcher);
  if (definition.type === buildType) task.group = vscode.TaskGroup.Build;
  return task;
}
