// Which files of the extension may know VS Code, and which rooms of the engine they may stand on.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = join(import.meta.dirname, '../..');
const source = join(root, 'extension/src');

/** Rooms of the runtime: the words, and the engine by its wire. */
const rooms = ['spec', 'text', 'client', 'copy', 'connect'];

/** What is tried without VS Code. */
const pure = ['commands/', 'forms/', 'logs/', 'terminals/', 'l10n.ts', 'ui/ui.ts', 'ui/plain.ts'];
const thin = ['commands/register.ts'];

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, imports: importsOf(readFileSync(join(source, name), 'utf8')) }));

function importsOf(code: string): string[] {
  const found = code.matchAll(/^\s*(?:import|export)\b[^;]*?from\s+'([^']+)'|\bimport\('([^']+)'\)/gms);
  return [...found].map((match) => match[1] ?? match[2] ?? '');
}

describe('extension: rooms', () => {
  it('keeps VS Code out of verbs, forms, logs and terminals', () => {
    const wrong = files.filter(
      ({ name, imports }) =>
        pure.some((start) => name.startsWith(start)) && !thin.includes(name) && imports.includes('vscode'),
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
        .filter((path) => !rooms.some((room) => path.startsWith(`runtime/src/${room}/`)))
        .map((path) => `${name} -> ${path}`),
    );
    assert.deepEqual(wrong, []);
  });
});
