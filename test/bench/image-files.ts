// What benchmarks of images stand on: files of this machine as archives, and their way to an engine and back.

import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { lstat, readdir, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runOk } from '../helpers/run.ts';
import type { Engine } from './engines.ts';

/** Paths of regular files of the host, in order, until they have so many bytes: what a distribution's root file system looks like. */
export async function collectFiles(wantedBytes: number): Promise<string[]> {
  const paths: string[] = [];
  let bytes = 0;
  for (const folder of ['/usr/bin', '/usr/share', '/usr/lib']) {
    // By the entries' types: by names alone it would follow links, and /usr/bin/X11 is one to itself.
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const found = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    for (const path of found.toSorted()) {
      const stat = await lstat(path);
      if (stat.size > 8e6) continue;
      paths.push(path);
      bytes += stat.size;
      if (bytes > wantedBytes) return paths;
    }
  }
  return paths;
}

/** Writes an archive of these files, so many times over. */
export async function writeArchive(path: string, files: readonly string[], times = 1): Promise<void> {
  const list = `${path}.list`;
  await writeFile(
    list,
    files
      .map((file) => `${file.slice(1)}\n`)
      .join('')
      .repeat(times),
  );
  await runOk('tar', ['-C', '/', '--hard-dereference', '-cf', path, '-T', list], { timeoutMs: 300_000 });
}

/** Sends a file or nothing and keeps what comes, in a file or as the text that it returns. */
export async function transfer(
  engine: Engine,
  method: string,
  path: string,
  files: { readonly from?: string; readonly to?: string } = {},
): Promise<string> {
  // Who pushes has to say as whom; all others pass over it.
  const headers = { 'x-registry-auth': Buffer.from('{}').toString('base64') };
  const outgoing = request({ socketPath: engine.host.replace(/^unix:\/\//, ''), method, path, headers });
  const response = once(outgoing, 'response');
  if (files.from === undefined) outgoing.end();
  else await pipeline(createReadStream(files.from, { highWaterMark: 1 << 20 }), outgoing);
  const [incoming] = (await response) as [IncomingMessage];
  if (files.to !== undefined) {
    await pipeline(incoming, createWriteStream(files.to));
    return '';
  }
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8')) text += chunk;
  if ((incoming.statusCode ?? 500) >= 400 || text.includes('errorDetail'))
    throw new Error(`${engine.name}: ${method} ${path}: ${text}`);
  return text;
}

/** The most memory that the process had resident. */
export function peakMiB(engine: Engine): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${engine.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
