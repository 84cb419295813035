// What the verbs and the view of registries stand on, without VS Code and without an engine.

import assert from 'node:assert/strict';
import type { RegistryHost } from '../../../extension/src/commands/registry/host.ts';
import { Connections } from '../../../extension/src/registries/connections.ts';
import { createLooks } from '../../../extension/src/registries/look.ts';
import { MachineLogIns } from '../../../extension/src/registries/machine-log-ins.ts';
import { Providers } from '../../../extension/src/registries/providers.ts';
import { Registries } from '../../../extension/src/registries/registries.ts';
import { RegistryCredentials } from '../../../runtime/src/connect/registry-credentials.ts';
import type { ScriptUi } from '../script-ui.ts';
import { memory, memorySecrets } from './secrets.ts';

export interface HostOptions {
  /** Folder of docker's `config.json`. */
  readonly dockerConfig: string;
  readonly localImages?: () => readonly string[];
}

export function registryHost(ui: ScriptUi, { dockerConfig, localImages = () => [] }: HostOptions) {
  const connections = new Connections(memory());
  const providers = new Providers();
  const logIns = new MachineLogIns(memorySecrets(), new RegistryCredentials(dockerConfig), assert.fail);
  const looks = createLooks(() => ({ insecure: [] }));
  const nobody = 'http://127.0.0.1:1';
  const registries = new Registries({
    connections,
    providers,
    logIns,
    looks: () => Promise.resolve(looks),
    localImages,
    web: { hub: nobody, github: nobody },
  });
  const host: RegistryHost = {
    ui,
    connections,
    logIns,
    providers,
    registries: () => Promise.resolve(registries),
    context: () => Promise.resolve(undefined),
    changed: () => Promise.resolve(registries.forget()),
  };
  return { host, registries, logIns };
}
