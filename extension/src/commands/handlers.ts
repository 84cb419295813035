// Makes of verbs what VS Code's commands do: what was clicked or selected becomes targets, and the engine is asked for when a verb
// needs it.

import * as vscode from 'vscode';
import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { BuildServices } from '../builds/services.ts';
import type { LocalFiles } from '../files/local.ts';
import type { LogIns } from '../registries/log-ins.ts';
import type { FilePaths } from '../ui/paths.ts';
import type { TerminalOptions, Ui } from '../ui/ui.ts';
import {
  buildVerbs,
  containerVerbs,
  dockerfileVerbs,
  imageVerbs,
  networkVerbs,
  plainVerbs,
  volumeVerbs,
} from './all.ts';
import type { DockerfileVerb } from './build/dockerfile.ts';
import { shell, shellTerminal } from './container/shell.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import type { Handler } from './register.ts';
import { doctorId, showDoctor } from './system/doctor.ts';
import type { DoctorHost } from './system/doctor.ts';
import type { ContainerTarget, NodeTarget } from './targets.ts';
import { checkTrust, guarded, runOnTargets, runPlain } from './verb.ts';
import type { PlainVerb, TargetVerb, VerbContext, VerbSettings } from './verb.ts';

/** What the views give to the verbs. */
export interface VerbHost extends DoctorHost {
  readonly ui: Ui;
  /**
   * The engine that a node belongs to, the current one without a node; started when it is ours and sleeps.
   * @throws Error that says why there is none
   */
  client(node: unknown): Promise<EngineClient>;
  /** A node's targets: one for a thing, several for a group, none for what is no thing of an engine. */
  targets(node: unknown): readonly NodeTarget[];
  readonly builds: BuildServices;
  readonly local: LocalFiles;
  readonly logIns: LogIns;
  readonly paths: Pick<FilePaths, 'pathOf'>;
}

export type NamedHandler = readonly [id: string, handler: Handler];

/** All verbs about things of an engine, and the doctor. */
export function verbHandlers(host: VerbHost): NamedHandler[] {
  return [
    ...containerVerbs.map((verb) => targetHandler(host, verb)),
    ...imageVerbs.map((verb) => targetHandler(host, verb)),
    ...volumeVerbs.map((verb) => targetHandler(host, verb)),
    ...networkVerbs.map((verb) => targetHandler(host, verb)),
    ...buildVerbs.map((verb) => targetHandler(host, verb)),
    ...dockerfileVerbs.map((verb) => dockerfileHandler(host, verb)),
    ...plainVerbs.map((verb) => plainHandler(host, verb)),
    [doctorId, (node) => guarded(host.ui, () => showDoctor(host, node))],
  ];
}

export function targetHandler<T>(host: VerbHost, verb: TargetVerb<T>): NamedHandler {
  const handler: Handler = async (node, selected) => {
    // An engine is not even started for what is not allowed.
    if (!(await checkTrust(host.ui, verb))) return;
    const context = await contextOf(host, node);
    if (context === undefined) return;
    const targets = chosenNodes(node, selected)
      .flatMap((each) => host.targets(each))
      .filter(({ kind }) => kind === verb.noun.kind)
      .map(({ target }) => target as T);
    await runOnTargets(verb, context, targets);
  };
  return [verb.id, handler];
}

/** What was clicked, or all that is selected when it is among that. */
export function chosenNodes(node: unknown, selected: unknown): readonly unknown[] {
  if (Array.isArray(selected) && selected.length > 0) return selected;
  return node === undefined ? [] : [node];
}

function plainHandler(host: VerbHost, verb: PlainVerb): NamedHandler {
  const handler: Handler = async (node) => {
    if (!(await checkTrust(host.ui, verb))) return;
    const context = await contextOf(host, node);
    if (context !== undefined) await runPlain(verb, context);
  };
  return [verb.id, handler];
}

/** Called with a file and perhaps a stage by menus and code lenses, with nothing by the palette. */
function dockerfileHandler(host: VerbHost, verb: DockerfileVerb): NamedHandler {
  const handler: Handler = async (file, stage) => {
    if (!(await checkTrust(host.ui, verb))) return;
    const uri = typeof file === 'string' ? vscode.Uri.parse(file, true) : file;
    const path = uri instanceof vscode.Uri ? host.paths.pathOf(uri) : undefined;
    const place = {
      ...(path === undefined ? {} : { path }),
      ...(typeof stage === 'string' && stage !== '' ? { stage } : {}),
    };
    const context = await contextOf(host, undefined);
    if (context !== undefined) await guarded(host.ui, () => verb.run(context, place));
  };
  return [verb.id, handler];
}

/** Asks for a container and its shell. @returns undefined when there is none or the user turned away */
export async function chooseShell(host: VerbHost): Promise<TerminalOptions | undefined> {
  if (!(await checkTrust(host.ui, shell))) return undefined;
  const context = await contextOf(host, undefined);
  if (context === undefined) return undefined;
  let chosen: TerminalOptions | undefined;
  const verb: TargetVerb<ContainerTarget> = {
    ...shell,
    isForMany: false,
    async run(asked, [target]) {
      if (target !== undefined) chosen = await shellTerminal(asked, target);
    },
  };
  await runOnTargets(verb, context, []);
  return chosen;
}

/** Tells the user when there is no engine. */
export async function contextOf(host: VerbHost, node: unknown): Promise<VerbContext | undefined> {
  try {
    return {
      ui: host.ui,
      client: await host.client(node),
      builds: host.builds,
      local: host.local,
      logIns: host.logIns,
      settings: settings(),
    };
  } catch (error) {
    host.ui.error(messageOf(error));
    return undefined;
  }
}

function settings(): VerbSettings {
  const configuration = vscode.workspace.getConfiguration('coracle');
  return {
    logs: {
      tail: configuration.get('logs.tail', 1000),
      timestamps: configuration.get('logs.timestamps', false),
      openIn: configuration.get('logs.openIn', 'terminal'),
    },
    shells: configuration.get<string[]>('shell.candidates', []).filter((path) => path.startsWith('/')),
  };
}
