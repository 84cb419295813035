// A build in a task's terminal: drawn as `coracle build` draws it, ended by Ctrl-C, and told in a line that `$coracle-build` finds.

import { relative, resolve } from 'node:path';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { progressFor } from '../../../runtime/src/text/build-progress.ts';
import { visible } from '../../../runtime/src/text/output-lines.ts';
import { contextFolder } from '../builds/context-folder.ts';
import type { BuildAsk, BuildFailure, Builder } from '../builds/contract.ts';
import type { LocalFiles } from '../files/local.ts';
import { l10n } from '../l10n.ts';
import type { TerminalProgram, TerminalScreen } from '../ui/ui.ts';
import type { BuildTask } from './definitions.ts';

export interface BuildHost {
  readonly builder: Builder;
  readonly local: LocalFiles;
  /** Folder of the workspace that the task belongs to. */
  readonly root: string;
  /** The name that an image gets where the task says none. @param dockerfile absolute path @param stage empty for the last one */
  tagOf(dockerfile: string, stage: string): string;
}

/** What a shell says of a program that Ctrl-C ended. */
export const interruptedCode = 130;
const interrupt = '\u0003';

export class BuildProgram implements TerminalProgram {
  readonly #host: BuildHost;
  readonly #task: BuildTask;
  readonly #stop = new AbortController();

  constructor(host: BuildHost, task: BuildTask) {
    this.#host = host;
    this.#task = task;
  }

  async run(screen: TerminalScreen): Promise<number> {
    const signal = AbortSignal.any([screen.signal, this.#stop.signal]);
    const { code } = await buildOn(screen, this.#host, this.#task, signal);
    return code;
  }

  input(text: string): void {
    if (text.includes(interrupt)) this.#stop.abort();
  }
}

export interface Built {
  /** Exit code of the task. */
  readonly code: number;
  /** Undefined unless it was built. */
  readonly image: string | undefined;
}

/** Never rejects: what went wrong stands on the screen. */
export async function buildOn(
  screen: TerminalScreen,
  host: BuildHost,
  task: BuildTask,
  signal: AbortSignal,
): Promise<Built> {
  try {
    return await build(screen, host, task, signal);
  } catch (error) {
    await screen.write(faultText(messageOf(error)));
    return { code: 1, image: undefined };
  }
}

async function build(screen: TerminalScreen, host: BuildHost, task: BuildTask, signal: AbortSignal): Promise<Built> {
  const { builder, root } = host;
  const ask = await askOf(task, host);
  const progress = progressFor('tty', {
    write: (text) => void screen.write(text),
    get width() {
      return screen.size?.columns ?? 80;
    },
    get height() {
      return screen.size?.rows ?? 24;
    },
  });
  const options = { signal, onEvent: (event: Parameters<typeof progress.take>[0]) => progress.take(event) };
  const outcome = await builder.build(ask, options).finally(() => progress.end());
  const { failure, imageId, isCancelled } = outcome;
  if (isCancelled) {
    await screen.write(faultText(l10n.t('The build was cancelled.')));
    return { code: interruptedCode, image: undefined };
  }
  if (failure !== undefined) {
    await screen.write(faultText(placed(failure, relative(root, ask.dockerfile))));
    return { code: 1, image: undefined };
  }
  const image = ask.tags[0] ?? imageId;
  await screen.write(`${l10n.t('Built {0}', ask.tags.join(', '))}\r\n`);
  return { code: 0, image };
}

async function askOf(task: BuildTask, host: BuildHost): Promise<BuildAsk> {
  const { root } = host;
  const { tags, target, platform, buildArgs, labels, noCache, pull } = task;
  const dockerfile = resolve(root, task.dockerfile);
  const folder = task.context === undefined ? await usualContext(host, dockerfile) : resolve(root, task.context);
  return {
    folder,
    dockerfile,
    tags: tags.length > 0 ? tags : [host.tagOf(dockerfile, target ?? '')],
    ...(target === undefined ? {} : { target }),
    ...(platform === undefined ? {} : { platform }),
    buildArgs,
    labels,
    noCache,
    pull,
  };
}

async function usualContext({ local, root }: BuildHost, dockerfile: string): Promise<string> {
  try {
    return await contextFolder(local, dockerfile, await local.readText(dockerfile), root);
  } catch (error) {
    throw new Error(l10n.t('The Dockerfile cannot be read: {0}', messageOf(error)), { cause: error });
  }
}

/** `docker/Dockerfile:3: …`: with the path as the workspace has it, whatever the engine called the file. */
export function placed({ message, line }: BuildFailure, path: string): string {
  if (line === undefined) return message;
  const [name = ''] = message.split(`:${line}:`, 1);
  const isPlaced = name.length < message.length && (path.endsWith(name) || name === 'Dockerfile');
  const words = isPlaced ? message.slice(`${name}:${line}:`.length) : message;
  return `${path}:${line}: ${words.trimStart().replace(/^dockerfile parse error on line \d+: /, '')}`;
}

function faultText(text: string): string {
  const lines = text.split('\n').map((line) => visible(line));
  return lines.map((line) => `\u001b[31m${line}\u001b[0m\r\n`).join('');
}
