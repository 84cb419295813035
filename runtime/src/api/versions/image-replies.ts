// Shapes of replies about images for older clients, one step per API version.

import type { ImageInspect, ImageSummary } from '../../spec/api/images.ts';

const zeroConfig = {
  Hostname: '',
  Domainname: '',
  User: '',
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Env: null,
  Cmd: null,
  Image: '',
  Volumes: null,
  WorkingDir: '',
  Entrypoint: null,
  OnBuild: null,
  Labels: null,
};

type Shape = Readonly<Record<string, unknown>>;

/** Before 1.50 the image's Config had the fields of a container's, all empty. */
function below50(reply: Shape): Shape {
  return { ...reply, Config: { ...zeroConfig, ...(reply['Config'] as Shape | undefined) } };
}

/**
 * Before 1.45 there was the configuration of the container that the image was made from. No image here was made from one, so it is the
 * image's own: Compose 1.29 takes from its Volumes what to keep of a container that it replaces.
 */
function below45(reply: Shape): Shape {
  return { ...reply, Container: '', ContainerConfig: { ...zeroConfig, ...(reply['Config'] as Shape | undefined) } };
}

/** Before 1.44 the size was told twice. */
function below44(reply: Shape): Shape {
  return { ...reply, VirtualSize: reply['Size'] };
}

/** The reply of GET /images/{name}/json as a client of `version` knows it. */
export function downgradeImage(reply: ImageInspect, version: number): Shape {
  let shape: Shape = { ...reply };
  if (version < 50) shape = below50(shape);
  if (version < 45) shape = below45(shape);
  if (version < 44) shape = below44(shape);
  return shape;
}

/** Before 1.43 an image without a name was listed under a made-up one. */
function summaryBelow43(reply: Shape): Shape {
  const isEmpty = (list: unknown): boolean => !Array.isArray(list) || list.length === 0;
  if (!isEmpty(reply['RepoTags']) || !isEmpty(reply['RepoDigests'])) return reply;
  return { ...reply, RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'] };
}

/** An entry of GET /images/json as a client of `version` knows it. */
export function downgradeSummary(reply: ImageSummary, version: number): Shape {
  let shape: Shape = { ...reply };
  if (version < 44) shape = below44(shape);
  if (version < 43) shape = summaryBelow43(shape);
  return shape;
}
