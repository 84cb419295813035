// Copies an image from one place to another: finds out what is wanted of it, has it brought there, and says what it is called now.

import type { Codec } from '../host/host.ts';
import { concat } from '../spec/bytes.ts';
import type { Digest } from '../spec/digest.ts';
import { EngineError } from '../spec/errors.ts';
import { maximumConfigSize, parseJsonObject } from '../spec/manifest.ts';
import { type Platform, formatPlatform, parsePlatform, platformDistance } from '../spec/platform.ts';
import { withTag } from '../spec/reference.ts';
import { chosenRoot, gather } from './gather.ts';
import { type Location, formatLocation } from './location.ts';
import { type TransferDeps, openSource, openTarget } from './open.ts';
import type { Document, Source, Target, Watcher } from './parts.ts';
import { RegistrySource } from './registry-places.ts';
import { admitFound, admitLocal } from './admit.ts';
import { verified } from './verified.ts';

export interface CopyRequest {
  readonly from: Location;
  readonly to: Location;
  /** Of an image of several; none: all, or where the target has room for one the one that it runs. */
  readonly platforms: readonly string[];
  /** All platforms, or nothing. */
  readonly all: boolean;
  /** Signatures and attestations too. */
  readonly referrers: boolean;
  /** Rather nothing than an image with another digest. */
  readonly preserveDigests: boolean;
}

/** @returns the digest of what the name stands for at the target @throws EngineError; nothing has the new name then */
export async function copyImage(
  deps: TransferDeps,
  request: CopyRequest,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<Digest> {
  try {
    return await copyOne(deps, request, watcher, signal);
  } catch (error) {
    // Whatever broke off then did so for that reason.
    signal.throwIfAborted();
    throw error;
  }
}

async function copyOne(
  deps: TransferDeps,
  request: CopyRequest,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<Digest> {
  const asked = request.platforms.map((text) => parsePlatform(text, deps.platform));
  await using target = await openTarget(deps, request.to, signal);
  await admitLocal(deps, request.from);
  await using source = await openSource(deps, request.from, { platform: asked[0], signal, watcher });
  if (request.preserveDigests) checkDigests(source, target, asked);
  const { codec } = deps.host;
  const whole = await source.root();
  const root = await rootFor(deps, request, { source, whole, target, asked });
  await admitFound(deps, source, root.digest === whole.digest ? [whole] : [whole, root]);
  const shipment = await gather(source, target, root, { referrers: request.referrers, codec });
  await target.receive(shipment, watcher, signal);
  return root.digest;
}

/**
 * Copies each tag of a repository under its own name; `each` is told of every one that is there now.
 * @throws EngineError; tags that were told of stay
 */
export async function copyTags(
  deps: TransferDeps,
  request: CopyRequest,
  { watcher, each, signal }: { watcher: Watcher; each: (tag: string, digest: Digest) => void; signal: AbortSignal },
): Promise<void> {
  const { from, to } = request;
  if (from.kind !== 'registry' || from.reference.tag !== undefined || from.reference.digest !== undefined) {
    throw new EngineError('invalidParameter', 'all tags are those of a repository: name it without a tag');
  }
  const auth = await deps.authFor(from.reference);
  const source = new RegistrySource(from.reference, { registry: deps.registries.source, auth, signal }, watcher);
  for (const tag of await source.tags()) {
    const one = { ...request, from: { ...from, reference: withTag(from.reference, tag) }, to: tagged(to, tag) };
    each(tag, await copyImage(deps, one, watcher, signal));
  }
}

/** @throws EngineError invalidParameter for what holds one image, or has a tag already */
function tagged(to: Location, tag: string): Location {
  const isFree =
    to.kind === 'registry' || to.kind === 'engine'
      ? to.reference.tag === undefined && to.reference.digest === undefined
      : to.kind === 'oci' && to.name === undefined && to.digest === undefined;
  if (!isFree) throw new EngineError('invalidParameter', `${formatLocation(to)} has no room for all tags`);
  return 'reference' in to ? { ...to, reference: withTag(to.reference, tag) } : { ...to, name: tag };
}

interface Ends {
  readonly source: Source;
  /** What the source's name stands for. */
  readonly whole: Document;
  readonly target: Target;
  readonly asked: readonly Platform[];
}

async function rootFor(
  deps: TransferDeps,
  { all }: CopyRequest,
  { source, whole, target, asked }: Ends,
): Promise<Document> {
  const { codec } = deps.host;
  if (!target.holdsIndexes && asked.length > 1) {
    throw new EngineError('invalidParameter', `${target.title} has room for one platform: name one`);
  }
  const [first] = asked;
  if (first === undefined && target.holdsIndexes) return whole;
  if (whole.content.kind === 'manifest') {
    if (first !== undefined) await checkPlatform(source, whole, first, codec);
    return whole;
  }
  if (all)
    throw new EngineError('invalidParameter', `${target.title} has room for one platform: name one by --platform`);
  const own = first ?? parsePlatform((await target.platform?.()) ?? formatPlatform(deps.platform), deps.platform);
  return await chosenRoot(source, whole, asked.length > 1 ? asked : [own], codec);
}

/** @throws EngineError invalidParameter that says what would have another digest */
function checkDigests(source: Source, target: Target, asked: readonly Platform[]): void {
  const refuse = (why: string): never => {
    throw new EngineError('invalidParameter', `digests cannot be preserved: ${why}`);
  };
  if (!source.keepsDigests) refuse(`${source.title} has no manifest of its own`);
  if (!target.keepsDigests)
    refuse(`docker's archives and loads keep none; use oci-archive: or oci: instead of ${target.title}`);
  if (asked.length > 1) refuse('an index of some platforms is another than that of all; name one platform or none');
}

/** An image of one platform says which in its configuration. @throws EngineError notFound when it is another */
async function checkPlatform(
  source: Source,
  { content }: Document,
  wanted: Platform,
  codec: Pick<Codec, 'hasher'>,
): Promise<void> {
  if (content.kind === 'index' || content.config.size > maximumConfigSize) return;
  const { config } = content;
  const whole: Uint8Array[] = [];
  for await (const chunk of verified(source.blob(config), config, codec, source.title)) whole.push(chunk.slice());
  const { os, architecture, variant } = parseJsonObject(concat(whole), 'image config');
  if (typeof os !== 'string' || typeof architecture !== 'string') return;
  const own = { os, architecture, ...(typeof variant === 'string' && variant !== '' ? { variant } : {}) };
  if (platformDistance(wanted, own) !== undefined) return;
  throw new EngineError('notFound', `${source.title} has no ${formatPlatform(wanted)}: it is ${formatPlatform(own)}`);
}
