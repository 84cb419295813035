// The words of `coracle registry`: its settings as a table, as the daemon's, and what they come to.

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { EngineError } from '../../spec/errors.ts';
import { type Owner, dataFolder } from '../../spec/user-folders.ts';
import { parseDuration } from '../../text/duration.ts';
import { type LogLevel, logLevels } from '../config.ts';
import { type Given, parseBoolean, parseFlags } from '../flags.ts';
import { isLoopback } from '../listeners.ts';
import { type Setting, helpRows } from '../settings.ts';

const usualAddress = '127.0.0.1:5000';
const usualAge = '24h';

const root: Setting = {
  flag: 'root',
  kind: 'string',
  value: 'DIR',
  help: 'What is kept (/var/lib/coracle/registry) *',
};
const help: Setting = { flag: 'help', short: 'h', kind: 'boolean', help: 'Say this' };
const logging: readonly Setting[] = [
  { flag: 'log-level', short: 'l', kind: 'string', value: 'LEVEL', help: 'debug, info, warn, error or fatal (info)' },
  { flag: 'log-format', kind: 'string', value: 'FORMAT', help: 'text or json (text)' },
];
const keep: Setting = {
  flag: 'keep',
  kind: 'string',
  value: 'TIME',
  help: `How long blobs that no manifest names and unfinished uploads stay (${usualAge})`,
};

export const serveSettings: readonly Setting[] = [
  root,
  {
    flag: 'listen',
    kind: 'string',
    value: 'IP:PORT',
    help: `Where to listen (${usualAddress}); port 0 takes a free one`,
  },
  { flag: 'tls-cert', kind: 'string', value: 'FILE', help: 'Certificate, with those that lead to its authority' },
  { flag: 'tls-key', kind: 'string', value: 'FILE', help: 'Its key; both are read again upon SIGHUP' },
  { flag: 'insecure-http', kind: 'boolean', help: 'Allow an address beyond loopback without TLS' },
  { flag: 'htpasswd', kind: 'string', value: 'FILE', help: 'Who may come in: names and bcrypt hashes (htpasswd -B)' },
  { flag: 'read-only', kind: 'boolean', help: 'Take nothing and remove nothing' },
  { flag: 'allow-delete', kind: 'boolean', help: 'Let clients remove manifests, tags and blobs' },
  keep,
  ...logging,
  help,
];

export const collectSettings: readonly Setting[] = [root, keep, ...logging, help];

export interface LogConfig {
  readonly level: LogLevel;
  readonly format: 'text' | 'json';
}

export interface CollectConfig {
  readonly root: string;
  readonly keepMs: number;
  readonly log: LogConfig;
}

export interface ServeConfig extends CollectConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly htpasswd: string | undefined;
  readonly readOnly: boolean;
  readonly allowDelete: boolean;
}

/** What a command line says, or that it asks for help. @throws EngineError invalidParameter, forbidden */
export function serveConfig(argv: readonly string[]): ServeConfig | 'help' {
  const given = parseFlags(argv, serveSettings, 'coracle registry serve');
  if (is(given, 'help')) return 'help';
  const { host, port } = parseListen(text(given, 'listen') ?? usualAddress);
  const [cert, key] = [text(given, 'tls-cert'), text(given, 'tls-key')];
  if ((cert === undefined) !== (key === undefined)) throw wrong('--tls-cert and --tls-key go together');
  const tls = cert === undefined || key === undefined ? undefined : { cert: resolve(cert), key: resolve(key) };
  if (tls === undefined && !is(given, 'insecure-http')) checkExposure(host, port);
  const htpasswd = text(given, 'htpasswd');
  return {
    ...common(given),
    host,
    port,
    tls,
    htpasswd: htpasswd === undefined ? undefined : resolve(htpasswd),
    readOnly: is(given, 'read-only'),
    allowDelete: is(given, 'allow-delete'),
  };
}

/** As `serveConfig`, of `coracle registry gc`. */
export function collectConfig(argv: readonly string[]): CollectConfig | 'help' {
  const given = parseFlags(argv, collectSettings, 'coracle registry gc');
  return is(given, 'help') ? 'help' : common(given);
}

function common(given: Given): CollectConfig {
  const owner: Owner = { uid: process.getuid?.() ?? 1, home: homedir(), env: process.env };
  return {
    root: resolve(text(given, 'root') ?? join(dataFolder(owner), 'registry')),
    keepMs: parseAge(text(given, 'keep') ?? usualAge),
    log: {
      level: oneOf('log-level', text(given, 'log-level') ?? 'info', logLevels),
      format: oneOf('log-format', text(given, 'log-format') ?? 'text', ['text', 'json']),
    },
  };
}

function parseListen(address: string): { readonly host: string; readonly port: number } {
  const found = /^(\[[0-9a-fA-F:.]+\]|[^:/[\]]*):(\d{1,5})$/.exec(address);
  const port = Number(found?.[2]);
  if (found === null || port > 65535) throw wrong(`invalid --listen ${JSON.stringify(address)}: it has to be IP:PORT`);
  return { host: (found[1] ?? '').replace(/^\[|\]$/g, '') || '0.0.0.0', port };
}

function checkExposure(host: string, port: number): void {
  if (isLoopback(host)) return;
  throw new EngineError(
    'forbidden',
    `refusing to listen on ${host}:${port} without TLS: give --tls-cert and --tls-key, or say --insecure-http if whoever is on the way may read and change what is sent`,
  );
}

function parseAge(age: string): number {
  try {
    const ms = parseDuration(age) / 1e6;
    if (ms >= 0) return ms;
  } catch (cause) {
    throw new EngineError('invalidParameter', `invalid --keep ${JSON.stringify(age)}: say 30m or 24h`, { cause });
  }
  throw wrong('--keep cannot be negative');
}

function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found !== undefined) return found;
  throw wrong(`invalid --${flag} ${JSON.stringify(value)}: must be one of ${allowed.join(', ')}`);
}

function text(given: Given, flag: string): string | undefined {
  return given.get(flag)?.at(-1);
}

function is(given: Given, flag: string): boolean {
  return parseBoolean(text(given, flag) ?? 'false') === true;
}

function wrong(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}

const shownRoot = '* for root; for others $XDG_DATA_HOME/coracle/registry or ~/.local/share/coracle/registry';

export const helpTexts = {
  group: `Usage: coracle registry COMMAND

A registry of your own: the OCI distribution spec over a folder

Commands:
  serve       Serve the registry
  gc          Remove what nothing needs, of a registry that is not being served

Run 'coracle registry COMMAND --help' for more information
`,
  serve: `Usage: coracle registry serve [OPTIONS]\n\n${[...helpRows(serveSettings), '', shownRoot].join('\n')}\n`,
  gc: `Usage: coracle registry gc [OPTIONS]\n\n${[...helpRows(collectSettings), '', shownRoot].join('\n')}\n`,
};
