// Which components run here: those that export a command or a handler of HTTP requests, and import of WASI 0.2 and 0.3 only.

import { UnsupportedComponent, type ComponentKind } from './parts.ts';
import type { Survey } from './survey.ts';

/** Of either version. */
const always: readonly string[] = [
  'wasi:cli/environment',
  'wasi:cli/exit',
  'wasi:cli/stderr',
  'wasi:cli/stdin',
  'wasi:cli/stdout',
  'wasi:cli/terminal-input',
  'wasi:cli/terminal-output',
  'wasi:cli/terminal-stderr',
  'wasi:cli/terminal-stdin',
  'wasi:cli/terminal-stdout',
  'wasi:clocks/monotonic-clock',
  'wasi:filesystem/preopens',
  'wasi:filesystem/types',
  'wasi:random/insecure',
  'wasi:random/insecure-seed',
  'wasi:random/random',
  'wasi:http/types',
  'wasi:sockets/ip-name-lookup',
];

const interfaces: ReadonlySet<string> = new Set([
  ...always,
  'wasi:clocks/timezone',
  'wasi:clocks/wall-clock',
  'wasi:http/outgoing-handler',
  'wasi:io/error',
  'wasi:io/poll',
  'wasi:io/streams',
  'wasi:sockets/instance-network',
  'wasi:sockets/network',
  'wasi:sockets/tcp',
  'wasi:sockets/tcp-create-socket',
  'wasi:sockets/udp',
  'wasi:sockets/udp-create-socket',
]);

/** With which names of interfaces of 0.3 begin in generated code, which has no versions; those of 0.2 keep `wasi:`. */
export const laterPrefix = 'wasi3:';

const laterInterfaces: ReadonlySet<string> = new Set([
  ...always,
  'wasi:cli/types',
  'wasi:clocks/system-clock',
  'wasi:clocks/types',
  'wasi:http/client',
  'wasi:sockets/types',
]);

const supported =
  'here run commands (they export wasi:cli/run) and HTTP handlers (wasi:http/incoming-handler of WASI 0.2, wasi:http/handler of WASI 0.3)';

/** What it is by an interface that it exports, and the version of that. */
const programs: ReadonlyMap<string, { readonly kind: ComponentKind; readonly series?: string }> = new Map([
  ['wasi:cli/run', { kind: 'command' }],
  ['wasi:http/incoming-handler', { kind: 'http', series: '0.2' }],
  ['wasi:http/handler', { kind: 'http', series: '0.3' }],
]);

/** Versions of WASI whose interfaces are told apart; 0.2 where none is named. */
const given: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['0.2', interfaces],
  ['0.3', laterInterfaces],
]);

/** @throws UnsupportedComponent that names what does not fit */
export function worldOf({ imports, exports }: Survey): World {
  for (const name of [...imports, ...exports]) {
    const { version, series } = parse(name);
    if (name.startsWith('wasi:') && version !== undefined && (series === undefined || !given.has(series))) {
      throw new UnsupportedComponent(`it is for WASI ${version} (it names "${name}"); ${supported}`);
    }
  }
  const kind = exports.map(kindOf).find((each) => each !== undefined);
  if (kind === undefined) {
    const list = exports.length === 0 ? 'nothing' : exports.map((name) => `"${name}"`).join(', ');
    throw new UnsupportedComponent(`it exports ${list}, which is no program: ${supported}`);
  }
  const unknown = imports.map(parse).find(({ path, series = '0.2' }) => given.get(series)?.has(path) !== true);
  if (unknown !== undefined) {
    throw new UnsupportedComponent(`it imports "${unknown.name}", which nobody gives it: ${supported}`);
  }
  const isLater = [...imports, ...exports].some((name) => parse(name).series === '0.3');
  if (isLater && kind === 'http' && !exports.some((name) => parse(name).path === 'wasi:http/handler')) {
    throw new UnsupportedComponent(`it handles HTTP as of WASI 0.2 with interfaces of WASI 0.3; ${supported}`);
  }
  return { kind, isLater };
}

function kindOf(name: string): ComponentKind | undefined {
  const { path, series = '0.2' } = parse(name);
  const program = programs.get(path);
  return program?.series === undefined || program.series === series ? program?.kind : undefined;
}

/** What a component is, and whether it has calls that go on while others are made (WASI 0.3). */
export interface World {
  readonly kind: ComponentKind;
  readonly isLater: boolean;
}

interface Name {
  readonly name: string;
  readonly path: string;
  readonly version: string | undefined;
  /** The first two numbers of a version that is one. */
  readonly series: string | undefined;
}

function parse(name: string): Name {
  const at = name.lastIndexOf('@');
  if (at < 0) return { name, path: name, version: undefined, series: undefined };
  const version = name.slice(at + 1);
  const series = /^(?<series>0\.\d{1,3})\.\d{1,5}$/v.exec(version)?.groups?.['series'];
  return { name, path: name.slice(0, at), version, series };
}
