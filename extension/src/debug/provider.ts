// Fills debug configurations in and makes some: from F5 in a folder without launch.json to what a launch.json says with variables.

import * as vscode from 'vscode';
import { isAbsolute, join, relative } from 'node:path';
import { contextFolder } from '../builds/context-folder.ts';
import type { BuildServices } from '../builds/services.ts';
import { machineFiles } from '../files/machine.ts';
import { analyse } from '../../../runtime/src/spec/dockerfile/analyse.ts';
import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { l10n } from '../l10n.ts';
import type { Ui } from '../ui/ui.ts';
import { readConfiguration } from './configuration.ts';
import { debugType } from './debug-type.ts';

/** Dockerfiles of a folder that get configurations without being asked for. */
const most = 20;

type Folder = vscode.WorkspaceFolder | undefined;

export class ConfigurationProvider implements vscode.DebugConfigurationProvider {
  readonly #builds: Pick<BuildServices, 'active' | 'dockerfiles' | 'rootOf'>;
  readonly #ui: Ui;

  constructor(builds: Pick<BuildServices, 'active' | 'dockerfiles' | 'rootOf'>, ui: Ui) {
    this.#builds = builds;
    this.#ui = ui;
  }

  /** Nothing is built or started before VS Code has asked for a session. */
  async resolveDebugConfiguration(
    folder: Folder,
    config: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    const isEmpty = Object.keys(config).filter((key) => key !== 'noDebug').length === 0;
    const filled = isEmpty
      ? { ...config, type: debugType, request: 'launch', name: l10n.t('Debug in Container') }
      : config;
    if (filled.request !== 'launch' || filled['dockerfile'] !== undefined || filled['image'] !== undefined)
      return filled;
    const dockerfile = await this.#dockerfile(folder);
    return dockerfile === undefined ? undefined : { ...filled, dockerfile };
  }

  async resolveDebugConfigurationWithSubstitutedVariables(
    folder: Folder,
    config: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | null> {
    try {
      const whole = { ...config, ...(await this.#paths(folder, config)) };
      readConfiguration(whole);
      return whole;
    } catch (error) {
      this.#ui.error(`${config.name}: ${messageOf(error)}`);
      return null;
    }
  }

  /** One for each Dockerfile and for each of its named stages. */
  async provideDebugConfigurations(folder: Folder): Promise<vscode.DebugConfiguration[]> {
    const root = folder?.uri.fsPath;
    const all = (await this.#builds.dockerfiles()).filter((path) => root === undefined || isBelow(path, root));
    const each = await Promise.all(all.slice(0, most).map((path) => configurationsOf(path, root)));
    return each.flat();
  }

  /** @returns undefined when there is none, or the user turned away */
  async #dockerfile(folder: Folder): Promise<string | undefined> {
    const active = this.#builds.active();
    if (active !== undefined) return active;
    const root = folder?.uri.fsPath;
    const all = (await this.#builds.dockerfiles()).filter((path) => root === undefined || isBelow(path, root));
    const [first, ...others] = all;
    if (first === undefined) {
      this.#ui.error(l10n.t('There is no Dockerfile here to debug a program with.'), {
        label: l10n.t('Add Container Files'),
        run: async () => void (await vscode.commands.executeCommand('coracle.workspace.addFiles')),
      });
      return undefined;
    }
    const usual = root === undefined ? undefined : all.find((path) => path === join(root, 'Dockerfile'));
    if (usual !== undefined || others.length === 0) return usual ?? first;
    const items = all.map((path) => ({ label: root === undefined ? path : relative(root, path), value: path }));
    return await this.#ui.pick(items, { title: l10n.t('Choose the Dockerfile to debug with') });
  }

  /** Relative ones are of the workspace's folder; a context that nobody names is found by what the Dockerfile copies. */
  async #paths(folder: Folder, { dockerfile, context, localRoot }: vscode.DebugConfiguration) {
    const absolute = (path: unknown) =>
      typeof path !== 'string' || path === '' || isAbsolute(path) || folder === undefined
        ? path
        : join(folder.uri.fsPath, path);
    const file = absolute(dockerfile);
    if (typeof file !== 'string' || file === '') return { localRoot: absolute(localRoot) };
    const given =
      absolute(context) ?? (await contextFolder(machineFiles, file, await textOf(file), this.#builds.rootOf(file)));
    return { dockerfile: file, context: given, localRoot: absolute(localRoot) };
  }
}

async function configurationsOf(path: string, root: string | undefined): Promise<vscode.DebugConfiguration[]> {
  const shown = root === undefined ? path : relative(root, path);
  const dockerfile = root === undefined ? path : `\${workspaceFolder}/${shown}`;
  const base = { type: debugType, request: 'launch', dockerfile };
  const { stages } = analyse(parseDockerfile(await textOf(path)));
  // The last stage is the one that is built without a target.
  const named = stages.slice(0, -1).flatMap(({ name }) => (name === undefined ? [] : [name]));
  return [
    { ...base, name: l10n.t('Debug {0} in Container', shown) },
    ...named.map((target) => ({ ...base, name: l10n.t('Debug {0} of {1} in Container', target, shown), target })),
  ];
}

/** As it is in the editor, saved or not: what is built is what is saved, and VS Code saves before it debugs. */
async function textOf(path: string): Promise<string> {
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.file(path)));
}

function isBelow(path: string, root: string): boolean {
  const inside = relative(root, path);
  return inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
}
