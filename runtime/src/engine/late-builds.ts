// Builds, whose room is loaded and opened when somebody first asks for them: it is a quarter of the engine, and many never build.

import type { BuildsRoom } from '../builder/builds.ts';
import type { EngineOptions } from './config.ts';
import type { openBuilds } from './builds.ts';

/**
 * To be called when the containers' remains are gone, before those of images are. The room is opened at once where there ever was a
 * build: its cache must be held before images remove what nobody needs.
 */
export async function introduceBuilds(
  options: EngineOptions,
  parts: Parameters<typeof openBuilds>[1],
): Promise<BuildsRoom> {
  const builds = new LateBuilds(async () => {
    const builder = await import('./builds.ts');
    return await builder.openBuilds(options, parts);
  });
  if ((await options.host.files.stat(`${options.config.dataRoot}/builds`)) !== undefined) await builds.recover();
  return builds;
}

class LateBuilds implements BuildsRoom {
  readonly #open: () => Promise<BuildsRoom>;
  #opening: Promise<BuildsRoom> | undefined;
  #room: BuildsRoom | undefined;

  constructor(open: () => Promise<BuildsRoom>) {
    this.#open = open;
  }

  async recover(): Promise<void> {
    await this.#opened();
  }

  isBusy(): boolean {
    return this.#room?.isBusy() === true;
  }

  async shutdown(): Promise<void> {
    await (await this.#opening)?.shutdown();
  }

  build: BuildsRoom['build'] = async (...given) => (await this.#opened()).build(...given);
  offerContext: BuildsRoom['offerContext'] = async (...given) => (await this.#opened()).offerContext(...given);
  supplyContext: BuildsRoom['supplyContext'] = async (...given) => (await this.#opened()).supplyContext(...given);
  list: BuildsRoom['list'] = async () => (await this.#opened()).list();
  inspect: BuildsRoom['inspect'] = async (...given) => (await this.#opened()).inspect(...given);
  remove: BuildsRoom['remove'] = async (...given) => (await this.#opened()).remove(...given);
  cancel: BuildsRoom['cancel'] = async (...given) => (await this.#opened()).cancel(...given);
  stepImage: BuildsRoom['stepImage'] = async (...given) => (await this.#opened()).stepImage(...given);
  export: BuildsRoom['export'] = async (...given) => (await this.#opened()).export(...given);
  bringCache: BuildsRoom['bringCache'] = async (...given) => (await this.#opened()).bringCache(...given);
  cache: BuildsRoom['cache'] = async () => (await this.#opened()).cache();
  prune: BuildsRoom['prune'] = async (...given) => (await this.#opened()).prune(...given);

  /** A failure is not kept: the next one who asks tries again. */
  async #opened(): Promise<BuildsRoom> {
    this.#opening ??= this.#open();
    try {
      return (this.#room = await this.#opening);
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }
}
