// The engine for browsers: one script for its worker, one for the threads of containers, and one with which a page talks to it.

import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Nothing of Node's is there. */
export const withoutNode = {
  name: 'without-node',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, importer }) => ({
      errors: [{ text: `${importer} takes ${path}, which no browser has` }],
    }));
  },
};

/** Paths of what is open in VS Code there are those of POSIX. */
export const posixPaths = {
  name: 'posix-paths',
  setup(build) {
    build.onResolve({ filter: /^node:path$/ }, () => ({ path: join(root, 'extension/src/web/path.ts') }));
  },
};

const common = {
  absWorkingDir: root,
  outdir: join(root, 'runtime/dist'),
  bundle: true,
  platform: 'browser',
  target: 'es2024',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [withoutNode],
};

/** A worker loads one script. @type {import('esbuild').BuildOptions} */
export const webEngine = {
  ...common,
  entryPoints: {
    'coracle-web-engine': 'runtime/src/web/worker.ts',
    'coracle-web-thread': 'runtime/src/host/web/thread.ts',
  },
  format: 'iife',
};

/** A module for pages. @type {import('esbuild').BuildOptions} */
export const webClient = {
  ...common,
  entryPoints: { 'coracle-web': 'runtime/src/web/client.ts' },
  outExtension: { '.js': '.mjs' },
  format: 'esm',
};
