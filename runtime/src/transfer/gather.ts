// Finds out what has to be copied: the documents of an image with all of its platforms or some, what is about them, and their blobs.

import type { Codec } from '../host/host.ts';
import { referrersTag } from '../registry/lists.ts';
import { type Digest, sha256Digest } from '../spec/digest.ts';
import { EngineError } from '../spec/errors.ts';
import { type Descriptor, isObject, maximumCacheLayers, parseJsonObject, parseManifest } from '../spec/manifest.ts';
import { type Platform, formatPlatform, platformDistance } from '../spec/platform.ts';
import type { Cargo, Consignment, Document, Shipment, Source, Target } from './parts.ts';
import { verified } from './verified.ts';

/** Indexes inside indexes, and manifests about manifests about manifests. */
const deepest = 8;
const mostManifests = 2000;
/** All of them are kept until they arrive. */
const mostBytes = 64 * 1024 * 1024;

export interface Wanted {
  /** Of an index; none: all that it has. */
  readonly platforms: readonly Platform[];
  /** With what is about it: signatures, attestations. */
  readonly referrers: boolean;
}

/** What people ask for of an image. @throws EngineError notFound when it has no such platform */
export async function chosenRoot(
  source: Pick<Source, 'manifest' | 'title'>,
  root: Document,
  platforms: readonly Platform[],
  codec: Pick<Codec, 'hasher'>,
): Promise<Document> {
  const { content } = root;
  if (platforms.length === 0 || content.kind === 'manifest') return root;
  const chosen = platforms.map((platform) => bestOf(content.manifests, platform, source.title));
  const [first] = chosen;
  if (chosen.length === 1 && first !== undefined) return source.manifest(first);
  return narrowed(root, new Set(chosen.map(({ digest }) => digest)), codec);
}

function bestOf(entries: readonly Descriptor[], platform: Platform, title: string): Descriptor {
  let best: { readonly entry: Descriptor; readonly distance: number } | undefined;
  for (const entry of entries) {
    const distance = entry.platform === undefined ? undefined : platformDistance(platform, entry.platform);
    if (distance !== undefined && (best === undefined || distance < best.distance)) best = { entry, distance };
  }
  if (best !== undefined) return best.entry;
  const there = entries.flatMap(({ platform: own }) => (own === undefined ? [] : [formatPlatform(own)]));
  const names = [...new Set(there)].filter((name) => !name.startsWith('unknown/')).slice(0, 20);
  throw new EngineError(
    'notFound',
    `${title} has no ${formatPlatform(platform)}: it has ${names.join(', ') || 'no platforms'}`,
  );
}

/** An index of fewer manifests is another document, with a digest of its own. */
function narrowed({ bytes, mediaType }: Document, kept: ReadonlySet<string>, codec: Pick<Codec, 'hasher'>): Document {
  const index = parseJsonObject(bytes, 'index');
  const all: readonly unknown[] = Array.isArray(index['manifests']) ? index['manifests'] : [];
  const manifests = all.filter((entry) => isObject(entry) && kept.has(String(entry['digest'])));
  return documentOf(new TextEncoder().encode(JSON.stringify({ ...index, manifests })), mediaType, codec);
}

/** A document of ours. */
export function documentOf(bytes: Uint8Array, mediaType: string, codec: Pick<Codec, 'hasher'>): Document {
  const hasher = codec.hasher('sha256');
  hasher.update(bytes);
  const content = parseManifest(bytes, mediaType, maximumCacheLayers);
  return { bytes, digest: sha256Digest(hasher.hex()), mediaType: content.mediaType, content };
}

/**
 * All that `target` needs of the image and has not. @param root from `chosenRoot`
 * @throws EngineError for a document that is missing, wrong or beyond all bounds
 */
export async function gather(
  source: Source,
  target: Pick<Target, 'has'>,
  root: Document,
  { referrers, codec }: { readonly referrers: boolean; readonly codec: Pick<Codec, 'hasher'> },
): Promise<Shipment> {
  const gathering = new Gathering(source, target, codec);
  await gathering.take({ document: root }, 0);
  if (referrers) await gathering.takeReferrers();
  return { root, ...gathering.result(root.digest), source };
}

