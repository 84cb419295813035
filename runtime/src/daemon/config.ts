// The daemon's settings out of command line and configuration file. What both name is refused, as dockerd does, and so are
// keys that nobody knows.

import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { array, boolean, integer, isRecord, object, record, string } from '../spec/decode.ts';
import { EngineError, messageOf } from '../spec/errors.ts';
import {
  certificateFolders,
  dataFolder,
  ownAddress,
  runFolder,
  settingsFile,
  trustPolicyFile,
  type Owner,
} from '../spec/user-folders.ts';
import { checkBip, checkBridge, checkInsecureRegistries, checkMirrors, checkNameServers } from './address-settings.ts';
import { builderOfFile, builderOfFlags } from './builder-settings.ts';
import type { BuilderConfig, TrustPolicyFile } from '../engine/config.ts';
import type { Given } from './flags.ts';
import { parseBoolean } from './flags.ts';
import type { Setting } from './settings.ts';
import { settings } from './settings.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export interface RuntimeConfig {
  readonly path: string;
  readonly runtimeArgs?: readonly string[];
}

/** `auto`: containers of Linux where they can be run, else of WebAssembly alone. */
export const modes = ['auto', 'linux', 'wasm'] as const;

export interface DaemonConfig {
  readonly mode: (typeof modes)[number];
  readonly hosts: readonly string[];
  readonly group: string | undefined;
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly storageDriver: (typeof storageDrivers)[number] | undefined;
  readonly pidfile: string;
  readonly logLevel: LogLevel;
  readonly logFormat: 'text' | 'json';
  readonly bridge: string;
  readonly bip: string | undefined;
  readonly dns: readonly string[];
  readonly defaultRuntime: string | undefined;
  readonly runtimes: Readonly<Record<string, RuntimeConfig>>;
  readonly insecureRegistries: readonly string[];
  readonly registryMirrors: readonly string[];
  readonly trustPolicy: TrustPolicyFile;
  /** Where certificates of registries are looked for: beside the settings, then where docker has them. */
  readonly certificateFolders: readonly string[];
  readonly labels: readonly string[];
  readonly liveRestore: boolean;
  readonly builder: Partial<BuilderConfig>;
  readonly shutdownTimeoutS: number;
  readonly tls: 'off' | 'server' | 'mutual';
  readonly tlsFiles: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly insecureTcp: boolean;
  /** undefined: never. */
  readonly idleExitS: number | undefined;
  /** The file that was read, for reloading. */
  readonly configFile: string | undefined;
}

const storageDrivers = ['overlay2', 'fuse-overlayfs', 'vfs'] as const;

export const logLevels = ['debug', 'info', 'warn', 'error', 'fatal'] as const;

type Values = ReadonlyMap<string, unknown>;

/**
 * Settles every setting. Which mode is meant says a flag, else CORACLE_MODE, else the file.
 * @param owner whose engine it is, and so where its things lie
 * @throws EngineError invalidParameter with what dockerd says of a bad file, or naming the setting
 */
export function settle(given: Given, owner: Owner): DaemonConfig {
  const defaultFile = settingsFile(owner);
  const named = given.get('config-file')?.at(-1);
  const file = named ?? (existsSync(defaultFile) ? defaultFile : undefined);
  const fromFile = file === undefined ? new Map<string, unknown>() : readConfigFile(resolve(file));
  if (file !== undefined) refuseBoth(given, fromFile, file);
  const values = new Map<string, unknown>(fromFile);
  const mode = owner.env['CORACLE_MODE'];
  if (mode !== undefined && mode !== '') values.set('mode', mode);
  for (const setting of settings) {
    const words = given.get(setting.flag);
    if (words !== undefined) values.set(setting.flag, flagValue(setting, words));
  }
  return build(values, owner, file === undefined ? undefined : resolve(file));
}

function refuseBoth(given: Given, fromFile: Values, file: string): void {
  const both = settings
    .filter((setting) => given.has(setting.flag) && fromFile.has(setting.flag))
    .map((setting) => {
      const flag = given.get(setting.flag)?.join(',');
      return `${setting.key}: (from flag: ${flag}, from file: ${JSON.stringify(fromFile.get(setting.flag))})`;
    });
  if (both.length === 0) return;
  throw new EngineError(
    'invalidParameter',
    `unable to configure the daemon with file ${file}: the following directives are specified both as a flag and in the ` +
      `configuration file: ${both.join(', ')}`,
  );
}

function flagValue(setting: Setting, words: readonly string[]): unknown {
  const last = words.at(-1) ?? '';
  switch (setting.kind) {
    case 'boolean':
      return parseBoolean(last);
    case 'integer':
      return Number(last);
    case 'list':
      return words;
    case 'runtimes':
      return Object.fromEntries(
        words.map((word) => [word.slice(0, word.indexOf('=')), { path: word.slice(word.indexOf('=') + 1) }]),
      );
    case 'builder':
      return builderOfFlags(words);
    case 'string':
      return last;
  }
}

