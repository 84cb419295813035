// Bundles the engine and builds the native helper into runtime/dist, bundles the language server into language-server/dist and the
// extension into extension/dist. With --watch the bundles follow the sources.

import { execFile } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import * as esbuild from 'esbuild';
import { program } from './programs.mjs';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'runtime/dist');
const serverDist = join(root, 'language-server/dist');

async function buildNative() {
  const folder = join(root, 'runtime/native');
  const sources = (await readdir(folder)).filter((name) => name.endsWith('.c')).map((name) => join(folder, name));
  const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE', '-D_FILE_OFFSET_BITS=64'];
  const hardening = ['-fstack-protector-strong', '-D_FORTIFY_SOURCE=2', '-fPIE', '-pie', '-Wl,-z,relro,-z,now'];
  const compile = promisify(execFile);
  // Process 1 of containers started with --init: static, since an image need not have a C library.
  const init = [...flags, '-static', '-s', '-o', join(dist, 'coracle-init'), join(folder, 'init/init.c')];
  await Promise.all([
    compile('cc', [...flags, ...hardening, '-o', join(dist, 'coracle-helper'), ...sources, '-ldl']),
    compile('cc', init),
  ]);
}

const cli = program('coracle', 'runtime/src/cli/app.ts', ['run', '--rm', 'image', 'true']);
const daemon = program('coracle-daemon', 'runtime/src/daemon/start.ts');

// Editors start it on whatever Node they have.
const languageServer = {
  absWorkingDir: root,
  entryPoints: { 'coracle-language-server': 'language-server/src/server/node/main.ts' },
  outdir: serverDist,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  chunkNames: 'coracle-language-server-[hash]',
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
  metafile: true,
};

// A worker loads one file.
const browserServer = {
  ...languageServer,
  entryPoints: { 'coracle-language-server-browser': 'language-server/src/server/browser.ts' },
  outExtension: {},
  splitting: false,
  platform: 'browser',
  format: 'iife',
  target: 'es2024',
  banner: {},
};

// The language client is a file of its own, which the extension loads when a document needs it.
const languageClient = 'extension/src/language/node-client.ts';
const apart = {
  name: 'apart',
  setup(build) {
    build.onResolve({ filter: /\/language\/node-client\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './language.cjs', external: true } : undefined,
    );
  },
};

// The extension host loads CommonJS, whatever Node VS Code brings.
const extension = {
  absWorkingDir: root,
  entryPoints: { extension: 'extension/src/extension.ts', language: languageClient },
  outdir: join(root, 'extension/dist'),
  outExtension: { '.js': '.cjs' },
  bundle: true,
  external: ['vscode'],
  plugins: [apart],
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  legalComments: 'none',
  logLevel: 'warning',
};

const browserExtension = {
  ...extension,
  entryPoints: { browser: 'extension/src/browser.ts' },
  platform: 'browser',
  target: 'es2024',
  plugins: [],
};

/** Chunks of earlier builds go last, so that a program that starts meanwhile finds the ones it was built with. */
async function removeOld(built) {
  const present = built.flatMap(({ metafile }) => Object.keys(metafile.outputs).map((path) => basename(path)));
  const old = (await readdir(serverDist)).filter((name) => /\.mjs(\.map)?$/.test(name) && !present.includes(name));
  await Promise.all(old.map((name) => rm(join(serverDist, name), { force: true })));
}

await mkdir(dist, { recursive: true });
if (process.argv.includes('--watch')) {
  const contexts = await Promise.all(
    [cli, daemon, languageServer, browserServer, extension, browserExtension].map((each) =>
      esbuild.context({ ...each, logLevel: 'info' }),
    ),
  );
  await buildNative();
  await Promise.all(contexts.map((each) => each.watch()));
} else {
  const [servers] = await Promise.all([
    Promise.all([esbuild.build(languageServer), esbuild.build(browserServer)]),
    esbuild.build(cli),
    esbuild.build(daemon),
    esbuild.build(extension),
    esbuild.build(browserExtension),
    buildNative(),
  ]);
  await removeOld(servers);
}
