// What a debug configuration of type `coracle` says, checked: people write it by hand.

import { l10n } from '../l10n.ts';
import { patternFault } from './server-ready.ts';
import type { ServerReady } from './server-ready.ts';

interface Common {
  readonly name: string;
  /** Found out when absent. */
  readonly language?: string;
  readonly localRoot?: string;
  readonly remoteRoot?: string;
  /** Given to the language's own debugger as they are. */
  readonly debuggerOptions: Readonly<Record<string, unknown>>;
}

export interface LaunchConfiguration extends Common {
  readonly request: 'launch';
  /** A Dockerfile, or an image that is there. */
  readonly source: BuildSource | { readonly kind: 'image'; readonly image: string };
  /** As after `-p`; undefined for what the image exposes. */
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  /** `NAME=value` */
  readonly env: readonly string[];
  readonly network: string;
  /** In place of the image's command. */
  readonly command?: readonly string[];
  readonly stopOnEntry: boolean;
  /** Undefined opens nothing. */
  readonly serverReady?: ServerReady;
  /** Only run it. */
  readonly noDebug: boolean;
}

export interface BuildSource {
  readonly kind: 'build';
  /** Absolute paths. */
  readonly dockerfile: string;
  readonly context: string;
  readonly target?: string;
  readonly buildArgs: Readonly<Record<string, string>>;
}

export interface AttachConfiguration extends Common {
  readonly request: 'attach';
  /** Name or id. */
  readonly container: string;
  /** In the container, where a debugger listens already. */
  readonly port?: number;
}

type Raw = Readonly<Record<string, unknown>>;

/** @throws Error that names the property and what it should be */
export function readConfiguration(raw: Raw): LaunchConfiguration | AttachConfiguration {
  const request = text(raw, 'request') ?? 'launch';
  if (request === 'launch') return launch(raw);
  if (request === 'attach') return attach(raw);
  throw new Error(l10n.t('"request" is launch or attach.'));
}

function launch(raw: Raw): LaunchConfiguration {
  const ports = list(raw, 'ports');
  const command = list(raw, 'command');
  const serverReady = readServerReady(raw);
  return {
    ...common(raw),
    request: 'launch',
    source: source(raw),
    ...(ports === undefined ? {} : { ports }),
    volumes: list(raw, 'volumes') ?? [],
    env: Object.entries(table(raw, 'env')).map(([name, value]) => `${name}=${value}`),
    network: text(raw, 'network') ?? '',
    ...(command === undefined ? {} : { command }),
    stopOnEntry: flag(raw, 'stopOnEntry') ?? false,
    ...(serverReady === undefined ? {} : { serverReady }),
    noDebug: flag(raw, 'noDebug') ?? false,
  };
}

function source(raw: Raw): LaunchConfiguration['source'] {
  const image = text(raw, 'image');
  const dockerfile = text(raw, 'dockerfile');
  if (image !== undefined && dockerfile === undefined) return { kind: 'image', image };
  if (dockerfile === undefined) throw new Error(l10n.t('Say what to run: "dockerfile" or "image".'));
  if (image !== undefined) throw new Error(l10n.t('Say either "dockerfile" or "image".'));
  const target = text(raw, 'target');
  return {
    kind: 'build',
    dockerfile,
    context: text(raw, 'context') ?? dockerfile.slice(0, Math.max(1, dockerfile.lastIndexOf('/'))),
    ...(target === undefined ? {} : { target }),
    buildArgs: table(raw, 'buildArgs'),
  };
}

function attach(raw: Raw): AttachConfiguration {
  const container = text(raw, 'container');
  if (container === undefined) throw new Error(l10n.t('Say which container to attach to: "container".'));
  const { port } = raw;
  if (port === undefined) return { ...common(raw), request: 'attach', container };
  if (!Number.isInteger(port) || (port as number) < 1 || (port as number) > 65_535) throw wrong('port', '9229');
  return { ...common(raw), request: 'attach', container, port: port as number };
}

function common(raw: Raw): Common {
  const [language, localRoot, remoteRoot] = ['language', 'localRoot', 'remoteRoot'].map((name) => text(raw, name));
  return {
    name: text(raw, 'name') ?? 'Coracle',
    ...(language === undefined ? {} : { language }),
    ...(localRoot === undefined ? {} : { localRoot }),
    ...(remoteRoot === undefined ? {} : { remoteRoot }),
    debuggerOptions: object(raw, 'debuggerOptions') ?? {},
  };
}

function readServerReady(raw: Raw): ServerReady | undefined {
  const value = raw['serverReady'];
  if (value === false) return undefined;
  if (value === undefined || value === true) return {};
  const ready = object(raw, 'serverReady') ?? {};
  const [pattern, uriFormat] = [text(ready, 'pattern'), text(ready, 'uriFormat')];
  const fault = pattern === undefined ? undefined : patternFault(pattern);
  if (fault !== undefined) throw new Error(l10n.t('"{0}" is no regular expression: {1}', 'serverReady.pattern', fault));
  if (uriFormat !== undefined && !/^https?:\/\//.test(uriFormat))
    throw wrong('serverReady.uriFormat', '"http://localhost:%s"');
  return { ...(pattern === undefined ? {} : { pattern }), ...(uriFormat === undefined ? {} : { uriFormat }) };
}

/** An empty text is as good as none. */
function text(raw: Raw, name: string): string | undefined {
  const value = own(raw, name);
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw wrong(name, '"…"');
  return value;
}

function flag(raw: Raw, name: string): boolean | undefined {
  const value = own(raw, name);
  if (value !== undefined && typeof value !== 'boolean') throw wrong(name, 'true');
  return value;
}

function list(raw: Raw, name: string): readonly string[] | undefined {
  const value = own(raw, name);
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) throw wrong(name, '["…"]');
  return value;
}

function table(raw: Raw, name: string): Readonly<Record<string, string>> {
  const value = object(raw, name) ?? {};
  const entries = Object.entries(value).map(([key, each]) => {
    if (!['string', 'number', 'boolean'].includes(typeof each)) throw wrong(name, '{ "NAME": "…" }');
    return [key, String(each)] as const;
  });
  return Object.fromEntries(entries);
}

function object(raw: Raw, name: string): Raw | undefined {
  const value = own(raw, name);
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(name, '{ … }');
  return value as Raw;
}

function own(raw: Raw, name: string): unknown {
  return Object.hasOwn(raw, name) ? raw[name] : undefined;
}

function wrong(name: string, example: string): Error {
  return new Error(l10n.t('"{0}" is to be written like {1}.', name, example));
}
