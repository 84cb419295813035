// The containers of builds: a second room of containers, of which nobody hears and nothing is written down. What a killed engine
// left of them in the exec-root, the other room clears away as it does with everything that it does not know.

import { createContainers, type ContainersRoom } from '../containers/containers.ts';
import type { ContainersDeps } from '../containers/deps.ts';
import type { StepContainers } from '../builder/steps/step-containers.ts';
import type { ImageSource } from '../spec/engine/images.ts';
import { EngineError } from '../spec/errors.ts';

export interface BuildContainers {
  readonly room: ContainersRoom;
  readonly steps: StepContainers;
}

export async function createBuildContainers(
  deps: Omit<ContainersDeps, 'images' | 'events' | 'isEphemeral'>,
): Promise<BuildContainers> {
  const defined = new Map<string, Defined & { count: number }>();
  const room = await createContainers({
    ...deps,
    images: sourceOf(defined),
    events: { publish: () => undefined },
    isEphemeral: true,
  });
  const define: StepContainers['define'] = (name, directories, options) => {
    const known = defined.get(name) ?? { directories, isWasm: options?.isWasm ?? false, count: 0 };
    known.count += 1;
    defined.set(name, known);
    return {
      [Symbol.dispose]: () => {
        known.count -= 1;
        if (known.count === 0) defined.delete(name);
      },
    };
  };
  return { room, steps: { ...room, define } };
}

interface Defined {
  readonly directories: readonly string[];
  readonly isWasm: boolean;
}

function sourceOf(defined: ReadonlyMap<string, Defined>): ImageSource {
  const find = (name: string) => {
    const found = defined.get(name);
    if (found === undefined) throw new EngineError('notFound', `No such snapshot: ${name}`);
    return found;
  };
  return {
    resolve: async (name) => {
      const { isWasm } = find(name);
      const rootfs = { type: 'layers', diff_ids: [] } as const;
      return await Promise.resolve({ id: name, config: { architecture: '', os: 'linux', rootfs }, isWasm });
    },
    // What a step stands on was admitted when the build took it.
    admit: () => Promise.resolve(),
    layers: async (name) => await Promise.resolve(find(name).directories),
    commit: () => Promise.reject(new EngineError('notImplemented', 'containers of builds are not committed')),
  };
}
