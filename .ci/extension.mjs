// The extension for VS Code on a machine: a script that is loaded when VS Code activates it, and others for what is used later. Each
// module is in one of them only, so that there is one of it, whoever asks first.

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { transform } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'extension/dist');
const first = 'extension/src/extension.ts';
/** Where the scripts lie that it loads, under names that tell what is in them. */
const parts = 'parts';

/** @type {import('esbuild').BuildOptions} */
export const extension = {
  absWorkingDir: root,
  entryPoints: { extension: first },
  outdir: dist,
  chunkNames: `${parts}/[name]-[hash]`,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  external: ['vscode'],
  // Only modules of this form can be shared by scripts. The extension host loads CommonJS: they become that afterwards.
  format: 'esm',
  splitting: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'inline',
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
  plugins: [
    { name: 'parts', setup: standOnFirst },
    { name: 'common-js', setup: (build) => build.onEnd(publish) },
  ],
};

/** What is loaded later has the first script beneath it: modules of both are in that one, and not each in a script of its own.
 * @param {import('esbuild').PluginBuild} build */
function standOnFirst(build) {
  build.onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) =>
    kind === 'dynamic-import' ? { path: join(resolveDir, path), namespace: 'parts' } : undefined,
  );
  build.onLoad({ filter: /./, namespace: 'parts' }, ({ path }) => ({
    contents: `import ${JSON.stringify(join(root, first))}; export * from ${JSON.stringify(path)};`,
    resolveDir: root,
  }));
}

/** @param {import('esbuild').BuildResult} result */
async function publish({ errors, outputFiles = [] }) {
  if (errors.length > 0) return;
  await mkdir(join(dist, parts), { recursive: true });
  const isPart = ({ path }) => basename(dirname(path)) === parts;
  // An extension that is being loaded meanwhile finds those it was built with: new parts come first, and old ones go last.
  await Promise.all(outputFiles.filter(isPart).map(writeScript));
  await Promise.all(outputFiles.filter((file) => !isPart(file)).map(writeScript));
  const names = new Set(outputFiles.map(({ path }) => basename(path)));
  const old = (await readdir(join(dist, parts))).filter((name) => !names.has(basename(name, '.map')));
  await Promise.all(old.map((name) => rm(join(dist, parts, name), { force: true })));
}

/** @param {import('esbuild').OutputFile} file */
async function writeScript({ path, text }) {
  const { code, map } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // Node would load by `import` what was made to be loaded by `require`.
    supported: { 'dynamic-import': false },
    minifyWhitespace: true,
    sourcemap: 'external',
    sourcefile: basename(path),
  });
  await writeFile(`${path}.map`, map);
  await writeFile(path, `${code}//# sourceMappingURL=${basename(path)}.map\n`);
}
