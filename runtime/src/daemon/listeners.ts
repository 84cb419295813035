// The addresses the daemon listens on: unix sockets made safely, tcp only where that is defensible, descriptors that a
// service manager hands over.

import { chmodSync, chownSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { ServerOptions } from 'node:https';
import { connect, isIP, type ListenOptions } from 'node:net';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { EngineError, messageOf } from '../spec/errors.ts';
import { dismiss, sleeps } from '../connect/doorman.ts';
import { makeFolder } from '../host/node/make-folder.ts';
import type { DaemonConfig } from './config.ts';
import { type Holder, ourselves, takeFile, usable } from './lock.ts';

export type Address =
  | { readonly kind: 'unix'; readonly path: string }
  /** Of Windows. */
  | { readonly kind: 'pipe'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'fd'; readonly fd: number };

/**
 * What one `--host` names: one address, or all the descriptors that were handed over.
 * @throws EngineError invalidParameter in Docker's words
 */
export function parseAddresses(text: string): readonly Address[] {
  if (text.startsWith('unix://')) return [{ kind: 'unix', path: checkSocketPath(text.slice('unix://'.length)) }];
  const pipe = /^npipe:\/\/(\/\/\.\/pipe\/[\w.-]{1,200})$/.exec(text)?.[1];
  if (pipe !== undefined) return [{ kind: 'pipe', path: pipe.replaceAll('/', '\\') }];
  // As dockerd's: a number names one descriptor.
  const fd = /^fd:\/\/(\d{1,4})$/.exec(text)?.[1];
  if (fd !== undefined) return [{ kind: 'fd', fd: Number(fd) }];
  if (text.startsWith('fd://')) return inheritedDescriptors().map((fd) => ({ kind: 'fd', fd }));
  const match = /^tcp:\/\/(\[[0-9a-fA-F:.]+\]|[^:/[\]]*):(\d{1,5})\/?$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65535) throw new EngineError('invalidParameter', `invalid bind address (${text})`);
  return [{ kind: 'tcp', host: (match[1] ?? '').replace(/^\[|\]$/g, '') || '127.0.0.1', port }];
}

/** As a log names it: a path, `host:port`, or the number of a descriptor. */
export function formatAddress(address: Address): string {
  if (address.kind === 'fd') return `fd://${address.fd}`;
  if (address.kind === 'tcp')
    return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
  return address.path;
}

function checkSocketPath(path: string): string {
  // The kernel's sockaddr_un holds 108 bytes with the final zero.
  if (path === '' || Buffer.byteLength(path) > 107 || !path.startsWith('/')) {
    throw new EngineError(
      'invalidParameter',
      `invalid socket path ${JSON.stringify(path)}: absolute, 107 bytes at most`,
    );
  }
  return path;
}

/** systemd's protocol: LISTEN_FDS descriptors from 3 on, meant for LISTEN_PID. */
function inheritedDescriptors(): readonly number[] {
  const count = Number(process.env['LISTEN_FDS'] ?? '0');
  const forUs = process.env['LISTEN_PID'] === undefined || Number(process.env['LISTEN_PID']) === process.pid;
  if (!forUs || !Number.isInteger(count) || count < 1) {
    throw new EngineError(
      'invalidParameter',
      'no sockets found via socket activation: make sure the service was started so',
    );
  }
  return Array.from({ length: count }, (_, index) => index + 3);
}

/** Whether only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** @throws EngineError forbidden when anybody who can reach the address would be root here */
export function checkExposure(address: Address, config: DaemonConfig): void {
  if (address.kind !== 'tcp' || config.tls === 'mutual' || config.insecureTcp || isLoopback(address.host)) return;
  throw new EngineError(
    'forbidden',
    `refusing to listen on tcp://${address.host}:${address.port} without client certificates: use --tlsverify with ` +
      '--tlscacert, --tlscert and --tlskey, or say --insecure-tcp if whoever connects may be root on this machine',
  );
}

/**
 * Refuses what a web page could make a browser send: anything with an Origin, and names that are not this machine's
 * (a foreign name may have been rebound to our address). Clients with a certificate of ours are who they say they are.
 */
