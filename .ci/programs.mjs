// The programs of the engine, each a few scripts that start at once: beside each lies the code that V8 makes of its functions
// (`.cache`), so that a start compiles nothing, or little, of it. An entry that never changes its name loads them.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { noBuiltinImports, withoutBuiltinImports } from './builtins.mjs';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'runtime/dist');

/** Script and code are named by what is in them: code is never taken for a script of another build.
 * @param {string} name @param {string} entry exports `main`
 * @param {{ usual?: readonly string[], apart?: readonly string[] }} options `usual`: what it is mostly called with; none: all its
 * functions are ready at a start. `apart`: ends of paths that are scripts of their own, loaded when they are first imported.
 * @returns {import('esbuild').BuildOptions} */
export function program(name, entry, { usual = [], apart = [] } = {}) {
  return {
    absWorkingDir: root,
    entryPoints: { [name]: entry },
    outdir: dist,
    entryNames: '[name]-[hash]',
    chunkNames: `${name}-[hash]`,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    // Only modules of this form can share others. The scripts are made of them afterwards.
    format: 'esm',
    splitting: true,
    platform: 'node',
    target: 'node24',
    define: { 'import.meta.dirname': '__dirname' },
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'inline',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    write: false,
    plugins: [imports(apart), noBuiltinImports, publish({ name, entry, usual })],
  };
}

/** Node's own modules are taken without `import`; of ours, what is imported on demand is a script of its own only if it is named.
 * @param {readonly string[]} apart @returns {import('esbuild').Plugin} */
function imports(apart) {
  const onDemand = /\bimport\('(?<path>\.[^']+)'\)/g;
  return {
    name: 'imports',
    setup(build) {
      build.onLoad({ filter: /\/(?:runtime|language-server)\/src\/.*\.ts$/ }, async ({ path }) => ({
        contents: withoutBuiltinImports(await readFile(path, 'utf8')).replace(onDemand, (statement, target) =>
          apart.some((end) => target.endsWith(end)) ? statement : `require('${target}')`,
        ),
        loader: 'ts',
      }));
    },
  };
}

/** @param {{ name: string, entry: string, usual: readonly string[] }} program
 * @returns {import('esbuild').Plugin} */
function publish({ name, entry, usual }) {
  return {
    name: 'publish',
    setup(build) {
      build.onEnd(async ({ errors, metafile, outputFiles = [] }) => {
        if (errors.length > 0 || metafile === undefined) return;
        const scripts = scriptsOf(metafile, entry, outputFiles);
        await Promise.all(scripts.map(writeScript));
        const paths = scripts.map(([{ path }]) => path);
        await makeCode(paths, usual);
        const stems = paths.map(stemOf);
        await writeEntry(name, stems);
        await removeOthers(name, stems);
      });
    },
  };
}

/** What a start loads in any case is one script, the first: esbuild makes a file of each part that others share, and each costs a start
 * 0.5 ms. @param {import('esbuild').Metafile} metafile @param {string} entry @param {readonly import('esbuild').OutputFile[]} files
 * @returns {import('esbuild').OutputFile[][]} the parts of each script, the one that it is named by first */
function scriptsOf({ outputs }, entry, files) {
  const keyOf = ({ path }) => `runtime/dist/${basename(path)}`;
  const isFirst = (file) => outputs[keyOf(file)]?.entryPoint === entry;
  const start = new Set(files.filter(isFirst).map(keyOf));
  for (const key of start) {
    const needed = outputs[key]?.imports.filter(({ kind }) => kind === 'import-statement') ?? [];
    for (const { path } of needed) start.add(path);
  }
  const byNeed = files.toSorted((a, b) => Number(isFirst(b)) - Number(isFirst(a)));
  const [atOnce = [], later = []] = [true, false].map((is) => byNeed.filter((file) => start.has(keyOf(file)) === is));
  return [atOnce, ...later.map((file) => [file])];
}

/** @param {string} path of a script */
function stemOf(path) {
  return basename(path, '.cjs');
}

/** The script is an expression, which `entry.mjs` evaluates: an object of functions, by the names of the parts.
 * @param {readonly import('esbuild').OutputFile[]} parts */
async function writeScript(parts) {
  const [{ path }] = parts;
  const pieces = await Promise.all(parts.map(partOf));
  let line = 1;
  const sections = pieces.map(({ code, map }) => {
    const offset = { line, column: 0 };
    line += code.split('\n').length - 1;
    return { offset, map: JSON.parse(map) };
  });
  await writeFile(`${path}.map`, JSON.stringify({ version: 3, file: basename(path), sections }));
  const text = `({\n${pieces.map(({ code }) => code).join('')}})\n//# sourceMappingURL=${basename(path)}.map\n`;
  await writeFile(path, text);
}

/** @param {import('esbuild').OutputFile} file @returns {Promise<import('esbuild').TransformResult>} whole lines */
async function partOf({ path, text }) {
  const { code, ...rest } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    // Without comments the text is ASCII, which V8 keeps in half the space.
    minifyWhitespace: true,
    banner: `"${stemOf(path)}":function(module,require,__dirname){`,
    footer: '},',
    sourcemap: 'external',
    sourcefile: basename(path),
  });
  return { ...rest, code: code.replace(/\bimport\((?<other>"\.\/[\w-]+\.cjs")\)/g, 'require.later($<other>)') };
}

/** By the Node that the programs will run on, since no other takes it; the user's settings have no say.
 * @param {readonly string[]} scripts @param {readonly string[]} usual */
async function makeCode(scripts, usual) {
  const ours = join(root, 'node_modules/.bin/node');
  const node = existsSync(ours) ? ours : process.execPath;
  const env = { PATH: process.env.PATH ?? '', HOME: '/nonexistent' };
  await promisify(execFile)(node, [join(root, '.ci/code-cache.mjs'), scripts.join(','), ...usual], { env });
}

/** @param {string} name @param {readonly string[]} stems */
async function writeEntry(name, stems) {
  const text = await readFile(join(root, 'runtime/bin/entry.mjs'), 'utf8');
  const path = join(dist, `${name}.mjs`);
  await writeFile(`${path}.new`, text.replace("'SCRIPTS'", stems.map((stem) => `'${stem}'`).join(', ')));
  await rename(`${path}.new`, path);
}

/** Scripts of earlier builds go last, so that a program that starts meanwhile finds those it was built with.
 * @param {string} name @param {readonly string[]} stems */
async function removeOthers(name, stems) {
  const ours = new RegExp(`^(${name}-[A-Z0-9]{8})\\.`);
  const old = (await readdir(dist)).filter((file) => ours.test(file) && !stems.includes(ours.exec(file)?.[1] ?? ''));
  await Promise.all(old.map((file) => rm(join(dist, file), { force: true })));
}
