// The index that npm and pip ask, with one package in it that says hello: `greeting` 1.0.0.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tarOf } from './busybox-image.ts';
import { makeTempFolder } from './temp-folder.ts';

export interface PackageIndex extends AsyncDisposable {
  readonly port: number;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  /** Of the tarball, for a lock file. */
  readonly integrity: string;
}

const wheel = 'greeting-1.0.0-py3-none-any.whl';

export async function startPackageIndex(): Promise<PackageIndex> {
  const tarball = gzipSync(
    await tarOf({
      'package/package.json': JSON.stringify({ name: 'greeting', version: '1.0.0', main: 'index.js' }),
      'package/index.js': "module.exports = 'hello from a package';\n",
    }),
  );
  const files: Readonly<Record<string, Uint8Array | string>> = {
    '/greeting/-/greeting-1.0.0.tgz': tarball,
    '/simple/greeting/': `<a href="/${wheel}">${wheel}</a>`,
    [`/${wheel}`]: await wheelFile(),
  };
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const file = Object.hasOwn(files, url) ? files[url] : undefined;
    response.writeHead(file === undefined ? 404 : 200, {
      'content-type': url.endsWith('/') ? 'text/html' : 'application/octet-stream',
    });
    response.end(file ?? '{}');
  });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    asked,
    integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A wheel is a zip. */
async function wheelFile(): Promise<Uint8Array> {
  await using folder = await makeTempFolder();
  const info = 'greeting-1.0.0.dist-info';
  mkdirSync(join(folder.path, info));
  const files = {
    'greeting.py': "TEXT = 'hello from a wheel'\n",
    [`${info}/METADATA`]: 'Metadata-Version: 2.1\nName: greeting\nVersion: 1.0.0\n',
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/RECORD`]: '',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text);
  execFileSync('/usr/bin/python3', ['-m', 'zipfile', '-c', wheel, 'greeting.py', info], { cwd: folder.path });
  return readFileSync(join(folder.path, wheel));
}
