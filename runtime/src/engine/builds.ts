// Introduces builds to what they build with.

import { type BuildsRoom, createBuilds } from '../builder/builds.ts';
import type { ContainersDeps } from '../containers/deps.ts';
import type { ImagesRoom } from '../images/deps.ts';
import type { EventSink } from '../spec/engine/system.ts';
import { formatPlatform } from '../spec/platform.ts';
import { createBuildContainers } from './build-containers.ts';
import type { BuilderConfig, EngineOptions } from './config.ts';
import { platformsOf } from './runners.ts';

/** Ten gigabytes, and two weeks; what failed, an hour. Of entitlements what dockerd gives where nothing is configured. */
const defaults: BuilderConfig = {
  keepBytes: 10 * 2 ** 30,
  keepMs: 14 * 24 * 3600_000,
  keepFailedMs: 3600_000,
  networkHost: true,
  securityInsecure: false,
};
/** Results of steps that are kept, however small they are. */
const mostResults = 2000;

/** Removes what a killed engine left of builds. To be called when the containers' remains are gone, before those of images are. */
export async function openBuilds(
  options: EngineOptions,
  given: {
    readonly sandboxes: Omit<ContainersDeps, 'images' | 'events' | 'directory'>;
    readonly images: ImagesRoom;
    readonly events: EventSink;
  },
): Promise<BuildsRoom> {
  const { host, kernel, logger, config, lint, spareMemory } = options;
  const { platform } = platformsOf(options);
  const directory = `${config.dataRoot}/builds`;
  const { keepBytes, keepMs, keepFailedMs, networkHost, securityInsecure } = { ...defaults, ...config.builder };
  const containers = await createBuildContainers({ ...given.sandboxes, directory: `${directory}/containers` });
  const builds = createBuilds({
    host,
    kernel,
    logger: logger.child({ room: 'builder' }),
    events: given.events,
    directory,
    platform: formatPlatform(platform),
    limits: { bytes: keepBytes, ageMs: keepMs, count: mostResults, failedMs: keepFailedMs },
    allowed: { 'network.host': networkHost, 'security.insecure': securityInsecure },
    lint,
    ...(spareMemory === undefined ? {} : { spareMemory }),
    openImages: (auth, session) => given.images.openBuild(session === undefined ? { auth } : { auth, session }),
    containers: containers.steps,
    secretFolder: `${config.execRoot}/b`,
    sync: () => kernel.syncFiles(directory),
  });
  await builds.recover();
  return builds;
}
