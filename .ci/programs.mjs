// The programs of the engine, each one script that starts at once: beside it lies the code that V8 makes of all its functions
// (`.cache`), so that a start compiles nothing, or little, of it. An entry that never changes its name loads the two.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { builtins } from './builtins.mjs';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'runtime/dist');

/** Script and code are named by what is in them: code is never taken for a script of another build.
 * @param {string} name @param {string} entry exports `main`
 * @param {readonly string[]} usual what it is mostly called with; none: all its functions are ready at a start
 * @returns {import('esbuild').BuildOptions} */
export function program(name, entry, usual = []) {
  return {
    absWorkingDir: root,
    entryPoints: { [name]: entry },
    outdir: dist,
    entryNames: '[name]-[hash]',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    // The script is an expression: what `entry.mjs` calls.
    banner: { js: '(function(module,require,__dirname){' },
    footer: { js: '})' },
    define: { 'import.meta.dirname': '__dirname' },
    minifySyntax: true,
    // Without comments the text is ASCII, which V8 keeps in half the space.
    minifyWhitespace: true,
    sourcemap: true,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    plugins: [builtins, publish(name, usual)],
  };
}

/** @param {string} name @param {readonly string[]} usual @returns {import('esbuild').Plugin} */
function publish(name, usual) {
  return {
    name: 'publish',
    setup(build) {
      build.onEnd(async ({ errors, metafile }) => {
        const script = Object.keys(metafile?.outputs ?? {}).find((path) => path.endsWith('.cjs'));
        if (errors.length > 0 || script === undefined) return;
        const stem = basename(script, '.cjs');
        await makeCode(join(root, script), usual);
        await writeEntry(name, stem);
        await removeOthers(name, stem);
      });
    },
  };
}

/** By the Node that the programs will run on, since no other takes it; the user's settings have no say.
 * @param {string} script @param {readonly string[]} usual */
async function makeCode(script, usual) {
  const ours = join(root, 'node_modules/.bin/node');
  const node = existsSync(ours) ? ours : process.execPath;
  const env = { PATH: process.env.PATH ?? '', HOME: '/nonexistent' };
  await promisify(execFile)(node, [join(root, '.ci/code-cache.mjs'), script, ...usual], { env });
}

/** @param {string} name @param {string} stem */
async function writeEntry(name, stem) {
  const text = await readFile(join(root, 'runtime/bin/entry.mjs'), 'utf8');
  const path = join(dist, `${name}.mjs`);
  await writeFile(`${path}.new`, text.replace("'PROGRAM'", `'${stem}'`));
  await rename(`${path}.new`, path);
}

/** Scripts of earlier builds go last, so that a program that starts meanwhile finds the one it was built with.
 * @param {string} name @param {string} stem */
async function removeOthers(name, stem) {
  const ours = new RegExp(`^${name}-[A-Z0-9]{8}\\.`);
  const old = (await readdir(dist)).filter((file) => ours.test(file) && !file.startsWith(`${stem}.`));
  await Promise.all(old.map((file) => rm(join(dist, file), { force: true })));
}
