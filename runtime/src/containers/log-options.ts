// What `--log-driver` and `--log-opt` ask for: which options there are, and what their values mean.

import type { HostConfig } from '../spec/api/containers.ts';
import { parseBoolean } from '../spec/dockerfile/checks.ts';
import { invalid } from './errors.ts';
import { checkTag } from './log-attributes.ts';

type LogConfig = NonNullable<HostConfig['LogConfig']>;
type LogOptions = NonNullable<LogConfig['Config']>;

const fileOptions = ['max-size', 'max-file', 'compress', 'mode', 'max-buffer-size'];

const logOptions: Readonly<Record<string, readonly string[]>> = {
  'json-file': [...fileOptions, 'labels', 'labels-regex', 'env', 'env-regex', 'tag'],
  local: fileOptions,
  none: [],
};

/** Each of them is looked at when a file is full. Known to the shim, too. */
const mostFiles = 1000;

/** @throws EngineError invalidParameter, in Docker's words where it has any */
export function checkLogOptions({ Type, Config }: LogConfig): void {
  const driver = (Type ?? '') === '' ? 'json-file' : (Type ?? '');
  const known = Object.hasOwn(logOptions, driver) ? logOptions[driver] : undefined;
  if (known === undefined) throw invalid(`error looking up logging plugin ${driver}: plugin "${driver}" not found`);
  for (const [key, value] of Object.entries(Config ?? {})) {
    // What no driver does may be said to any.
    if (key === 'compress' && !parseCompress(value)) continue;
    if (!known.includes(key)) throw invalid(unknownOption(driver, key));
    if (key === 'max-size') parseLogSize(value);
    if (key === 'tag') checkTag(value);
    if (key === 'max-file' && !(/^\d+$/.test(value) && Number(value) >= 1)) {
      throw invalid(`invalid value for max-file: ${value}: it must be a number of at least 1`);
    }
    if (key === 'max-file' && Number(value) > mostFiles) {
      throw invalid(`max-file ${value} is too large: it must be ${mostFiles} at most`);
    }
  }
  checkMode(Config ?? {});
  if (isCompressed(Config ?? {})) checkCompress(driver, Config ?? {});
}

/** There has to be something to compress: full files that are kept. */
function checkCompress(driver: string, options: LogOptions): void {
  const { maxFiles, maxSize } = limitsOf(driver, options);
  if (maxFiles > 1 && maxSize > 0) return;
  throw invalid(
    driver === 'local' && maxSize > 0
      ? `compression cannot be enabled when max file count is ${maxFiles}`
      : 'compress cannot be true when max-file is less than 2 or max-size is not set',
  );
}

/** @throws EngineError invalidParameter */
function parseCompress(text: string): boolean {
  const value = parseBoolean(text);
  if (value === undefined) throw invalid(`strconv.ParseBool: parsing "${text}": invalid syntax`);
  return value;
}

/** Whether full files are compressed. Not where nothing is said, with any driver. @throws EngineError invalidParameter */
export function isCompressed(options: LogOptions): boolean {
  return options['compress'] !== undefined && parseCompress(options['compress']);
}

/** When a file is full, in bytes (0 = never), and how many there are with the one that is written. @throws EngineError invalidParameter */
export function limitsOf(driver: string, options: LogOptions): { readonly maxSize: number; readonly maxFiles: number } {
  const size = options['max-size'];
  const files = options['max-file'];
  const defaults = driver === 'local' ? { size: 20 * 1024 * 1024, files: 5 } : { size: 0, files: 1 };
  return {
    maxSize: size === undefined ? defaults.size : parseLogSize(size),
    maxFiles: files === undefined ? defaults.files : Number(files),
  };
}

/** Docker's drivers say it each in their own way. */
function unknownOption(driver: string, key: string): string {
  return `unknown log opt '${key}' for ${driver === 'local' ? 'log driver local' : `${driver} log driver`}`;
}

const largestBuffer = 2 ** 30;

function checkMode(options: LogOptions): void {
  const { mode = '' } = options;
  if (!['', 'blocking', 'non-blocking'].includes(mode)) {
    throw invalid(`logger: logging mode not supported: ${mode}`);
  }
  if (options['max-buffer-size'] === undefined) return;
  if (mode !== 'non-blocking') {
    throw invalid("logger: max-buffer-size option is only supported with 'mode=non-blocking'");
  }
  if ((maxWaitingOf(options) ?? 0) > largestBuffer) {
    throw invalid(`max-buffer-size ${options['max-buffer-size']} is too large: it must be 1g at most`);
  }
}

/** As with Docker. */
const defaultBuffer = 1_000_000;

/**
 * Bytes that may wait for the disk while the container goes on; undefined when it waits for the disk.
 * @throws EngineError invalidParameter
 */
export function maxWaitingOf(options: LogOptions): number | undefined {
  if (options['mode'] !== 'non-blocking') return undefined;
  const size = options['max-buffer-size'];
  return size === undefined ? defaultBuffer : parseLogSize(size);
}

/** `10m`, `1.5g`, `512k`, plain bytes; -1 or 0 = no limit. @throws EngineError invalidParameter `invalid size: 'x'` */
export function parseLogSize(text: string): number {
  if (text === '-1') return 0;
  const match = /^(\d+(?:\.\d+)?)\s?([kmgt]?)i?b?$/i.exec(text);
  if (match === null) throw invalid(`invalid size: '${text}'`);
  const power = ['', 'k', 'm', 'g', 't'].indexOf((match[2] ?? '').toLowerCase());
  return Math.floor(Number(match[1]) * 1024 ** power);
}
