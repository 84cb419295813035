import type { ImageInspect, ImageSummary } from '../../../../runtime/src/spec/api/images.ts';
import type { ImageFacts, TagFacts } from '../knowledge.ts';

export function imageFacts(image: ImageInspect): ImageFacts {
  const { Config: config } = image;
  const digest = image.RepoDigests?.[0]?.split('@')[1];
  return {
    digest,
    id: image.Id ?? '',
    size: image.Size ?? 0,
    created: image.Created ?? undefined,
    platform: [image.Os, image.Architecture, image.Variant].filter(Boolean).join('/'),
    env: config?.Env ?? [],
    user: config?.User ?? '',
    workingDir: config?.WorkingDir ?? '',
    entrypoint: config?.Entrypoint ?? [],
    cmd: config?.Cmd ?? [],
    exposedPorts: Object.keys(config?.ExposedPorts ?? {}),
    volumes: Object.keys(config?.Volumes ?? {}),
    labels: config?.Labels ?? {},
    shell: config?.Shell ?? [],
    hasHealthcheck: (config?.Healthcheck?.Test ?? ['NONE'])[0] !== 'NONE',
    stopSignal: config?.StopSignal ?? undefined,
    onBuild: config?.OnBuild ?? [],
  };
}

export function tagFacts({ RepoTags, Size, Created }: ImageSummary): TagFacts[] {
  return (RepoTags ?? [])
    .filter((reference) => !reference.includes('<none>'))
    .map((reference) => ({
      reference,
      size: Size ?? undefined,
      created: Created ? new Date(Created * 1000).toISOString() : undefined,
      where: 'store',
    }));
}
