// Gives VS Code the view of registries, and others the log-ins and the place to register providers. What looks into registries, or for
// log-ins, is loaded when somebody needs it.

import * as vscode from 'vscode';
import type { RegistryHost } from '../commands/registry/host.ts';
import { Later } from '../later.ts';
import type { Ui } from '../ui/ui.ts';
import { RegistriesView } from '../views/registries-view.ts';
import { Connections } from './connections.ts';
import type { RegistryExports } from './contract.ts';
import type { LogIns } from './log-ins.ts';
import { Providers } from './providers.ts';

export interface RegistriesParts {
  readonly ui: Ui;
  readonly log: vscode.LogOutputChannel;
  /** Names of images that are here, as far as that is known without asking. */
  localImages(): readonly string[];
}

export interface RegistriesOfMachine {
  /** For whatever asks a registry for something. */
  readonly logIns: LogIns;
  host(): Promise<Omit<RegistryHost, 'ui' | 'context'>>;
  readonly register: RegistryExports['registerRegistryProvider'];
}

export function registerRegistries(context: vscode.ExtensionContext, parts: RegistriesParts): RegistriesOfMachine {
  const { ui, log } = parts;
  const connections = new Connections(context.globalState);
  const providers = new Providers();
  const kept = new Later(async () => {
    const { machineLogIns } = await import('./machine-log-ins.ts');
    return machineLogIns(context.secrets, (message) => log.warn(message));
  });
  const looks = new Later(async () => {
    const { createLooks } = await import('./look.ts');
    return createLooks(() => ({ insecure: insecureRegistries() }));
  });
  const registries = new Later(async () => {
    const { Registries } = await import('./registries.ts');
    return new Registries({
      connections,
      providers,
      logIns: await kept.get(),
      looks: () => looks.get(),
      localImages: () => parts.localImages(),
      web: { hub: 'https://hub.docker.com', github: 'https://api.github.com' },
    });
  });
  const tree = new Later(async () => {
    const { RegistryTree } = await import('../views/registry-tree.ts');
    return new RegistryTree({ registries: await registries.get(), connections, providers });
  });
  const changed = () => {
    registries.ifMade((made) => made.forget());
    view.refresh();
    return Promise.resolve();
  };
  const changedElsewhere = () => void changed();
  const view = new RegistriesView({ tree, connections, memory: context.workspaceState, ui, forget: changed });
  context.subscriptions.push(
    view,
    { dispose: () => registries.ifMade((made) => made[Symbol.dispose]()) },
    providers.onChange(() => changedElsewhere()),
    // In another window, too.
    context.secrets.onDidChange(() => changedElsewhere()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('coracle.registries')) changedElsewhere();
    }),
  );
  const provided = async (domain: string) => {
    const hasProviders = connections.all.some(({ kind }) => kind === 'provider');
    return hasProviders ? await (await registries.get()).providedLogIn(domain) : undefined;
  };
  return {
    logIns: {
      find: async (domain) => (await provided(domain)) ?? (await (await kept.get()).find(domain)),
      all: async () => await (await kept.get()).all(),
      domains: async () => await (await kept.get()).domains(),
    },
    host: async () => ({
      connections,
      providers,
      logIns: await kept.get(),
      registries: () => registries.get(),
      changed,
    }),
    register: (provider) => providers.add(provider),
  };
}

function insecureRegistries(): readonly string[] {
  return vscode.workspace.getConfiguration('coracle').get<readonly string[]>('registries.insecure', []);
}
