// Makes VS Code's commands out of the verbs: what was clicked or selected becomes targets, and the engine is asked for when a verb
// needs it.

import * as vscode from 'vscode';
import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { BuildServices } from '../builds/services.ts';
import { terminalOptions } from '../ui/pseudoterminal.ts';
import type { TerminalOptions, Ui } from '../ui/ui.ts';
import {
  buildVerbs,
  containerVerbs,
  contextVerbs,
  dockerfileVerbs,
  imageVerbs,
  networkVerbs,
  plainVerbs,
  volumeVerbs,
} from './all.ts';
import type { DockerfileVerb } from './build/dockerfile.ts';
import { shell, shellTerminal } from './container/shell.ts';
import { chooseContext } from './context/host.ts';
import type { ContextHost, ContextTarget } from './context/host.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { doctorId, showDoctor } from './system/doctor.ts';
import type { DoctorHost } from './system/doctor.ts';
import type { ContainerTarget, NodeTarget } from './targets.ts';
import { checkTrust, guarded, runOnTargets, runPlain } from './verb.ts';
import type { TargetVerb, VerbContext, VerbSettings } from './verb.ts';

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
}

export function registerVerbs(host: VerbHost): vscode.Disposable {
  return vscode.Disposable.from(
    ...containerVerbs.map((verb) => registerTargetVerb(host, verb)),
    ...imageVerbs.map((verb) => registerTargetVerb(host, verb)),
    ...volumeVerbs.map((verb) => registerTargetVerb(host, verb)),
    ...networkVerbs.map((verb) => registerTargetVerb(host, verb)),
    ...buildVerbs.map((verb) => registerTargetVerb(host, verb)),
    ...dockerfileVerbs.map((verb) => registerDockerfileVerb(host, verb)),
    ...plainVerbs.map((verb) =>
      vscode.commands.registerCommand(verb.id, async (node: unknown) => {
        if (!(await checkTrust(host.ui, verb))) return;
        const context = await contextOf(host, node);
        if (context !== undefined) await runPlain(verb, context);
      }),
    ),
    registerShellProfile(host),
    vscode.commands.registerCommand(doctorId, (node: unknown) => guarded(host.ui, () => showDoctor(host, node))),
  );
}

export function registerTargetVerb<T>(host: VerbHost, verb: TargetVerb<T>): vscode.Disposable {
  return vscode.commands.registerCommand(verb.id, async (node: unknown, selected: unknown) => {
    // An engine is not even started for what is not allowed.
    if (!(await checkTrust(host.ui, verb))) return;
    const context = await contextOf(host, node);
    if (context === undefined) return;
    const nodes =
      Array.isArray(selected) && selected.length > 0 ? (selected as unknown[]) : node === undefined ? [] : [node];
    const targets = nodes
      .flatMap((each) => host.targets(each))
      .filter(({ kind }) => kind === verb.noun.kind)
      .map(({ target }) => target as T);
    await runOnTargets(verb, context, targets);
  });
}

/** Called with a file and perhaps a stage by menus and code lenses, with nothing by the palette. */
function registerDockerfileVerb(host: VerbHost, verb: DockerfileVerb): vscode.Disposable {
  return vscode.commands.registerCommand(verb.id, async (file: unknown, stage: unknown) => {
    if (!(await checkTrust(host.ui, verb))) return;
    const uri = typeof file === 'string' ? vscode.Uri.parse(file, true) : file;
    const path = uri instanceof vscode.Uri && uri.scheme === 'file' ? uri.fsPath : undefined;
    const place = {
      ...(path === undefined ? {} : { path }),
      ...(typeof stage === 'string' && stage !== '' ? { stage } : {}),
    };
    const context = await contextOf(host, undefined);
    if (context !== undefined) await guarded(host.ui, () => verb.run(context, place));
  });
}

/** The shell of a container among the terminals that VS Code offers. */
function registerShellProfile(host: VerbHost): vscode.Disposable {
  return vscode.window.registerTerminalProfileProvider('coracle.shell', {
    async provideTerminalProfile() {
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
      return chosen === undefined ? undefined : new vscode.TerminalProfile(terminalOptions(chosen));
    },
  });
}

/** @param targetOf the context that a node of the view stands for */
export function registerContextVerbs(
  host: ContextHost,
  targetOf: (node: unknown) => ContextTarget | undefined,
): vscode.Disposable {
  const commands = contextVerbs.map((verb) =>
    vscode.commands.registerCommand(verb.id, (node: unknown) =>
      guarded(host.ui, async () => {
        if (verb.question === undefined) await verb.run(host, undefined);
        else await verb.run(host, await chooseContext(host, verb, targetOf(node)));
      }),
    ),
  );
  return vscode.Disposable.from(...commands);
}

/** Tells the user when there is no engine. */
async function contextOf(host: VerbHost, node: unknown): Promise<VerbContext | undefined> {
  try {
    return { ui: host.ui, client: await host.client(node), builds: host.builds, settings: settings() };
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