const fileDecoders = {
  string,
  boolean,
  integer,
  list: array(string),
  builder: builderOfFile,
  runtimes: record(object<RuntimeConfig>({ path: string, runtimeArgs: array(string) }), { path: '' }),
};

/** Flag name -> value, for what the file names. */
function readConfigFile(file: string): Values {
  try {
    const document: unknown = JSON.parse(readFileSync(file, 'utf8').trim() || '{}');
    if (!isRecord(document)) throw new Error('it must hold a JSON object');
    const unknown = Object.keys(document).filter((key) => !settings.some((setting) => setting.key === key));
    if (unknown.length > 0) {
      throw new Error(`the following directives don't match any configuration option: ${unknown.join(', ')}`);
    }
    return new Map(
      settings.flatMap((setting): [string, unknown][] =>
        setting.key !== undefined && Object.hasOwn(document, setting.key)
          ? [[setting.flag, fileDecoders[setting.kind](document[setting.key], setting.key)]]
          : [],
      ),
    );
  } catch (cause) {
    throw new EngineError('invalidParameter', `unable to configure the daemon with file ${file}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function build(values: Values, owner: Owner, configFile: string | undefined): DaemonConfig {
  const text = (flag: string): string | undefined => (values.get(flag) as string | undefined) || undefined;
  const list = (flag: string): readonly string[] => (values.get(flag) as readonly string[] | undefined) ?? [];
  const is = (flag: string): boolean => values.get(flag) === true;
  const path = (flag: string, otherwise: string): string => resolve(text(flag) ?? otherwise);
  const execRoot = path('exec-root', runFolder(owner));
  const dataRoot = path('data-root', dataFolder(owner));
  const storageDriver = text('storage-driver');
  const hosts = list('host');
  const tlsFolder = join(owner.home, '.coracle');
  const bridge = checkBridge(text('bridge') ?? 'coracle0');
  const runtimes = (values.get('add-runtime') as DaemonConfig['runtimes'] | undefined) ?? {};
  checkRuntimes(runtimes);
  return {
    mode: oneOf('mode', text('mode') ?? 'auto', modes),
    hosts: hosts.length === 0 ? [ownAddress(execRoot, process.platform)] : hosts,
    group: text('group'),
    dataRoot,
    execRoot,
    storageDriver: storageDriver === undefined ? undefined : oneOf('storage-driver', storageDriver, storageDrivers),
    pidfile: path('pidfile', join(execRoot, 'coracle.pid')),
    logLevel: is('debug') ? 'debug' : oneOf('log-level', text('log-level') ?? 'info', logLevels),
    logFormat: oneOf('log-format', text('log-format') ?? 'text', ['text', 'json']),
    bridge,
    bip: checkBip(text('bip'), bridge),
    dns: checkNameServers(list('dns')),
    defaultRuntime: text('default-runtime'),
    runtimes,
    insecureRegistries: checkInsecureRegistries(list('insecure-registry')),
    registryMirrors: checkMirrors(list('registry-mirror')),
    trustPolicy: {
      path: path('trust-policy', trustPolicyFile(owner)),
      isRequired: text('trust-policy') !== undefined,
    },
    certificateFolders: certificateFolders(owner, configFile ?? settingsFile(owner)),
    labels: checkLabels(list('label')),
    liveRestore: is('live-restore'),
    builder: (values.get('builder') as DaemonConfig['builder'] | undefined) ?? {},
    shutdownTimeoutS: (values.get('shutdown-timeout') as number | undefined) ?? 15,
    tls: is('tlsverify') ? 'mutual' : is('tls') ? 'server' : 'off',
    tlsFiles: {
      ca: path('tlscacert', join(tlsFolder, 'ca.pem')),
      cert: path('tlscert', join(tlsFolder, 'cert.pem')),
      key: path('tlskey', join(tlsFolder, 'key.pem')),
    },
    insecureTcp: is('insecure-tcp'),
    idleExitS: (values.get('idle-exit') as number | undefined) || undefined,
    configFile,
  };
}

function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found !== undefined) return found;
  throw new EngineError(
    'invalidParameter',
    `invalid ${flag}: ${JSON.stringify(value)}: must be one of ${allowed.join(', ')}`,
  );
}

function checkLabels(labels: readonly string[]): readonly string[] {
  const bad = labels.find((label) => !/^[^=\s]+=/.test(label));
  if (bad === undefined) return labels;
  throw new EngineError('invalidParameter', `bad attribute format: ${bad}`);
}

function checkRuntimes(runtimes: DaemonConfig['runtimes']): void {
  for (const [name, { path }] of Object.entries(runtimes)) {
    if (isAbsolute(path)) continue;
    throw new EngineError('invalidParameter', `runtime ${JSON.stringify(name)}: its path must be absolute`);
  }
}
