// Which files of the extension may know VS Code, and which rooms of the engine they may stand on.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = join(import.meta.dirname, '../..');
const source = join(root, 'extension/src');

/** The words, the engine by its wire, and what is agreed on with the language server. */
const rooms = [
  ...['spec', 'text', 'client', 'copy', 'connect'].map((room) => `runtime/src/${room}/`),
  // What is no engine's alone.
  'runtime/src/host/sleep.ts',
  // Registries are looked into by the engine's own client, without an engine.
  'runtime/src/registry/',
  ...['host.ts', 'node/clock.ts', 'node/codec.ts', 'node/files.ts', 'node/http.ts'].map(
    (name) => `runtime/src/host/${name}`,
  ),
  // The engine of a browser, by messages.
  'runtime/src/web/client.ts',
  'language-server/src/language/protocol.ts',
];

/** Who may know VS Code: these files, and these rooms but for what is tried without it. */
const thin = [
  'app.ts',
  'machine-app.ts',
  'browser.ts',
  'builds/diagnostics.ts',
  'extension.ts',
  'commands/handlers.ts',
  'commands/register.ts',
  'debug/commands.ts',
  'debug/provider.ts',
  'debug/register.ts',
  'debug/sessions.ts',
  'registries/register.ts',
  'scaffold/command.ts',
  'scaffold/proposals.ts',
  'tasks/provider.ts',
];
const thinRooms = ['ui/', 'views/', 'files/', 'language/', 'web/'];
const pure = [
  'ui/ui.ts',
  'ui/plain.ts',
  'views/rows.ts',
  'views/file-rows.ts',
  'views/registry-rows.ts',
  'views/registry-tree.ts',
  'views/state-text.ts',
  'files/borrowed.ts',
  'files/drop.ts',
  'files/uri.ts',
  'files/file-system.ts',
  'files/local.ts',
  'files/machine.ts',
  'language/neighbours.ts',
  'web/engines.ts',
  'web/heart.ts',
  'web/path.ts',
  'web/session.ts',
  'web/transport.ts',
  'web/worker-engine.ts',
];

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, imports: importsOf(readFileSync(join(source, name), 'utf8')) }));

function importsOf(code: string): string[] {
  const found = code.matchAll(/^\s*(?:import|export)\b[^;]*?from\s+'([^']+)'|\bimport\('([^']+)'\)/gms);
  return [...found].map((match) => match[1] ?? match[2] ?? '');
}

describe('extension: rooms', () => {
  it('lets few files know VS Code', () => {
    const mayKnow = (name: string) =>
      thin.includes(name) || (thinRooms.some((room) => name.startsWith(room)) && !pure.includes(name));
    const wrong = files.filter(({ name, imports }) => imports.includes('vscode') && !mayKnow(name));
    assert.deepEqual(
      pure.filter((name) => !files.some((file) => file.name === name)),
      [],
      'all of them are there',
    );
    assert.deepEqual(
      wrong.map(({ name }) => name),
      [],
    );
  });

  it('stands on the engine by its wire only', () => {
    const wrong = files.flatMap(({ name, imports }) =>
      imports
        .filter((path) => path.startsWith('.'))
        .map((path) => relative(root, resolve(dirname(join(source, name)), path)))
        .filter((path) => !path.startsWith('extension/src/'))
        .filter((path) => !rooms.some((room) => path.startsWith(room)))
        .map((path) => `${name} -> ${path}`),
    );
    assert.deepEqual(wrong, []);
  });

  it('loads little at activation: the rest comes with what is used', () => {
    const near = closure(join(source, 'extension.ts'));
    const rooms = [...near].filter((path) => path.startsWith('/')).map((path) => relative(root, path));
    assert.ok(rooms.includes('extension/src/views/rows.ts'), 'what is imported is followed');
    const late = [
      ...[
        'commands/all.ts',
        'debug/sessions.ts',
        'builds/run.ts',
        'registries/look.ts',
        'registries/registries.ts',
        'registries/machine-log-ins.ts',
        'tasks/program.ts',
        'scaffold/add-files.ts',
      ].map((name) => `extension/src/${name}`),
      ...['copy/', 'registry/', 'host/node/', 'spec/tar/', 'spec/dockerfile/'].map((room) => `runtime/src/${room}`),
    ];
    assert.deepEqual(
      rooms.filter((path) => late.some((start) => path.startsWith(start))),
      [],
    );
    const costly = ['node:child_process', 'node:crypto', 'node:http', 'node:https', 'node:net'];
    assert.deepEqual(
      costly.filter((name) => near.has(name)),
      [],
    );
  });
});

/** What a file imports and what that imports: absolute paths, and names of packages. Without types and what is imported on demand. */
function closure(path: string, known = new Set<string>()): ReadonlySet<string> {
  if (known.has(path)) return known;
  known.add(path);
  if (!path.startsWith('/')) return known;
  const imports = readFileSync(path, 'utf8').matchAll(/^(?:import|export) (?!type\b)(?:[^;'"]*? from )?'([^']+)';/gm);
  for (const [, name = ''] of imports) closure(name.startsWith('.') ? resolve(dirname(path), name) : name, known);
  return known;
}
