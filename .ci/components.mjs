// The transpiler of components, a thread of the engine's that is loaded when a component comes, of Node or of a browser: jco's, with the
// WebAssembly that it is made of beside it.

import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'runtime/dist');
const require = createRequire(join(root, 'wasm/package.json'));
const vendor = dirname(require.resolve('@bytecodealliance/jco-transpile/component'));
const modules = ['js-component-bindgen-component.core.wasm', 'js-component-bindgen-component.core2.wasm'];

/** It is a component itself, and asks its shim of WASI for little: the shim for browsers has no way to files, network or threads of ours. */
const withoutNode = {
  name: 'without-node',
  setup(build) {
    build.onResolve({ filter: /^@bytecodealliance\/preview2-shim\// }, ({ path }) => ({
      path: join(root, 'node_modules/@bytecodealliance/preview2-shim/dist/browser', `${path.split('/')[2]}.js`),
    }));
  },
};

const withModules = {
  name: 'with-modules',
  setup(build) {
    build.onEnd(async ({ errors }) => {
      if (errors.length === 0) await Promise.all(modules.map((name) => copyFile(join(vendor, name), join(dist, name))));
    });
  },
};

const common = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/** @type {import('esbuild').BuildOptions} */
export const transpiler = {
  ...common,
  entryPoints: { 'coracle-transpiler': 'runtime/src/host/node/transpiler-worker.ts' },
  outExtension: { '.js': '.mjs' },
  platform: 'node',
  format: 'esm',
  target: 'node24',
  plugins: [withoutNode, withModules],
};

/** A worker of a browser is told its own address: it may have been started from another. @type {import('esbuild').BuildOptions} */
export const webTranspiler = {
  ...common,
  entryPoints: { 'coracle-web-transpiler': 'runtime/src/host/web/transpiler-worker.ts' },
  platform: 'browser',
  format: 'iife',
  target: 'es2024',
  define: { 'import.meta.url': 'globalThis.coracleTranspilerUrl' },
  // Imported where Node is.
  external: ['node:fs/promises'],
  plugins: [withoutNode],
};
