// The transpiler of components, a thread of the engine's that is loaded when a component comes, of Node or of a browser: jco's, with the
// WebAssembly that it is made of beside it.

import { copyFile, readFile } from 'node:fs/promises';
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

/** A worker of a browser brings the modules itself: it may be one that has no address, and that may fetch nothing. */
const givenModules = {
  name: 'given-modules',
  setup(build) {
    build.onLoad({ filter: /js-component-bindgen-component\.js$/ }, async ({ path }) => {
      let count = 0;
      const contents = (await readFile(path, 'utf8')).replaceAll(
        /fetchCompile\(new URL\('\.\/([\w.-]+)', import\.meta\.url\)\)/g,
        (_all, name) => {
          count += 1;
          if (!modules.includes(name))
            throw new Error(`the transpiler asks for ${name}, which is not among its modules`);
          return `globalThis.coracleModule('${name}')`;
        },
      );
      if (count !== modules.length) throw new Error('the transpiler asks for its modules in another way');
      return { contents, loader: 'js' };
    });
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

/** @type {import('esbuild').BuildOptions} */
export const webTranspiler = {
  ...common,
  entryPoints: { 'coracle-web-transpiler': 'runtime/src/host/web/transpiler-worker.ts' },
  platform: 'browser',
  format: 'iife',
  target: 'es2024',
  // Imported where Node is.
  external: ['node:fs/promises'],
  plugins: [givenModules, withoutNode],
};
