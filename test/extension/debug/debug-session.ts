// A debug session as the adapter runs one, with what it told. What VS Code would do with it is left to the test.

import { join } from 'node:path';
import { createBuilder } from '../../../extension/src/builds/builder.ts';
import { machineFiles } from '../../../extension/src/files/machine.ts';
import type { DebugTask } from '../../../extension/src/debug/adapter.ts';
import { Attach } from '../../../extension/src/debug/attach.ts';
import { readConfiguration } from '../../../extension/src/debug/configuration.ts';
import type { LanguageDebugger } from '../../../extension/src/debug/contract.ts';
import type { DebugDeps, JoinConfiguration } from '../../../extension/src/debug/deps.ts';
import { Keeper } from '../../../extension/src/debug/keeper.ts';
import { Languages } from '../../../extension/src/debug/languages.ts';
import { Launch } from '../../../extension/src/debug/launch.ts';
import { node } from '../../../extension/src/debug/node.ts';
import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { root } from '../../helpers/paths.ts';
import { until } from '../../helpers/poll.ts';
import { ScriptUi } from '../script-ui.ts';

export const keeperProgram = join(root, 'extension/dist/keeper.cjs');

export interface SessionOptions {
  /** Of the configuration, besides the Dockerfile of the folder. */
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly languages?: readonly LanguageDebugger[];
}

/** The image is `debugged:1`. */
export function debugSession(
  client: EngineClient,
  folder: string,
  { properties = {}, languages = [node] }: SessionOptions = {},
) {
  const joined: JoinConfiguration[] = [];
  const opened: string[] = [];
  const told = { output: '', exitCode: undefined as number | undefined, isOver: false };
  const deps: DebugDeps = {
    client: () => Promise.resolve(client),
    builder: createBuilder({ local: machineFiles, client: () => Promise.resolve(client) }),
    tagOf: () => 'debugged:1',
    ui: new ScriptUi(),
    languages: new Languages(languages),
    keeper: new Keeper(keeperProgram),
    folder,
    activate: () => Promise.resolve(true),
    join: async (configuration) => joined.push(configuration) > 0,
    onLeft: () => undefined,
    openOnce: async (url) => void opened.push(url),
  };
  const output = {
    write: (words: string) => void (told.output += words),
    exited: (code: number) => void (told.exitCode = code),
    ended: () => void (told.isOver = true),
  };
  const raw = { name: 'test', request: 'launch', dockerfile: join(folder, 'Dockerfile'), ...properties };
  const configuration = readConfiguration(raw);
  const task: DebugTask =
    configuration.request === 'launch'
      ? new Launch(deps, configuration, output)
      : new Attach(deps, configuration, output);
  const withOutput = (error: unknown): never => {
    throw new Error(told.output, { cause: error });
  };
  return {
    task,
    joined,
    opened,
    told,
    /** Waits for so many processes that a debugger was asked to join. */
    waiting: async (count = 1) =>
      await until(`${count} processes wait`, () => Promise.resolve(joined.length >= count && joined)).catch(withOutput),
    /** Waits for what is written. */
    shows: async (words: RegExp) =>
      await until(`${words} is written`, () => Promise.resolve(words.test(told.output))).catch(withOutput),
    [Symbol.asyncDispose]: () => task.end(),
  };
}
