// `GET /distribution/{name}/json` and our own `/manifest` and `/tags`: what a registry has under a name, without pulling it.

import type { AuthConfig, DistributionInspect, OCIPlatform, RemoteManifestText } from '../spec/api/images.ts';
import { isKind } from '../spec/errors.ts';
import { maximumConfigSize } from '../spec/manifest.ts';
import { type Reference, parseReference, withDefaultTag } from '../spec/reference.ts';
import { aboutRegistry } from './about-registry.ts';
import { parseImageConfig, platformOf } from './config.ts';
import type { ImagesContext } from './images-context.ts';
import { readConfig } from './read-config.ts';
import { moduleConfig, moduleOf } from './wasm-module.ts';

/** Its digest is checked. @throws EngineError in the registry's words */
export async function remoteManifest(
  context: ImagesContext,
  text: string,
  auth: AuthConfig | undefined,
  signal: AbortSignal | undefined,
): Promise<RemoteManifestText> {
  const reference = withDefaultTag(parseReference(text));
  const repository = context.deps.registry.repository(reference, auth, signal);
  const target = reference.digest ?? reference.tag ?? '';
  const { bytes, mediaType, digest } = await aboutRegistry(reference.domain, () => repository.manifest(target));
  return { mediaType, digest, size: bytes.length, manifest: new TextDecoder().decode(bytes) };
}

/** Of a repository. @throws EngineError in the registry's words */
export async function remoteTags(
  context: ImagesContext,
  repository: string,
  auth: AuthConfig | undefined,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const reference = parseReference(repository);
  return await aboutRegistry(reference.domain, () => context.deps.registry.repository(reference, auth, signal).tags());
}

/** @throws EngineError in the registry's words */
export async function inspectDistribution(
  context: ImagesContext,
  text: string,
  auth: AuthConfig | undefined,
  signal: AbortSignal | undefined,
): Promise<DistributionInspect> {
  const reference = withDefaultTag(parseReference(text));
  return await aboutRegistry(reference.domain, () => inspectAt(context, reference, auth, signal));
}

async function inspectAt(
  context: ImagesContext,
  reference: Reference,
  auth: AuthConfig | undefined,
  signal: AbortSignal | undefined,
): Promise<DistributionInspect> {
  const repository = context.deps.registry.repository(reference, auth, signal);
  const remote = await repository.manifest(reference.digest ?? reference.tag ?? '');
  const platforms: OCIPlatform[] = [];
  const { content } = remote;
  if (content.kind === 'index') {
    for (const entry of content.manifests) if (entry.platform !== undefined) platforms.push(entry.platform);
  } else if (content.config.size <= maximumConfigSize) {
    const bytes = await readConfig(context.deps.host.codec, repository, content.config);
    try {
      const isModule = moduleOf(content) !== undefined;
      platforms.push(platformOf(isModule ? moduleConfig(content, bytes) : parseImageConfig(bytes)));
    } catch (error) {
      // An artifact that is no image has no platform.
      if (!isKind(error, 'invalidParameter')) throw error;
    }
  }
  return {
    Descriptor: { mediaType: remote.mediaType, digest: remote.digest, size: remote.bytes.length },
    Platforms: platforms,
  };
}