class Gathering {
  readonly #source: Source;
  readonly #target: Pick<Target, 'has'>;
  readonly #codec: Pick<Codec, 'hasher'>;
  readonly #seen = new Set<Digest>();
  readonly #manifests: Consignment[] = [];
  readonly #cargo = new Map<Digest, Cargo>();
  #bytes = 0;

  constructor(source: Source, target: Pick<Target, 'has'>, codec: Pick<Codec, 'hasher'>) {
    this.#source = source;
    this.#target = target;
    this.#codec = codec;
  }

  result(root: Digest): Pick<Shipment, 'manifests' | 'cargo'> {
    // The root arrives by its name, last.
    const manifests = this.#manifests.filter(({ document, tag }) => tag !== undefined || document.digest !== root);
    return { manifests, cargo: [...this.#cargo.values()] };
  }

  /** A document and what it names, unless the target has it. */
  async take(consignment: Consignment, depth: number): Promise<void> {
    const { document } = consignment;
    if (this.#seen.has(document.digest)) {
      // It is on its way; who looks for it by its tag has to find it as well.
      if (consignment.tag !== undefined) this.#manifests.push(consignment);
      return;
    }
    this.#seen.add(document.digest);
    if (depth > deepest) throw refused(this.#source, `nests its indexes more than ${deepest} deep`);
    if (this.#seen.size > mostManifests) throw refused(this.#source, `has more than ${mostManifests} manifests`);
    this.#bytes += document.bytes.length;
    if (this.#bytes > mostBytes)
      throw refused(this.#source, `has manifests of more than ${mostBytes / 1024 / 1024} MiB`);
    const isThere = await this.#target.has(document.digest);
    if (!isThere && document.content.kind === 'manifest') this.#load(document.content);
    if (document.content.kind === 'index') await this.#takeAll(document.content.manifests, isThere, depth);
    if (!isThere || consignment.tag !== undefined) this.#manifests.push(consignment);
  }

  async #takeAll(entries: readonly Descriptor[], isThere: boolean, depth: number): Promise<void> {
    // What is there is whole; only what is about it may be asked for.
    for (const entry of entries) {
      if (isThere) this.#seen.add(entry.digest);
      else await this.take({ document: await this.#source.manifest(entry) }, depth + 1);
    }
  }

  #load({ config, layers }: { readonly config: Descriptor; readonly layers: readonly Descriptor[] }): void {
    for (const descriptor of [config, ...layers]) {
      if (this.#cargo.has(descriptor.digest) || isForeign(descriptor)) continue;
      const open = () => verified(this.#source.blob(descriptor), descriptor, this.#codec, this.#source.title);
      this.#cargo.set(descriptor.digest, { descriptor, open });
    }
  }

  /** What is about the documents so far, what is about that, and so on. */
  async takeReferrers(): Promise<void> {
    for (let depth = 1, subjects = [...this.#seen]; subjects.length > 0; depth++) {
      const before = new Set(this.#seen);
      for (const digest of subjects) {
        for (const entry of await this.#source.referrers(digest)) {
          await this.take({ document: await this.#source.manifest(entry) }, depth);
        }
        await this.#takeTagged(digest, depth);
      }
      subjects = [...this.#seen].filter((digest) => !before.has(digest));
    }
  }

  /** Signatures from before there were referrers: cosign finds them by the name of their tag. */
  async #takeTagged(digest: Digest, depth: number): Promise<void> {
    for (const end of ['sig', 'att', 'sbom']) {
      const tag = `${referrersTag(digest)}.${end}`;
      const document = await this.#source.tagged(tag);
      if (document !== undefined) await this.take({ document, tag }, depth);
    }
  }
}

/** Layers that registries do not hand on; who runs the image has them from elsewhere. */
function isForeign({ mediaType, urls }: Descriptor): boolean {
  return urls !== undefined && urls.length > 0 && /\.(?:nondistributable|foreign)\./.test(mediaType);
}

function refused({ title }: Source, why: string): EngineError {
  return new EngineError('invalidParameter', `${title} ${why}: it is not copied`);
}
