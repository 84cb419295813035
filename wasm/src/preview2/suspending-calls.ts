// Calls of WASI 0.2 in which a component that shares its thread can be suspended: those that wait, and those that programs make over and over.
// Others are made at once: they may come while nothing can be suspended yet, as a component begins.

const suspending: Readonly<Record<string, readonly string[]>> = {
  'wasi:io/poll': ['poll', '[method]pollable.block', '[method]pollable.ready'],
  'wasi:io/streams': [
    ...['read', 'blocking-read', 'skip', 'blocking-skip'].map((name) => `[method]input-stream.${name}`),
    ...[
      'check-write',
      'write',
      'blocking-write-and-flush',
      'flush',
      'blocking-flush',
      'write-zeroes',
      'blocking-write-zeroes-and-flush',
      'splice',
      'blocking-splice',
    ].map((name) => `[method]output-stream.${name}`),
  ],
  'wasi:filesystem/types': [
    ...['open-at', 'read', 'write', 'stat', 'stat-at', 'sync'].map((name) => `[method]descriptor.${name}`),
    '[method]directory-entry-stream.read-directory-entry',
  ],
  'wasi:sockets/ip-name-lookup': ['[method]resolve-address-stream.resolve-next-address'],
  'wasi:sockets/tcp': ['accept', 'finish-bind', 'finish-connect', 'finish-listen'].map(
    (name) => `[method]tcp-socket.${name}`,
  ),
  'wasi:sockets/udp': [
    '[method]udp-socket.finish-bind',
    '[method]incoming-datagram-stream.receive',
    '[method]outgoing-datagram-stream.check-send',
    '[method]outgoing-datagram-stream.send',
  ],
};

const all = new Set(Object.entries(suspending).flatMap(([name, calls]) => calls.map((call) => `${name}#${call}`)));

/** @param imports names of interfaces, with versions @returns their calls of that kind, as the transpiler names them */
export function suspendingOf(imports: readonly string[]): string[] {
  return imports.flatMap((name) => (suspending[name.split('@')[0] ?? ''] ?? []).map((call) => `${name}#${call}`));
}

/** @param call in camel case, and of which resource, as a `HostWorld` has them */
export function isSuspending(name: string, call: string, resource?: string): boolean {
  return all.has(`${name}#${resource === undefined ? '' : `[method]${kebab(resource)}.`}${kebab(call)}`);
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/gv, (letter, at) => `${at === 0 ? '' : '-'}${letter.toLowerCase()}`);
}
