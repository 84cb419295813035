// The programs of the lightweight mode: compiles wasm/guests with Debian's clang and packs them as the image coracle/wasi, an OCI layout in
// runtime/dist/coracle-wasi.tar that is the same byte for byte wherever it is built from the same sources. A program is a folder of sources
// with a main.c and what it wants of wasm/guests/lib; what ends with `.linux.c` is for tests that compile the same sources for this machine.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { wasiImage } from './wasi-image.mjs';

const root = join(import.meta.dirname, '..');
const guests = join(root, 'wasm/guests');
const cache = join(root, '.cache/guests');
const includes = ['wasm/guests/include', 'wasm/guests/lib'];
const target = ['--target=wasm32-wasi', '--sysroot=/usr'];
const compileFlags = [...target, '-std=gnu17', '-Oz', '-flto', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE'];
// The stack is below the data, so that one that overflows traps instead of writing over it.
const linkFlags = [...target, '-Oz', '-flto', '-s', '-Wl,--gc-sections,--lto-O2,-z,stack-size=262144,--stack-first'];
const run = promisify(execFile);

const sha256 = (/** @type {(string | Uint8Array)[]} */ ...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

/** @param {string} folder @param {string} end */
async function filesOf(folder, end) {
  if (!existsSync(folder)) return [];
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(end));
  return names
    .filter((name) => !name.endsWith('.linux.c'))
    .sort()
    .map((name) => join(folder, name));
}

/** Runs `make` into a file that is there only when it is whole; several builds may do so at once. @param {string} path */
async function once(path, make) {
  if (existsSync(path)) return path;
  const partial = `${path}.${process.pid}`;
  await make(partial);
  await rename(partial, path);
  return path;
}

/** What the compiler says is all that there is to say. @param {string[]} args */
async function clang(args) {
  try {
    await run('clang', args, { cwd: root });
  } catch (error) {
    throw new Error(`clang: ${error.stderr || error.message}`, { cause: error });
  }
}

/** @param {string} source @param {string} environment what else decides how it comes out */
async function compile(source, environment) {
  const path = relative(root, source);
  const key = sha256(environment, path, await readFile(source));
  const flags = [...compileFlags, ...includes.flatMap((folder) => ['-I', folder])];
  return once(join(cache, `${key}.o`), (partial) => clang([...flags, '-c', '-o', partial, path]));
}

/** @param {(() => Promise<string>)[]} jobs */
async function inParallel(jobs) {
  const results = Array.from(jobs, () => '');
  let next = 0;
  const work = async () => {
    for (let index = next++; index < jobs.length; index = next++) results[index] = (await jobs[index]?.()) ?? '';
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}

/** Program -> what of lib it is made with. */
const programNames = new Map([
  ['sh', 'preopens.c'],
  ['tools', '.c'],
  ['awk', '.c'],
  ['vi', '.c'],
]);

/** @param {string} name of a folder @param {string} shared @param {string} environment */
async function link(name, shared, environment) {
  const sources = [...(await filesOf(join(guests, name), '.c')), ...(await filesOf(join(guests, 'lib'), shared))];
  const objects = await inParallel(sources.map((source) => () => compile(source, environment)));
  const path = join(cache, `${sha256(linkFlags.join(' '), ...objects)}.wasm`);
  return readFile(await once(path, (partial) => clang([...linkFlags, '-o', partial, ...objects])));
}

/** Names by which the tools are called: the table of the program says them. */
async function toolNames() {
  const table = await readFile(join(guests, 'tools/tools.def'), 'utf8');
  return [...table.matchAll(/^TOOL\((?:"([^"]+)"), \w+\)/gm)].map(([, name = '']) => name);
}

/** @param {string} dist folder for the image */
export async function buildGuests(dist) {
  const image = join(dist, 'coracle-wasi.tar');
  if (!existsSync('/usr/bin/clang') || !existsSync('/usr/lib/wasm32-wasi/libc.a')) {
    if (!existsSync(image)) console.warn('build: no clang for wasm32-wasi here: the image coracle/wasi is left out');
    return;
  }
  await mkdir(cache, { recursive: true });
  const { stdout: compiler } = await run('clang', ['--version']);
  const headers = [...(await filesOf(guests, '.h')), ...(await filesOf(guests, '.def'))];
  const contents = await Promise.all(headers.map((path) => readFile(path, 'utf8')));
  const environment = sha256(compiler, compileFlags.join(' '), ...contents);
  const programs = new Map();
  for (const [name, shared] of programNames) {
    if (existsSync(join(guests, name, 'main.c'))) programs.set(name, await link(name, shared, environment));
  }
  const partial = `${image}.${process.pid}`;
  await writeFile(partial, await wasiImage(programs, await toolNames(), join(guests, 'image')));
  await rename(partial, image);
}

if (process.argv[1] === import.meta.filename) await buildGuests(process.argv[2] ?? join(root, 'runtime/dist'));
