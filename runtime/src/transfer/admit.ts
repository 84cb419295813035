// What a trust policy has to say of what is copied: it is judged where it comes from, before anything of it arrives.

import { aboutRegistry } from '../images/about-registry.ts';
import type { LocalPlace } from '../spec/engine/trust.ts';
import { withDefaultTag } from '../spec/reference.ts';
import { type Location, formatLocation } from './location.ts';
import type { TransferDeps } from './open.ts';
import type { Document, Source } from './parts.ts';

/** Of no registry: nothing of it has to be read. @throws EngineError forbidden that says which rule refuses it */
export async function admitLocal({ gate, host }: TransferDeps, from: Location): Promise<void> {
  if (gate === undefined || from.kind === 'registry') return;
  await gate.admitArchive(formatLocation(from), await placeOf(from, host.files));
}

async function placeOf(
  from: Exclude<Location, { readonly kind: 'registry' }>,
  files: TransferDeps['host']['files'],
): Promise<LocalPlace> {
  if (from.kind === 'engine') return { transport: 'docker-daemon', reference: withDefaultTag(from.reference) };
  if (from.kind === 'docker-archive') return { transport: from.kind };
  return { transport: from.kind, path: from.path === '-' ? undefined : await files.realPath(from.path) };
}

/**
 * Of a registry, by its signatures there.
 * @param manifests what was found under the name, and what is taken of that; a signature of either counts
 * @throws EngineError forbidden that says which rule refuses it and why
 */
export async function admitFound(
  { gate }: TransferDeps,
  { name: reference, signatures }: Source,
  manifests: readonly Document[],
): Promise<void> {
  if (gate === undefined || reference === undefined || signatures === undefined) return;
  await aboutRegistry(reference.domain, () => gate.admitRemote({ reference, manifests, source: signatures }));
}
