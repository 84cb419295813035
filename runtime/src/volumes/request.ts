// What may be asked of a volume: names, drivers and options, refused in Docker's words.

import { EngineError } from '../spec/errors.ts';
import { isValidName } from '../spec/ids.ts';
import type { VolumeCreateRequest } from '../spec/api/volumes.ts';

export const anonymousLabel = 'com.docker.volume.anonymous';

/** Longest file name that a directory may have. */
const maxNameLength = 255;
/** Options that need others: a device without a type cannot be mounted. */
const companions: Readonly<Record<string, readonly string[]>> = {
  device: ['type'],
  type: ['device'],
  o: ['device', 'type'],
};

export interface CheckedRequest {
  /** Empty for an anonymous volume. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>> | null;
  readonly options: Readonly<Record<string, string>> | null;
}

/**
 * @throws EngineError invalidParameter for a bad name or option, notFound for an unknown driver, unavailable for a
 * cluster volume
 */
export function checkRequest(request: VolumeCreateRequest): CheckedRequest {
  if (request.ClusterVolumeSpec !== undefined && request.ClusterVolumeSpec !== null) {
    throw new EngineError(
      'unavailable',
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
    );
  }
  const name = text(request.Name, 'Name');
  const driver = text(request.Driver, 'Driver');
  const labels = textMap(request.Labels, 'Labels');
  const options = textMap(request.DriverOpts, 'DriverOpts');
  const prefix = name === '' ? '' : `create ${name}: `;
  if (driver !== '' && driver !== 'local') {
    throw new EngineError(
      'notFound',
      `${prefix}error looking up volume plugin ${driver}: plugin "${driver}" not found`,
    );
  }
  if (name !== '') checkName(name, prefix);
  checkOptions(options ?? {}, prefix);
  return { name, labels, options };
}

function checkName(name: string, prefix: string): void {
  if (name.length === 1) {
    throw new EngineError(
      'invalidParameter',
      `${prefix}volume name is too short, names should be at least two alphanumeric characters`,
    );
  }
  if (!isValidName(name)) {
    throw new EngineError(
      'invalidParameter',
      `${prefix}${JSON.stringify(name)} includes invalid characters for a local volume name, only ` +
        '"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path',
    );
  }
  if (name.length > maxNameLength) throw new EngineError('invalidParameter', `${prefix}file name too long`);
}

function checkOptions(options: Readonly<Record<string, string>>, prefix: string): void {
  for (const [key] of Object.entries(options)) {
    if (key === 'size') {
      throw new EngineError('invalidParameter', `${prefix}quota size requested but no quota support`);
    }
    if (!Object.hasOwn(companions, key)) {
      throw new EngineError('invalidParameter', `${prefix}invalid option: ${JSON.stringify(key)}`);
    }
    const missing = companions[key]?.find((other) => (options[other] ?? '') === '');
    if (missing !== undefined) {
      throw new EngineError('invalidParameter', `${prefix}missing required option: "${missing}"`);
    }
  }
}

function text(value: unknown, field: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw new EngineError('invalidParameter', `invalid JSON: ${field} is not a string`);
}

function textMap(value: unknown, field: string): Readonly<Record<string, string>> | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object' || Object.values(value).some((entry) => typeof entry !== 'string')) {
    throw new EngineError('invalidParameter', `invalid JSON: ${field} is not a map of strings`);
  }
  return value as Readonly<Record<string, string>>;
}
