// Components, made of C sources here: their core modules call WASI 0.2 by the canonical ABI, without a C library.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import type { CompiledComponent, ComponentParts } from '../../../wasm/src/preview2/parts.ts';
import { transpile } from '../../../wasm/src/preview2/transpile.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';

const run = promisify(execFile);
const guests = join(import.meta.dirname, 'guests');
const flags = ['--target=wasm32', '-nostdlib', '-fno-builtin', '-O1', '-Wall', '-Wextra', '-Werror', '-Wl,--no-entry'];
const made = new Map<string, Promise<Uint8Array>>();

/** The component of a program in `guests`. @param world of the WIT beside it */
export function component(name: string, world = 'command'): Promise<Uint8Array> {
  const bytes = made.get(name) ?? compile(name, world);
  made.set(name, bytes);
  return bytes;
}

async function compile(name: string, world: string): Promise<Uint8Array> {
  await using folder = await makeTempFolder();
  const path = join(folder.path, `${name}.wasm`);
  await run('clang', [...flags, '-o', path, join(guests, `${name}.c`)]);
  const witSource = await readFile(join(guests, `${world}.wit`), 'utf8');
  const core = await componentEmbed({ binary: await readFile(path), witSource, world });
  return await componentNew(core, []);
}

/** A component from its text. */
export async function fromText(text: string): Promise<Uint8Array> {
  return await parse(text);
}

export async function compiled(bytes: Uint8Array): Promise<CompiledComponent> {
  return compileCores(await transpile(bytes));
}

export function compileCores({ source, kind, isLater, cores }: ComponentParts): CompiledComponent {
  return {
    source,
    kind,
    isLater,
    cores: cores.map(({ name, bytes }) => ({ name, module: new WebAssembly.Module(bytes) })),
  };
}
