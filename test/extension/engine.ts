// A real engine for the extension's verbs: our daemon on temporary roots, with a small image, and everything removed between
// tests.

import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { EngineClient, parseEndpoint } from '../../runtime/src/client/client.ts';
import { createBuilder } from '../../extension/src/builds/builder.ts';
import { machineFiles } from '../../extension/src/files/machine.ts';
import type { BuildServices } from '../../extension/src/builds/services.ts';
import { type LogIns, noLogIns } from '../../extension/src/registries/log-ins.ts';
import type { VerbContext } from '../../extension/src/commands/verb.ts';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { requireDaemon, startDaemon } from '../helpers/temp-daemon.ts';
import type { TempDaemon } from '../helpers/temp-daemon.ts';
import type { ScriptUi } from './script-ui.ts';

export const image = 'coracle-extension:1';

export interface ExtensionEngine {
  readonly daemon: TempDaemon;
  readonly client: EngineClient;
  context(ui: ScriptUi, settings?: Partial<VerbContext['settings']['logs']>, logIns?: LogIns): VerbContext;
  /** Makes a container, and starts it unless it is told not to. @returns its id */
  container(name: string, command: readonly string[], options?: { readonly isStarted?: boolean }): Promise<string>;
}

/** Builds in a workspace that has no Dockerfile open, and forgets with the context. */
export function buildServices(engine: EngineClient): BuildServices {
  const known = new Map<string, unknown>();
  return {
    builder: createBuilder({ local: machineFiles, client: () => Promise.resolve(engine) }),
    memory: {
      get: <T>(key: string, otherwise: T) => (known.has(key) ? (known.get(key) as T) : otherwise),
      update: (key, value) => Promise.resolve(void known.set(key, value)),
    },
    save: () => Promise.resolve(),
    active: () => undefined,
    dockerfiles: () => Promise.resolve([]),
    rootOf: dirname,
  };
}

/** Sets the engine up around the suite that calls it. @returns a getter, valid inside hooks and tests */
export function useExtensionEngine(): () => ExtensionEngine {
  let daemon: TempDaemon | undefined;
  let client: EngineClient | undefined;

  before(async function (this: Mocha.Context) {
    requireDaemon(this);
    daemon = await startDaemon();
    client = new EngineClient(parseEndpoint(daemon.host));
    await text(await client.images.load(Readable.from([await busyboxArchive(image)])));
  });

  afterEach(async () => {
    if (client === undefined) return;
    for (const { Id } of await client.containers.list({ all: true })) {
      await client.containers.remove(Id ?? '', { force: true, v: true });
    }
  });

  after(async () => {
    client?.[Symbol.dispose]();
    await daemon?.[Symbol.asyncDispose]();
  });

  return () => {
    if (daemon === undefined || client === undefined) throw new Error('the engine is not set up yet');
    const engine = client;
    return {
      daemon,
      client: engine,
      context: (ui, logs = {}, logIns = noLogIns) => ({
        ui,
        client: engine,
        builds: buildServices(engine),
        local: machineFiles,
        logIns,
        settings: { logs: { tail: 1000, timestamps: false, openIn: 'terminal', ...logs }, shells: [] },
      }),
      async container(name, command, { isStarted = true } = {}) {
        const { Id } = await engine.containers.create({ Image: image, Cmd: command, StopTimeout: 0 }, name);
        if (isStarted) await engine.containers.start(Id ?? '');
        return Id ?? '';
      },
    };
  };
}
