// `--metadata-file`: what a build came to, in buildx's words.

import type { FinishedEvent } from '../../spec/engine/builds.ts';

/** @param build its id */
export function metadata(build: string, { imageId, manifest, tags }: FinishedEvent): string {
  const document = {
    'coracle.build.id': build,
    ...(imageId === '' ? {} : { 'containerimage.config.digest': imageId }),
    ...(manifest === undefined
      ? {}
      : { 'containerimage.descriptor': manifest, 'containerimage.digest': manifest.digest }),
    ...(tags.length === 0 ? {} : { 'image.name': tags.join(',') }),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
