// Whether the store holds together: at start cheaply, to mend what a crash left; on demand thoroughly, to report.

import { type Digest, type ImageId, algorithmOf, hexOf } from '../spec/digest.ts';
import { layerProblem } from './check-layer.ts';
import type { ImagesReport } from './deps.ts';
import type { ImagesContext } from './images-context.ts';
import { type ImageRecord, ociManifestOf, partsOf } from './store/catalog.ts';
import type { Store } from './store/store.ts';

type Problem = ImagesReport['problems'][number];

/** Drops images whose parts are gone or cut short, and whatever no image needs. */
export async function recoverStore(context: ImagesContext): Promise<void> {
  const { store } = context;
  const broken = new Set<ImageId>();
  for (const image of store.catalog.state.images.values()) {
    const [problem] = await imageProblems(store, image);
    if (problem === undefined) {
      if (image.unsynced !== undefined) store.durability.add(image.id);
      continue;
    }
    broken.add(image.id);
    store.logger.error('dropping a damaged image', { image: image.id, problem: problem.message });
  }
  if (broken.size > 0) {
    await store.catalog.update(({ images, references }) => {
      for (const id of broken) images.delete(id);
      for (const [name, id] of references) if (broken.has(id)) references.delete(name);
    });
  }
  await store.collect((id) => context.isUsed(id));
  await store.sweep().erased;
  if ((await indexText(store)) !== store.catalog.indexText()) await store.catalog.writeIndex();
}

async function indexText(store: Store): Promise<string | undefined> {
  const path = `${store.root}/index.json`;
  return (await store.host.files.stat(path)) === undefined ? undefined : store.host.files.readText(path);
}

/** Everything, every byte. */
export async function checkStore(context: ImagesContext): Promise<ImagesReport> {
  const { store } = context;
  const problems: Problem[] = [];
  const needed = new Set<string>();
  const images = [...store.catalog.state.images.values()];
  for (const image of images) {
    problems.push(...(await imageProblems(store, image)));
    for (const part of partsOf(image)) needed.add(part);
  }
  for (const [name, id] of store.catalog.state.references) {
    if (store.catalog.visible(id) === undefined)
      problems.push(problem('image', name, `names ${id}, which is not there`));
  }
  const blobs = store.blobs.all();
  const damaged = new Set<Digest>();
  for (const digest of blobs) {
    const message = await blobProblem(store, digest);
    if (message !== undefined) {
      problems.push(problem('blob', digest, message));
      damaged.add(digest);
    }
    if (!store.isNeeded(digest, needed)) problems.push(problem('blob', digest, 'no image needs it'));
  }
  for (const image of images) problems.push(...signatureProblems(store, image, damaged));
  const layers = store.layers.all();
  const described = new Map(images.flatMap((image) => image.layers).map((blob) => [blob.chainId, blob]));
  for (const layer of layers) {
    const stat = await store.host.files.stat(store.layers.diffPath(layer.chainId));
    const blob = described.get(layer.chainId);
    if (stat?.kind !== 'directory') problems.push(problem('layer', layer.chainId, 'its files are gone'));
    else if (blob !== undefined && store.blobs.has(blob.digest)) {
      const message = await layerProblem(store, context.kernel, blob);
      if (message !== undefined) problems.push(problem('layer', layer.chainId, message));
    }
    if (!store.isNeeded(layer.chainId, needed)) problems.push(problem('layer', layer.chainId, 'no image needs it'));
  }
  if ((await indexText(store)) !== store.catalog.indexText()) {
    problems.push(problem('image', 'index.json', 'does not say what images.json says'));
  }
  return {
    problems,
    checked: { blobs: blobs.length, layers: layers.length, images: store.catalog.allVisible().length },
  };
}

async function blobProblem({ host, blobs }: Store, digest: Digest): Promise<string | undefined> {
  if ((await host.files.stat(blobs.path(digest))) === undefined) return 'its file is gone';
  const hasher = host.codec.hasher(algorithmOf(digest));
  for await (const chunk of blobs.stream(digest)) hasher.update(chunk);
  return hasher.hex() === hexOf(digest) ? undefined : 'content does not have this digest';
}

async function imageProblems(store: Store, image: ImageRecord): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const say = (message: string): number => problems.push(problem('image', image.id, message));
  if (store.durability.isLost(image)) say('the machine went down before it was on disk');
  const parts = [image.manifest, ociManifestOf(image), ...image.layers];
  for (const { digest, size } of parts) {
    const stat = store.blobs.has(digest) ? await store.host.files.stat(store.blobs.path(digest)) : undefined;
    if (stat === undefined) say(`blob ${digest} is missing`);
    else if (stat.size !== size) say(`blob ${digest} has ${stat.size} bytes, not ${size}`);
  }
  if (!store.blobs.has(image.id)) say('its config is missing');
  for (const layer of image.layers) {
    if (store.layers.get(layer.chainId) === undefined) say(`layer ${layer.chainId} is missing`);
  }
  return problems;
}

/** An image stays without what was kept of its signatures; a policy that asks for them refuses it. */
function signatureProblems({ blobs }: Store, image: ImageRecord, damaged: ReadonlySet<Digest>): readonly Problem[] {
  return (image.origins ?? []).flatMap((origin) => {
    if (origin.kind !== 'registry' || origin.signatures === undefined) return [];
    const { reference, signatures } = origin;
    const isHere = blobs.has(signatures);
    if (isHere && !damaged.has(signatures)) return [];
    const state = isHere ? 'damaged' : 'missing';
    return [problem('image', image.id, `blob ${signatures}, its signatures of ${reference}, is ${state}`)];
  });
}

function problem(kind: string, object: string, message: string): Problem {
  return { kind, object, message };
}
