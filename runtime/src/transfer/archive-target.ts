// An archive as where images go to: one tar that is an OCI layout, and for docker's kind docker's documents as well. Members follow each
// other, so blobs do; what names them comes last.

import type { Bytes } from '../host/host.ts';
import { readAhead } from '../content/read-ahead.ts';
import { blobPath, directory, document, file } from '../images/archive.ts';
import { streamOf } from '../spec/bytes.ts';
import type { Digest } from '../spec/digest.ts';
import { EngineError } from '../spec/errors.ts';
import { mediaTypes } from '../spec/manifest.ts';
import { type Reference, familiarReference, fullReference, withDefaultTag } from '../spec/reference.ts';
import { type WritableMember, writeTar } from '../spec/tar/writer.ts';
import { type Listed, entryOf } from './folder.ts';
import { fullRefName } from './layout.ts';
import type { Cargo, Document, Shipment, Target, Watcher } from './parts.ts';

export interface ArchiveTargetOptions {
  readonly title: string;
  /** Docker's documents beside those of OCI: then it is one image of one platform. */
  readonly isDockers: boolean;
  /** What the archive calls the image: as it says in an OCI layout. */
  readonly name: string | undefined;
  /** As docker calls it. */
  readonly reference: Reference | undefined;
  readonly platform?: () => Promise<string>;
  /** Takes the archive whole, or fails and leaves nothing. */
  readonly write: (tar: Bytes) => Promise<void>;
}

export class ArchiveTarget implements Target {
  readonly title: string;
  readonly holdsIndexes: boolean;
  readonly keepsDigests: boolean;
  readonly platform?: () => Promise<string>;
  readonly #options: ArchiveTargetOptions;

  constructor(options: ArchiveTargetOptions) {
    this.#options = options;
    this.title = options.title;
    this.holdsIndexes = !options.isDockers;
    this.keepsDigests = !options.isDockers;
    if (options.platform !== undefined) this.platform = options.platform;
  }

  /** A new one has nothing. */
  has(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async receive(shipment: Shipment, watcher: Watcher, signal: AbortSignal): Promise<void> {
    await this.#options.write(writeTar(this.#members(shipment, watcher, signal)));
  }

  async *#members(
    shipment: Shipment,
    watcher: Watcher,
    signal: AbortSignal,
  ): AsyncGenerator<WritableMember, void, undefined> {
    for (const path of ['blobs', 'blobs/sha256']) yield directory(path);
    for (const cargo of shipment.cargo) {
      const { descriptor } = cargo;
      yield { ...file(blobPath(descriptor.digest), descriptor.size), content: told(cargo, watcher, signal) };
      watcher.arrived(descriptor, 'sent');
    }
    const written = new Set<Digest>();
    for (const { digest, bytes } of [...shipment.manifests.map((each) => each.document), shipment.root]) {
      if (written.has(digest)) continue;
      written.add(digest);
      yield { ...file(blobPath(digest), bytes.length), content: streamOf(bytes) };
    }
    yield* this.#documents(shipment);
  }

  *#documents({ root, manifests, source }: Shipment): Generator<WritableMember, void, undefined> {
    const { isDockers, name, reference = source.name } = this.#options;
    const about: Listed[] = manifests
      .filter(({ document, tag }) => tag !== undefined || document.content.subject !== undefined)
      .map(({ document, tag }) => ({ document, name: tag }));
    const tagged = reference === undefined ? undefined : asTagged(reference);
    const own: Listed = {
      document: root,
      name: name ?? tagged?.tag,
      annotations: tagged === undefined ? {} : { [fullRefName]: fullReference(tagged) },
    };
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [...about, own].map(entryOf) };
    yield document('index.json', index);
    if (isDockers) yield document('manifest.json', [dockerItem(root, tagged, this.title)]);
    yield document('oci-layout', { imageLayoutVersion: '1.0.0' });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** By digest it is no name that docker's archives can say. */
function asTagged(reference: Reference): Reference | undefined {
  const { domain, path, tag } = withDefaultTag(reference);
  return tag === undefined ? undefined : { domain, path, tag };
}

function dockerItem({ content }: Document, reference: Reference | undefined, title: string): object {
  if (content.kind === 'index') throw new EngineError('invalidParameter', `${title} has room for one platform`);
  return {
    Config: blobPath(content.config.digest),
    RepoTags: reference === undefined ? null : [familiarReference(reference)],
    Layers: content.layers.map(({ digest }) => blobPath(digest)),
  };
}

async function* told(
  { descriptor, open }: Cargo,
  watcher: Watcher,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let count = 0;
  for await (const chunk of readAhead(open())) {
    signal.throwIfAborted();
    yield chunk;
    count += chunk.length;
    watcher.moved(descriptor, count);
  }
}
