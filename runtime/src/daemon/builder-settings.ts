// `builder` of the configuration file, as dockerd has it (`gc`, `entitlements`), and of the command line.

import { boolean, object, string } from '../spec/decode.ts';
import type { BuilderConfig } from '../engine/config.ts';
import { EngineError, messageOf } from '../spec/errors.ts';
import { parseDuration } from '../text/duration.ts';
import { parseBytes } from '../text/size.ts';

type Change = Partial<BuilderConfig>;

/** Setting of the command line -> what it changes. */
const words: Readonly<Record<string, (text: string) => Change>> = {
  gc: (text) => gc(yes(text)),
  'keep-storage': (text) => ({ keepBytes: parseBytes(text) }),
  'keep-time': (text) => ({ keepMs: milliseconds(text) }),
  'keep-failed': (text) => ({ keepFailedMs: milliseconds(text) }),
  'network-host': (text) => ({ networkHost: yes(text) }),
  'security-insecure': (text) => ({ securityInsecure: yes(text) }),
};

/** @param given `keep-storage=20GB`, each changes one setting @throws EngineError invalidParameter */
export function builderOfFlags(given: readonly string[]): Change {
  return given.reduce<Change>((change, word) => {
    const sign = word.indexOf('=');
    const name = sign < 0 ? word : word.slice(0, sign);
    const read = Object.hasOwn(words, name) ? words[name] : undefined;
    if (read === undefined || sign < 0) {
      throw wrong(
        `invalid argument ${JSON.stringify(word)} for "--builder" flag: give ${Object.keys(words).join('=, ')}=`,
      );
    }
    return { ...change, ...inWords(`--builder ${name}`, () => read(word.slice(sign + 1))) };
  }, {});
}

interface BuilderDocument {
  readonly gc?: GcDocument;
  readonly entitlements?: { readonly 'network-host'?: boolean; readonly 'security-insecure'?: boolean };
  readonly 'keep-failed'?: string;
}

interface GcDocument {
  readonly enabled?: boolean;
  readonly defaultKeepStorage?: string;
  readonly defaultReservedSpace?: string;
  readonly defaultMaxUsedSpace?: string;
  readonly 'keep-time'?: string;
}

const known = {
  builder: ['gc', 'entitlements', 'keep-failed'],
  'builder.gc': ['enabled', 'defaultKeepStorage', 'defaultReservedSpace', 'defaultMaxUsedSpace', 'keep-time'],
  'builder.entitlements': ['network-host', 'security-insecure'],
} as const;

const document = object<BuilderDocument>({
  gc: strictly(
    'builder.gc',
    object<GcDocument>({
      enabled: boolean,
      defaultKeepStorage: string,
      defaultReservedSpace: string,
      defaultMaxUsedSpace: string,
      'keep-time': string,
    }),
  ),
  entitlements: strictly(
    'builder.entitlements',
    object<NonNullable<BuilderDocument['entitlements']>>({ 'network-host': boolean, 'security-insecure': boolean }),
  ),
  'keep-failed': string,
});

/** @throws EngineError invalidParameter, also for what dockerd has and we do not honour */
export function builderOfFile(value: unknown, path: string): Change {
  const { gc: given = {}, entitlements = {}, 'keep-failed': failed } = strictly('builder', document)(value, path);
  const storage = given.defaultMaxUsedSpace ?? given.defaultReservedSpace ?? given.defaultKeepStorage;
  const { 'keep-time': time } = given;
  return {
    ...(storage === undefined ? {} : inWords('builder.gc', () => ({ keepBytes: parseBytes(storage) }))),
    ...(time === undefined ? {} : inWords('builder.gc.keep-time', () => ({ keepMs: milliseconds(time) }))),
    ...(given.enabled === undefined ? {} : gc(given.enabled)),
    ...(failed === undefined ? {} : inWords('builder.keep-failed', () => ({ keepFailedMs: milliseconds(failed) }))),
    ...(entitlements['network-host'] === undefined ? {} : { networkHost: entitlements['network-host'] }),
    ...(entitlements['security-insecure'] === undefined ? {} : { securityInsecure: entitlements['security-insecure'] }),
  };
}

/** Refuses keys that nobody here knows, so that no limit is taken for set that is not. */
function strictly<T>(place: keyof typeof known, decode: (value: unknown, path: string) => T) {
  return (value: unknown, path: string): T => {
    const names: readonly string[] = known[place];
    const other = Object.keys(Object(value) as object).find((key) => !names.includes(key));
    if (other === undefined) return decode(value, path);
    throw wrong(`${place}.${other} is not supported: ${place} has ${names.join(', ')}`);
  };
}

function gc(isOn: boolean): Change {
  return isOn ? {} : { keepBytes: Infinity, keepMs: Infinity };
}

function yes(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new Error(`invalid boolean: '${text}': give true or false`);
}

function milliseconds(text: string): number {
  const ns = parseDuration(text);
  if (ns < 0) throw new Error('a duration cannot be negative');
  return ns / 1e6;
}

function inWords<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new EngineError('invalidParameter', `${place}: ${messageOf(cause)}`, { cause });
  }
}

function wrong(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}
