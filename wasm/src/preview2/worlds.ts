// Which components run here: those that export a command or a handler of HTTP requests, and import of WASI 0.2 only.

import { UnsupportedComponent, type ComponentKind } from './parts.ts';
import type { Survey } from './survey.ts';

const interfaces: ReadonlySet<string> = new Set([
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
  'wasi:clocks/timezone',
  'wasi:clocks/wall-clock',
  'wasi:filesystem/preopens',
  'wasi:filesystem/types',
  'wasi:http/outgoing-handler',
  'wasi:http/types',
  'wasi:io/error',
  'wasi:io/poll',
  'wasi:io/streams',
  'wasi:random/insecure',
  'wasi:random/insecure-seed',
  'wasi:random/random',
  'wasi:sockets/instance-network',
  'wasi:sockets/ip-name-lookup',
  'wasi:sockets/network',
  'wasi:sockets/tcp',
  'wasi:sockets/tcp-create-socket',
  'wasi:sockets/udp',
  'wasi:sockets/udp-create-socket',
]);

const supported =
  'here run commands (they export wasi:cli/run) and HTTP handlers (wasi:http/incoming-handler) of WASI 0.2';

/** @throws UnsupportedComponent that names what does not fit */
export function worldOf({ imports, exports }: Survey): ComponentKind {
  for (const name of [...imports, ...exports]) {
    const { version } = parse(name);
    if (name.startsWith('wasi:') && version !== undefined && !/^0\.2\.\d+$/v.test(version)) {
      throw new UnsupportedComponent(`it is for WASI ${version} (it names "${name}"); ${supported}`);
    }
  }
  const exported = exports.map((name) => parse(name).path);
  const kind = exported.includes('wasi:cli/run')
    ? 'command'
    : exported.includes('wasi:http/incoming-handler')
      ? 'http'
      : undefined;
  if (kind === undefined) {
    const list = exports.length === 0 ? 'nothing' : exports.map((name) => `"${name}"`).join(', ');
    throw new UnsupportedComponent(`it exports ${list}, which is no program: ${supported}`);
  }
  const unknown = imports.find((name) => !interfaces.has(parse(name).path));
  if (unknown !== undefined) {
    throw new UnsupportedComponent(`it imports "${unknown}", which nobody gives it: ${supported}`);
  }
  return kind;
}

function parse(name: string): { readonly path: string; readonly version: string | undefined } {
  const at = name.lastIndexOf('@');
  return at < 0 ? { path: name, version: undefined } : { path: name.slice(0, at), version: name.slice(at + 1) };
}
