// `-o`, `--load` and `--push`: what the engine is asked for, and what is fetched of the result afterwards.

import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { EngineClient } from '../../client/client.ts';
import { unpack } from '../../copy/unpack.ts';
import type { BuildOutput, ExportForm, LayerCompression } from '../../spec/engine/build-outputs.ts';
import { checkOutput, writeOutput } from '../io/files.ts';
import { isTerminal } from '../io/terminal.ts';
import { Fields } from './fields.ts';

/** Where a result goes on this machine. */
export type Place =
  | { readonly kind: 'folder'; readonly path: string }
  /** An empty path is standard output. */
  | { readonly kind: 'file'; readonly path: string };

export interface Delivery {
  readonly form: ExportForm;
  readonly place: Place;
}

export interface AskedOutputs {
  readonly outputs: readonly BuildOutput[];
  /** Names beside those of `-t`. */
  readonly names: readonly string[];
  readonly deliveries: readonly Delivery[];
}

interface Asked {
  readonly output: BuildOutput;
  readonly names?: readonly string[];
  readonly delivery?: Delivery;
}

const image: BuildOutput = { type: 'image' };
const exported: BuildOutput = { type: 'export' };

/** @throws Error in words for whom typed it */
export async function outputsOf(given: {
  readonly output: readonly string[];
  readonly load: boolean;
  readonly push: boolean;
}): Promise<AskedOutputs> {
  const asked = given.output.map(parseOutput);
  if (given.push) asked.push({ output: { type: 'image', push: true } });
  else if (given.load) asked.push({ output: image });
  const deliveries = asked.flatMap(({ delivery }) => delivery ?? []);
  await check(deliveries);
  const images = asked.flatMap(({ output }) => (output.type === 'image' ? [output] : []));
  return {
    outputs: [...images, ...(deliveries.length === 0 ? [] : [exported])],
    names: asked.flatMap(({ names = [] }) => names),
    deliveries,
  };
}

/** As asked, and the result kept for caches that are written to folders. */
export function withCaches(
  outputs: readonly BuildOutput[],
  { deliveries }: { readonly deliveries: readonly Delivery[] },
): readonly BuildOutput[] {
  if (deliveries.length === 0) return outputs;
  const others = outputs.filter(({ type }) => type !== 'export');
  return [...(outputs.length === 0 ? [image] : others), exported];
}

async function check(deliveries: readonly Delivery[]): Promise<void> {
  const toStdout = deliveries.filter(({ place }) => place.path === '');
  if (toStdout.length > 1) throw new Error('only one output can go to standard output');
  if (toStdout.length > 0 && isTerminal(1)) {
    throw new Error(`dest is required for output ${toStdout[0]?.form.type ?? ''}: refusing to write to a terminal`);
  }
  for (const { place } of deliveries) if (place.kind === 'file' && place.path !== '') await checkOutput(place.path);
}

function parseOutput(spec: string): Asked {
  if (spec === '-') return { output: exported, delivery: { form: { type: 'tar' }, place: { kind: 'file', path: '' } } };
  // As in buildx: a word alone is a folder.
  if (!spec.includes('=')) return { output: exported, delivery: localTo(spec) };
  const fields = new Fields('--output', spec);
  const type = fields.word('type', ['image', 'registry', 'docker', 'oci', 'tar', 'local', 'cacheonly'] as const);
  switch (type) {
    case undefined:
      throw fields.fault('type is required');
    case 'image':
    case 'registry':
      return { output: imageOutput(fields, type === 'registry'), names: namesIn(fields) };
    case 'cacheonly':
      fields.allow('type');
      return { output: { type: 'image', store: false } };
    case 'local': {
      fields.allow('type', 'dest');
      const dest = fields.get('dest');
      if (dest === undefined || dest === '') throw fields.fault('dest is required');
      return { output: exported, delivery: localTo(dest) };
    }
    case 'tar':
      fields.allow('type', 'dest');
      return { output: exported, delivery: { form: { type }, place: fileAt(fields.get('dest')) } };
    default:
      return archive(fields, type);
  }
}

function archive(fields: Fields, type: 'docker' | 'oci'): Asked {
  fields.allow('type', 'dest', 'name', 'tar', 'compression', 'oci-mediatypes');
  const dest = fields.get('dest');
  const names = namesIn(fields);
  // Docker's own meaning of it: the image, in the engine.
  if (type === 'docker' && dest === undefined) return { output: image, names };
  const compression = compressionIn(fields);
  const form = {
    type,
    ...(names.length === 0 ? {} : { names }),
    ...(compression === undefined ? {} : { compression }),
  };
  const isFolder = fields.flag('tar') === false;
  if (isFolder && (dest === undefined || dest === '-')) throw fields.fault('dest is required');
  const place = isFolder ? folderAt(dest ?? '') : fileAt(dest);
  return { output: exported, delivery: { form, place } };
}

function imageOutput(fields: Fields, pushes: boolean): BuildOutput {
  fields.allow('type', 'name', 'push', 'store', 'compression', 'oci-mediatypes');
  if (fields.flag('oci-mediatypes') === false) throw fields.fault('oci-mediatypes=false: manifests are always OCI’s');
  const compression = compressionIn(fields);
  const store = fields.flag('store');
  return {
    type: 'image',
    push: fields.flag('push') ?? pushes,
    ...(store === undefined ? {} : { store }),
    ...(compression === undefined ? {} : { compression }),
  };
}

/** `name=a,b`, which CSV wants in quotes. */
function namesIn(fields: Fields): readonly string[] {
  return (fields.get('name') ?? '').split(',').filter((name) => name !== '');
}

function compressionIn(fields: Fields): LayerCompression | undefined {
  const word = fields.word('compression', ['uncompressed', 'gzip', 'zstd'] as const);
  return word === 'uncompressed' ? 'none' : word;
}

function localTo(path: string): Delivery {
  return { form: { type: 'tar' }, place: folderAt(path) };
}

function folderAt(path: string): Place {
  return { kind: 'folder', path: resolve(path) };
}

function fileAt(path: string | undefined): Place {
  return { kind: 'file', path: path === undefined || path === '-' ? '' : resolve(path) };
}

/**
 * Fetches a result. A file appears whole or not at all; into a folder is unpacked what it can take.
 * @param tell of members that are left out
 */
export async function fetchResult(
  client: EngineClient,
  build: string,
  { form, place }: Delivery,
  options: { readonly tell: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const tar = await client.builds.export(build, form, options.signal);
  if (place.kind === 'file') return await writeOutput(tar, place.path);
  await mkdir(place.path, { recursive: true });
  await unpack(tar, place.path, undefined, ({ path, type }) =>
    options.tell(`WARNING: ${JSON.stringify(path)} is left out: a ${type} file is not made here\n`),
  );
}
