// Records of builds, as far as an editor cares.

import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildRecord, StepRecord } from '../../../../runtime/src/spec/engine/builds.ts';
import type { BuildFacts, StepFacts } from '../knowledge.ts';

/** A record with what tells whose it is. */
export interface KnownBuild {
  /** Path of the Dockerfile on the machine of who built it, where the client said so. */
  readonly path: string | undefined;
  /** Name of the Dockerfile in the build's context. */
  readonly name: string;
  readonly facts: BuildFacts;
}

const mostBuilds = 200;
/** Characters of a Dockerfile; a larger one is none that somebody edits. */
const longestText = 256 * 1024;

/** @param records the newest first */
export function knownBuilds(records: readonly BuildRecord[]): readonly KnownBuild[] {
  return records
    .filter(({ dockerfileText }) => dockerfileText.length <= longestText)
    .slice(0, mostBuilds)
    .map(({ id, startedAtMs, origin, dockerfile, dockerfileText: text, steps }) => ({
      path: origin?.dockerfile,
      name: basename(dockerfile),
      facts: { id, startedAtMs, isNamed: origin !== undefined, text, steps: steps.flatMap(stepFacts) },
    }));
}

/** Those that are of a file or may be; `uri` is a document's. */
export function buildsOf(builds: readonly KnownBuild[], uri: string): readonly BuildFacts[] {
  const file = pathOf(uri);
  const isMeant = ({ path, name }: KnownBuild) =>
    path === undefined ? file !== undefined && name === basename(file) : path === file;
  return builds.filter(isMeant).map(({ facts }) => facts);
}

function stepFacts({ source, result }: StepRecord): StepFacts[] {
  if (result === undefined || result.state === 'cancelled') return [];
  const { state, durationMs, layerSize, miss, exitCode } = result;
  return [{ startLine: source.startLine, state, durationMs, layerSize, miss: miss?.message, exitCode }];
}

function pathOf(uri: string): string | undefined {
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined; // Of another machine, or of none: a document that was never saved.
  }
}
