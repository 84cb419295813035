// An images room over a folder of its own, with the real helper, host and registry client, and events written down.

import type Mocha from 'mocha';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { startKernel } from '../../runtime/src/host/native-kernel.ts';
import type { Kernel } from '../../runtime/src/host/kernel.ts';
import type { ImageUser, ImagesDeps, ImagesRoom } from '../../runtime/src/images/deps.ts';
import { createImages } from '../../runtime/src/images/images.ts';
import { createRegistry } from '../../runtime/src/registry/registry.ts';
import type { ProgressMessage } from '../../runtime/src/spec/engine/images.ts';
import { type Logger, silentLogger } from '../../runtime/src/spec/logger.ts';
import { requireRoot } from '../helpers/skip.ts';
import { helperPath } from '../native/setup.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

export interface Told {
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Lab extends AsyncDisposable {
  readonly root: string;
  readonly kernel: Kernel;
  images: ImagesRoom;
  readonly events: Told[];
  /** Containers by image id. */
  readonly users: Map<string, ImageUser[]>;
  readonly mirrors: string[];
  readonly insecure: string[];
  /** A new room over the same folder, as after a restart. */
  reopen(): Promise<void>;
}

/** A hook's first line: what every test here needs. */
export function requireImages(context: Mocha.Context): void {
  requireRoot(context);
}

export interface LabOptions {
  readonly logger?: Logger;
  /** Puts other parts in. */
  readonly change?: (deps: ImagesDeps) => ImagesDeps;
}

export async function openLab(options: LabOptions = {}): Promise<Lab> {
  await using undo = new AsyncDisposableStack();
  const folder = undo.use(await makeTempFolder());
  const host = createNodeHost();
  const logger = options.logger ?? silentLogger;
  const kernel = undo.use(await startKernel({ helperPath: helperPath(), execRoot: folder.path, logger }));
  const events: Told[] = [];
  const users = new Map<string, ImageUser[]>();
  const mirrors: string[] = [];
  const insecure: string[] = [];
  const config = () => ({ insecureRegistries: insecure, mirrors });
  const plain: ImagesDeps = {
    host,
    kernel,
    registry: createRegistry({ host, logger, config }),
    events: { publish: (_type, action, actor) => events.push({ action, ...actor }) },
    logger,
    root: join(folder.path, 'data'),
    platform: { os: 'linux', architecture: 'amd64' },
    usersOfImage: (id) => users.get(id) ?? [],
  };
  const deps = options.change?.(plain) ?? plain;
  const images = await createImages(deps);
  const kept = undo.move();
  const lab: Lab = {
    root: deps.root,
    kernel,
    images,
    events,
    users,
    mirrors,
    insecure,
    async reopen() {
      lab.images = await createImages(deps);
      await lab.images.recover();
    },
    async [Symbol.asyncDispose]() {
      await lab.images.settle();
      await kept.disposeAsync();
    },
  };
  return lab;
}

export async function collect(messages: AsyncIterable<ProgressMessage>): Promise<ProgressMessage[]> {
  const all: ProgressMessage[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

/** The lines that people read. */
export function texts(messages: readonly ProgressMessage[]): string[] {
  return messages.map((message) => String(message['status'] ?? message['stream']).trimEnd());
}

export async function* chunksOf(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Loads an archive. @returns what was said */
export async function load(lab: Lab, archive: Uint8Array, platform?: string): Promise<string[]> {
  const options = { quiet: false, ...(platform === undefined ? {} : { platform }) };
  return texts(await collect(await lab.images.load(chunksOf(archive), options)));
}

/** All names below a folder of the store, relative to it, but for the layer that lies below all others. */
export function namesBelow(lab: Lab, folder: string): string[] {
  const names = readdirSync(join(lab.root, folder), { recursive: true, encoding: 'utf8' }).sort();
  return names.filter((name) => name !== 'init' && !name.startsWith('init/'));
}

/** Temporary files, blobs and layers that are there though nothing needs them. */
export async function leftovers(lab: Lab): Promise<string[]> {
  const { problems } = await lab.images.check();
  const temporary = readdirSync(join(lab.root, 'tmp/images'));
  return [...temporary, ...problems.map((problem) => `${problem.kind} ${problem.object}: ${problem.message}`)];
}
