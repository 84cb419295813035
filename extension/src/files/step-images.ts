// Images of what steps of builds left, for a look at their files: made when somebody looks, and removed again after the last look.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { isApiError } from '../../../runtime/src/client/errors.ts';
import type { StepImageOptions } from '../../../runtime/src/spec/engine/builds.ts';
import { stepLabel as stepMark } from '../../../runtime/src/spec/step-label.ts';
import { l10n } from '../l10n.ts';
import { FileFault } from './file-fault.ts';

export interface StepPlace extends StepImageOptions {
  /** Id of the build. */
  readonly build: string;
  readonly step: number;
}

/** An image stays this long after its last use: a tree asks for one folder after the other. */
const lingerMs = 30_000;

/** Older ones have been left behind by an extension that was killed. */
const abandonedS = 3600;

interface StepImage {
  readonly id: Promise<string>;
  users: number;
  timer?: NodeJS.Timeout;
}

/** What people see of a place in an address. */
export function stepLabel(build: string, step: number): string {
  return `${build}-step${step + 1}`;
}

/** How a place is written in an address. */
export function stepRef({ build, step, isBefore }: StepPlace): string {
  return `${build}.${step}${isBefore ? '.before' : ''}`;
}

/** @throws FileFault for what names no step */
function parseRef(ref: string): StepPlace {
  const [, build, step, before] = /^(\w{1,128})\.(\d{1,6})(\.before)?$/.exec(ref) ?? [];
  if (build === undefined) throw new FileFault('FileNotFound', l10n.t('{0} names no step of a build.', ref));
  return { build, step: Number(step), isBefore: before !== undefined };
}

export class StepImages implements Disposable {
  readonly #known = new Map<EngineClient, Map<string, StepImage>>();

  /** @throws FileFault, ApiError 404 when the files of the step are not kept any more */
  async use<T>(client: EngineClient, ref: string, act: (image: string) => Promise<T>): Promise<T> {
    const place = parseRef(ref);
    let images = this.#known.get(client);
    if (images === undefined) {
      this.#known.set(client, (images = new Map()));
      await removeAbandoned(client);
    }
    const image = images.get(ref) ?? { id: client.builds.stepImage(place.build, place).then(({ Id }) => Id), users: 0 };
    images.set(ref, image);
    image.users += 1;
    clearTimeout(image.timer);
    try {
      return await act(await image.id);
    } catch (error) {
      // It may have been removed by others: the next look makes another.
      images.delete(ref);
      throw error;
    } finally {
      image.users -= 1;
      if (image.users === 0) {
        image.timer = setTimeout(() => {
          if (images.get(ref) === image) images.delete(ref);
          remove(client, image);
        }, lingerMs);
      }
    }
  }

  [Symbol.dispose](): void {
    for (const [client, images] of this.#known) {
      for (const image of images.values()) {
        clearTimeout(image.timer);
        remove(client, image);
      }
    }
    this.#known.clear();
  }
}

function remove(client: EngineClient, { id }: StepImage): void {
  // One that cannot be removed now is found by its label later.
  void id.then((image) => client.images.remove(image, {})).catch(() => undefined);
}

async function removeAbandoned(client: EngineClient): Promise<void> {
  const before = Date.now() / 1000 - abandonedS;
  for (const { Id, Created } of await client.images.list({ filters: { label: [stepMark] } })) {
    if ((Created ?? 0) > before) continue;
    await client.images.remove(Id ?? '', {}).catch((error: unknown) => {
      // In use by a shell, or another window was quicker.
      if (!isApiError(error, 404, 409)) throw error;
    });
  }
}
