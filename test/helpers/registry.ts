// Debian's docker-registry on loopback, filled by skopeo, as `await using registry = await startRegistry()`.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import type Mocha from 'mocha';
import { until } from './poll.ts';
import { runOk } from './run.ts';
import { skip } from './skip.ts';
import { makeTempFolder } from './temp-folder.ts';

export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly address: string;
  /** Copies a docker-archive into the registry. @param name `repository:tag` */
  push(name: string, archive: Uint8Array): Promise<void>;
}

export function requireRegistry(context: Mocha.Context): void {
  if (!existsSync('/usr/bin/docker-registry')) skip(context, 'needs docker-registry');
  if (!existsSync('/usr/bin/skopeo')) skip(context, 'needs skopeo');
}

export interface RegistryOptions {
  /** Whom it wants to know; nobody when absent. */
  readonly user?: { readonly name: string; readonly password: string };
  /** Files with its own certificate, and of who signs those of its clients: it takes no others. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clientcas: readonly string[] };
}

export async function startRegistry({ user, tls }: RegistryOptions = {}): Promise<Registry> {
  const folder = await makeTempFolder();
  const address = `127.0.0.1:${await freePort()}`;
  const config = {
    version: '0.1',
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder.path, 'data') }, delete: { enabled: true } },
    http: { addr: address, ...(tls === undefined ? {} : { tls }) },
    ...(user === undefined ? {} : { auth: { htpasswd: { realm: 'test', path: join(folder.path, 'users') } } }),
  };
  if (user !== undefined) await writeFile(join(folder.path, 'users'), `${user.name}:${await hashed(user.password)}\n`);
  const configPath = join(folder.path, 'config.yml');
  // JSON is YAML.
  await writeFile(configPath, JSON.stringify(config));
  const child = spawn('docker-registry', ['serve', configPath], { stdio: 'ignore' });
  const exit = once(child, 'exit');
  await until('the registry answers', async () => {
    const { status } = await fetch(`http://${address}/v2/`);
    // Over TLS it says that it speaks nothing else.
    return status === (tls !== undefined ? 400 : user === undefined ? 200 : 401);
  });
  return {
    address,
    async push(name, archive) {
      const file = join(folder.path, 'archive.tar');
      await writeFile(file, archive);
      const target = `docker://${address}/${name}`;
      const flags = ['copy', '--quiet', '--insecure-policy', '--dest-tls-verify=false'];
      const credentials = user === undefined ? [] : [`--dest-creds=${user.name}:${user.password}`];
      await runOk('skopeo', [...flags, ...credentials, `docker-archive:${file}`, target]);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exit;
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** By bcrypt, which is all that the registry knows; Perl has it from the C library. */
async function hashed(password: string): Promise<string> {
  const { stdout } = await runOk('perl', ['-e', 'print crypt($ARGV[0], q($2b$05$abcdefghijklmnopqrstuu))', password]);
  return stdout;
}

/** A TCP port on loopback that nobody held a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no address');
  return address.port;
}