export function browserGuard(config: DaemonConfig): (headers: IncomingHttpHeaders) => void {
  const names = new Set(['localhost', hostname().toLowerCase(), 'docker', 'api.moby.localhost']);
  return ({ origin, host }) => {
    if (origin !== undefined) throw new EngineError('forbidden', 'requests from web pages are refused');
    if (config.tls === 'mutual') return;
    const name = (host ?? '')
      .replace(/:\d+$/, '')
      .replace(/^\[|\]$/g, '')
      .toLowerCase();
    if (isIP(name) === 0 && !names.has(name)) {
      throw new EngineError('forbidden', `requests for the foreign host ${JSON.stringify(name)} are refused`);
    }
  };
}

/** @throws EngineError invalidParameter naming the file that cannot be read */
export function tlsOptions(config: DaemonConfig): ServerOptions | undefined {
  if (config.tls === 'off') return undefined;
  const read = (path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new EngineError('invalidParameter', `could not load TLS material: ${messageOf(cause)}`, { cause });
    }
  };
  const { ca, cert, key } = config.tlsFiles;
  const own = { cert: read(cert), key: read(key), minVersion: 'TLSv1.2' } as const;
  return config.tls === 'mutual' ? { ...own, ca: read(ca), requestCert: true, rejectUnauthorized: true } : own;
}

/** Binds `server`. @throws EngineError conflict when another process listens there */
export async function listen(server: Server, address: Address, group: string | undefined): Promise<void> {
  if (address.kind === 'unix') return listenUnix(server, address.path, group);
  await listening(server, () => server.listen(listenOptions(address)));
}

function listenOptions(address: Exclude<Address, { readonly kind: 'unix' }>): ListenOptions | { readonly fd: number } {
  if (address.kind === 'tcp') return { host: address.host, port: address.port };
  // Whoever else has its name is told by the error; others than its user may not write to it.
  return address.kind === 'pipe' ? { path: address.path } : { fd: address.fd };
}

async function listenUnix(server: Server, path: string, group: string | undefined): Promise<void> {
  groupId(group); // A wrong one is refused before anything is made.
  // Of two that find the socket of a dead engine, the second would remove what the first has made of it.
  using _turn = usable(`address unix://${path}`, () => {
    makeFolder(dirname(path), 0o711);
    const refuse = ({ pid }: Holder) =>
      new EngineError('conflict', `another engine (process ${pid}) is about to listen on ${path}`);
    return takeFile(`${path}.lock`, `${ourselves()}\n`, refuse);
  });
  if (sleeps(path)) await dismiss(path);
  await removeStaleSocket(path);
  // The socket is never open to more than its owner, not even between bind and chmod.
  const before = process.umask(0o177);
  try {
    await listening(server, () => server.listen({ path }));
  } finally {
    process.umask(before);
  }
  openTo(path, group);
}

/** Lets the group use a socket that was its owner's only. @throws EngineError invalidParameter */
export function openTo(path: string, group: string | undefined): void {
  const gid = groupId(group);
  if (gid !== undefined) giveTo(path, gid);
  chmodSync(path, 0o660);
}

/** @throws EngineError invalidParameter for a group that an ordinary user's engine does not see */
function giveTo(path: string, gid: number): void {
  try {
    chownSync(path, -1, gid);
  } catch (cause) {
    throw new EngineError('invalidParameter', `group ${gid} cannot be given ${path}: ${messageOf(cause)}`, { cause });
  }
}

function listening(server: Server, act: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void =>
      reject(new EngineError(cause.code === 'EADDRINUSE' ? 'conflict' : 'system', messageOf(cause), { cause }));
    server.once('error', failed);
    server.once('listening', () => {
      server.off('error', failed);
      resolve();
    });
    act();
  });
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new EngineError('conflict', `${path} is there and is no socket`);
  const answers = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => resolve(true)).once('error', () => resolve(false));
    probe.once('close', () => probe.destroy());
  });
  if (answers) throw new EngineError('conflict', `another engine answers on ${path}`);
  rmSync(path, { force: true });
}

/** Without a name: the group `coracle` when there is one, else the owner's own. @throws EngineError invalidParameter */
function groupId(name: string | undefined): number | undefined {
  const wanted = name ?? 'coracle';
  if (/^\d+$/.test(wanted)) return Number(wanted);
  const line = (existsSync('/etc/group') ? readFileSync('/etc/group', 'utf8') : '')
    .split('\n')
    .find((each) => each.startsWith(`${wanted}:`));
  if (line !== undefined) return Number(line.split(':')[2]);
  if (name === undefined) return undefined;
  throw new EngineError('invalidParameter', `group ${name} not found`);
}
