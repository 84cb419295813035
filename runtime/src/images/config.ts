// The image configuration: read from bytes that a stranger wrote into a shape the rest can rely on.

import { type DiffId, isDigest } from '../spec/digest.ts';
import { isObject, maximumConfigSize, maximumLayers, parseJsonObject, stringRecord } from '../spec/manifest.ts';
import type { OciContainerConfig, OciHistory, OciImageConfig } from '../spec/oci.ts';
import { isWasmPlatform, type Platform } from '../spec/platform.ts';
import { invalid } from './errors.ts';

/** The digest of the empty layer's tar: 1024 zero bytes. Such a layer is left out of an image. */
export const emptyDiffId = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef' as DiffId;

/**
 * Checks the types of everything we read, so that no later code meets a surprise. Unknown keys stay: the bytes are what
 * is stored.
 * @throws EngineError invalidParameter
 */
export function parseImageConfig(bytes: Uint8Array): OciImageConfig {
  if (bytes.length > maximumConfigSize) throw invalid('image config is larger than 8 MiB');
  const document = parseJsonObject(bytes, 'image config');
  const rootfs = document['rootfs'];
  if (!isObject(rootfs) || rootfs['type'] !== 'layers') {
    throw invalid('invalid image JSON, no RootFS key');
  }
  const diffIds = rootfs['diff_ids'] ?? [];
  if (!Array.isArray(diffIds) || !diffIds.every((id) => isDigest(id) && id.startsWith('sha256:'))) {
    throw invalid('image config: rootfs.diff_ids holds something that is no digest');
  }
  if (diffIds.length > maximumLayers) throw invalid('max depth exceeded');
  checkStrings(document, 'image config', ['architecture', 'os', 'variant', 'created', 'author', 'comment']);
  checkStrings(document, 'image config', ['docker_version', 'os.version']);
  const history = document['history'] ?? [];
  if (!Array.isArray(history)) throw invalid('image config: history is not a list');
  for (const entry of history) checkHistory(entry);
  const config = document['config'];
  if (config !== undefined && config !== null) checkContainerConfig(config);
  const { config: _, history: __, ...rest } = document;
  return {
    ...rest,
    architecture: textOf(document['architecture']),
    os: textOf(document['os']),
    rootfs: { type: 'layers', diff_ids: diffIds as string[] },
    history: history as OciHistory[],
    ...(isObject(config) ? { config: config as OciContainerConfig } : {}),
  };
}

function checkHistory(entry: unknown): void {
  if (!isObject(entry)) throw invalid('image config: a history entry is no object');
  checkStrings(entry, 'image config: history', ['created', 'created_by', 'author', 'comment']);
  if (!isAbsentOr(entry['empty_layer'], 'boolean')) throw invalid('image config: history.empty_layer is no boolean');
}

function checkContainerConfig(config: unknown): void {
  if (!isObject(config)) throw invalid('image config: config is no object');
  checkStrings(config, 'image config: config', ['User', 'WorkingDir', 'StopSignal', 'Hostname', 'Domainname']);
  for (const key of ['Env', 'Entrypoint', 'Cmd', 'OnBuild', 'Shell']) {
    const value = config[key];
    const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
    if (value !== undefined && value !== null && !isList)
      throw invalid(`image config: config.${key} is no list of strings`);
  }
  for (const key of ['ExposedPorts', 'Volumes', 'Labels', 'Healthcheck']) {
    const value = config[key];
    if (value !== undefined && value !== null && !isObject(value))
      throw invalid(`image config: config.${key} is no object`);
  }
  if (!isAbsentOr(config['StopTimeout'], 'number')) throw invalid('image config: config.StopTimeout is no number');
}

function checkStrings(value: Readonly<Record<string, unknown>>, where: string, keys: readonly string[]): void {
  for (const key of keys) if (!isAbsentOr(value[key], 'string')) throw invalid(`${where}.${key} is no string`);
}

function isAbsentOr(value: unknown, type: 'string' | 'number' | 'boolean'): boolean {
  return value === undefined || value === null || typeof value === type;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function platformOf(config: OciImageConfig): Platform {
  return {
    os: config.os === '' ? 'linux' : config.os,
    architecture: config.architecture,
    ...(config.variant === undefined || config.variant === '' ? {} : { variant: config.variant }),
  };
}

/**
 * Whether what an image runs is WebAssembly: by its platform, by what crun and Podman put into the manifest (`compat` images are of
 * Linux by name), or because its command is a module.
 */
export function isWasmImage(config: OciImageConfig, annotations: Readonly<Record<string, string>> = {}): boolean {
  if (isWasmPlatform(platformOf(config))) return true;
  const variant = Object.hasOwn(annotations, wasmVariant) ? annotations[wasmVariant] : undefined;
  if (variant === 'compat' || variant === 'compat-smart') return true;
  const [program = ''] = [...(config.config?.Entrypoint ?? []), ...(config.config?.Cmd ?? [])];
  return /\.wasm(?:#.*)?$/.test(program);
}

const wasmVariant = 'module.wasm.image/variant';

export function labelsOf(config: OciImageConfig): Record<string, string> | null {
  const labels = config.config?.Labels;
  return labels === undefined || labels === null ? null : stringRecord(labels);
}

/** Unix seconds, 0 when there is no time or none that can be read. */
export function unixSeconds(time: string | undefined | null): number {
  const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(ms) ? 0 : Math.floor(ms / 1000);
}

/** Nanoseconds since the epoch in RFC 3339 as Go prints them, without trailing zeros. */
export function rfc3339(timeNs: bigint): string {
  const seconds = new Date(Number(timeNs / 1_000_000n)).toISOString().slice(0, 19);
  const fraction = (timeNs % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}
