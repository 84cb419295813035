// Bundles the engine, builds the native helper and packs the image of the lightweight mode into runtime/dist, bundles the language
// server into language-server/dist and the extension into extension/dist. With --watch the bundles follow the sources.

import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as esbuild from 'esbuild';
import { transpiler, webTranspiler } from './components.mjs';
import { extension } from './extension.mjs';
import { program } from './programs.mjs';
import { posixPaths, webClient, webEngine, withoutNode } from './web.mjs';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'runtime/dist');

/** What speaks to the kernel of Linux; elsewhere the engine has no use for it. */
async function buildNative() {
  if (process.platform !== 'linux') return;
  const folder = join(root, 'runtime/native');
  const sources = (await readdir(folder)).filter((name) => name.endsWith('.c')).map((name) => join(folder, name));
  const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE', '-D_FILE_OFFSET_BITS=64'];
  const hardening = ['-fstack-protector-strong', '-D_FORTIFY_SOURCE=2', '-fPIE', '-pie', '-Wl,-z,relro,-z,now'];
  const compile = promisify(execFile);
  // Process 1 of containers started with --init: static, since an image need not have a C library.
  const init = [...flags, '-static', '-s', '-o', join(dist, 'coracle-init'), join(folder, 'init/init.c')];
  await Promise.all([
    compile('cc', [...flags, ...hardening, '-o', join(dist, 'coracle-helper'), ...sources, '-ldl', '-pthread']),
    compile('cc', init),
  ]);
}

/** Programs and image of the lightweight mode, by our own Node: the host's may be older than what they are packed with. */
async function buildGuests() {
  const node = join(root, 'node_modules/.bin/node');
  const { stderr } = await promisify(execFile)(node, [join(root, '.ci/guests.mjs'), dist]);
  process.stderr.write(stderr);
}

const cli = program('coracle', 'runtime/src/cli/app.ts', {
  usual: ['run', '--rm', 'image', 'true'],
  // Linter and formatter, which are the editor's, what builds, and what copies.
  apart: [
    './commands/lint.ts',
    './commands/fmt.ts',
    './commands/build.ts',
    './commands/builds.ts',
    './commands/copy.ts',
    './commands/sign.ts',
    './commands/verify.ts',
    '/trust/gate.ts',
  ],
});
const daemon = program('coracle-daemon', 'runtime/src/daemon/start.ts', {
  apart: [
    '/native-kernel.ts',
    './portable-kernel.ts',
    './make-engine.ts',
    './make-buildkit.ts',
    './builds.ts',
    '/trust/gate.ts',
    '/rootless/enter.ts',
    './go-regexp.ts',
    './websocket.ts',
  ],
});
const registry = program('coracle-registry', 'runtime/src/daemon/registry/program.ts');
// Threads of the lightweight mode: each loads it anew, and stays for many programs.
const wasmThread = program('coracle-wasm-thread', 'runtime/src/host/node/wasm-thread.ts');

/** Makes what is imported on demand a file of its own, with a name that stays: `paths` says which by its end. */
function apart(paths) {
  return {
    name: 'apart',
    setup(build) {
      build.onResolve({ filter: /\.ts$/ }, ({ kind, path }) => {
        const end = Object.keys(paths).find((each) => kind === 'dynamic-import' && path.endsWith(each));
        return end === undefined ? undefined : { path: paths[end], external: true };
      });
    },
  };
}

// Editors start it on whatever Node they have. The entry turns the compile cache on and loads the rest, so that this is two files.
const languageServer = {
  absWorkingDir: root,
  entryPoints: {
    'coracle-language-server': 'language-server/src/server/node/main.ts',
    'coracle-language-server-app': 'language-server/src/server/node/app.ts',
  },
  outdir: join(root, 'language-server/dist'),
  outExtension: { '.js': '.mjs' },
  bundle: true,
  plugins: [apart({ './app.ts': './coracle-language-server-app.mjs' })],
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // For dependencies that are CommonJS and call require.
  banner: {
    js: "import { createRequire as coracleCreateRequire } from 'node:module';const require = coracleCreateRequire(import.meta.url);",
  },
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  legalComments: 'none',
  logLevel: 'warning',
};

// A worker loads one file.
const browserServer = {
  ...languageServer,
  entryPoints: { 'coracle-language-server-browser': 'language-server/src/server/browser.ts' },
  outExtension: {},
  plugins: [],
  platform: 'browser',
  format: 'iife',
  target: 'es2024',
  banner: {},
};

// Of one script each: a process of its own, and what the extension host of a browser loads.
const keeper = {
  ...languageServer,
  entryPoints: { keeper: 'extension/src/debug/keeper-program.ts' },
  outdir: join(root, 'extension/dist'),
  outExtension: { '.js': '.cjs' },
  plugins: [],
  format: 'cjs',
  banner: {},
};

const browserExtension = {
  ...keeper,
  entryPoints: { browser: 'extension/src/browser.ts' },
  external: ['vscode'],
  platform: 'browser',
  target: 'es2024',
  plugins: [posixPaths, withoutNode],
};

await mkdir(dist, { recursive: true });
if (process.argv.includes('--watch')) {
  const contexts = await Promise.all(
    [
      cli,
      daemon,
      registry,
      transpiler,
      webTranspiler,
      languageServer,
      browserServer,
      wasmThread,
      webEngine,
      webClient,
      extension,
      keeper,
      browserExtension,
    ].map((each) => esbuild.context({ ...each, logLevel: 'info' })),
  );
  await Promise.all([buildNative(), buildGuests()]);
  await Promise.all(contexts.map((each) => each.watch()));
} else {
  await Promise.all([
    esbuild.build(cli),
    esbuild.build(daemon),
    esbuild.build(registry),
    esbuild.build(transpiler),
    esbuild.build(webTranspiler),
    esbuild.build(languageServer),
    esbuild.build(browserServer),
    esbuild.build(wasmThread),
    esbuild.build(webEngine),
    esbuild.build(webClient),
    esbuild.build(extension),
    esbuild.build(keeper),
    esbuild.build(browserExtension),
    buildNative(),
    buildGuests(),
  ]);
}
