// `npm run package`: one .vsix for this platform with the extension, the language server, the engine, its helper binaries and the
// Node they run on.
// What goes in is copied into a folder in extension/dist first, so that the archive holds that and nothing else. Several may run at once.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
} from 'node:fs';
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const stage = mkdtempSync(join(root, 'extension/dist/package-'));
const runtime = join(root, 'runtime/dist');
const server = join(root, 'language-server/dist');
const manifest = JSON.parse(readFileSync(join(root, 'extension/package.json'), 'utf8'));
const target = `${process.platform}-${process.arch}`;
const vsix = join(root, 'extension', `coracle-${target}-${manifest.version}.vsix`);

/** @param {string} from @param {string} to @param {number} [mode] */
function put(from, to, mode) {
  const path = join(stage, to);
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(from, path);
  if (mode !== undefined) chmodSync(path, mode);
}

// What npm needs to know is nothing to who installs the extension; `type` would make its CommonJS bundle an ES module.
const forNpm = ['devDependencies', 'private', 'type', 'scripts'];
const published = Object.fromEntries(Object.entries(manifest).filter(([name]) => !forNpm.includes(name)));
writeFileSync(join(stage, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
for (const name of readdirSync(join(root, 'extension')).filter((file) => /^package\.nls.*\.json$/.test(file))) {
  put(join(root, 'extension', name), name);
}
for (const folder of ['l10n', 'media'].filter((name) => existsSync(join(root, 'extension', name)))) {
  cpSync(join(root, 'extension', folder), join(stage, folder), { recursive: true });
}
put(join(root, 'extension/README.md'), 'README.md');
for (const name of ['LICENSE', 'CHANGELOG.md']) put(join(root, name), name);
const parts = readdirSync(join(root, 'extension/dist/parts')).filter((name) => name.endsWith('.cjs'));
for (const name of ['extension.cjs', 'keeper.cjs', 'browser.cjs', ...parts.map((part) => `parts/${part}`)])
  put(join(root, 'extension/dist', name), `dist/${name}`);
for (const name of ['.mjs', '-app.mjs', '-browser.js'].map((end) => `coracle-language-server${end}`))
  put(join(server, name), `server/${name}`);
const rules = join(root, 'docs/rules');
if (existsSync(rules)) cpSync(rules, join(stage, 'rules'), { recursive: true });
for (const name of readdirSync(runtime).filter((file) => /\.(mjs|cjs|js|cache|tar|wasm)$/.test(file)))
  put(join(runtime, name), `engine/${name}`);
for (const name of ['coracle-helper', 'coracle-init']) put(join(runtime, name), `engine/${name}`, 0o755);
put(join(root, 'runtime/bin/coracle'), 'engine/coracle', 0o755);
put(realpathSync(join(root, 'node_modules/.bin/node')), 'engine/bin/node', 0o755);

const vsce = join(root, 'node_modules/@vscode/vsce/vsce');
const flags = ['--target', target, '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
try {
  execFileSync(process.execPath, [vsce, 'package', ...flags, '--out', `${stage}.vsix`], {
    cwd: stage,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
} catch (error) {
  process.stderr.write(`${error.stdout ?? ''}${error.stderr ?? error.message}\n`);
  process.stderr.write('package: vsce could not make the .vsix\n');
  rmSync(stage, { recursive: true, force: true });
  process.exit(1);
}
renameSync(`${stage}.vsix`, vsix);
rmSync(stage, { recursive: true, force: true });
console.log(`${vsix.slice(root.length + 1)}: ${(statSync(vsix).size / 2 ** 20).toFixed(1)} MiB`);
