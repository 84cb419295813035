// A helper built from the sources as the build makes it, once per run, and a kernel over it for each test file.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '../../runtime/src/host/kernel.ts';
import { startKernel } from '../../runtime/src/host/native-kernel.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';

const sources = join(import.meta.dirname, '../../runtime/native');
let built: string | undefined;

/** Path of a helper compiled for the tests (with the address and undefined behaviour sanitizers when CORACLE_SANITIZE is set). */
export function helperPath(): string {
  if (built !== undefined) return built;
  const folder = temporaryFolder('helper');
  const files = readdirSync(sources).filter((name) => name.endsWith('.c'));
  const sanitize =
    process.env['CORACLE_SANITIZE'] === undefined ? ['-O2'] : ['-O1', '-g', '-fsanitize=address,undefined'];
  const flags = ['-std=gnu11', ...sanitize, '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE', '-D_FILE_OFFSET_BITS=64'];
  built = join(folder, 'coracle-helper');
  execFileSync('cc', [...flags, '-o', built, ...files.map((name) => join(sources, name)), '-ldl']);
  return built;
}

const folders: string[] = [];

/** A folder with a short path (unix sockets) that is gone when the tests are. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(`/tmp/cor-${name}-`);
  folders.push(folder);
  return folder;
}

process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Removes the file that a network namespace is pinned to, and with it the namespace. */
export async function unpinNetns(kernel: Kernel, path: string): Promise<void> {
  await kernel.unmount(path, { lazy: true });
  rmSync(path, { force: true });
}

/** A kernel with an exec-root of its own. */
export async function testKernel() {
  const execRoot = temporaryFolder('run');
  mkdirSync(execRoot, { recursive: true });
  return { kernel: await startKernel({ helperPath: helperPath(), execRoot, logger: silentLogger }), execRoot };
}
