// Another editor at the other end: Neovim with its own LSP client, without any plugin.

import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../helpers/run.ts';
import { skip } from '../helpers/skip.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { ourServer } from './client.ts';

const neovim = '/usr/bin/nvim';

interface Seen {
  readonly failure?: string;
  readonly first: readonly { readonly code: string; readonly line: number; readonly severity: number }[];
  readonly hover: readonly { readonly contents: { readonly value: string } }[];
  readonly symbols: readonly (readonly {
    readonly name: string;
    readonly children?: readonly { readonly name: string }[];
  }[])[];
  readonly text: readonly string[];
  readonly mended: boolean;
}

describe('language server: Neovim', () => {
  it('shows problems, hovers and symbols, renames, and follows edits', async function () {
    if (!existsSync(neovim)) return skip(this, 'Neovim is not installed');
    await using folder = await makeTempFolder();
    const file = join(folder.path, 'Dockerfile');
    writeFileSync(file, 'FROM golang AS build\nRUM go build\nFROM scratch\nCOPY --from=build /go /go\n');
    const { stdout, stderr } = await run(
      neovim,
      ['--headless', '-u', 'NONE', '-i', 'NONE', '-n', '-c', `luafile ${join(import.meta.dirname, 'neovim.lua')}`],
      {
        cwd: folder.path,
        env: { HOME: folder.path, CORACLE_TEST_FILE: file, CORACLE_TEST_SERVER: ourServer[0] ?? '' },
      },
    );
    const line = `${stdout}\n${stderr}`.split('\n').find((each) => each.startsWith('{'));
    assert.ok(line, `${stdout}${stderr}`);
    const seen = JSON.parse(line) as Seen;
    assert.equal(seen.failure, undefined);
    const codes = seen.first.map(({ code, line: at }) => `${code} ${at}`);
    assert.ok(codes.includes('unknown-instruction 1'), codes.join(', '));
    assert.match(seen.hover[0]?.contents.value ?? JSON.stringify(seen), /\w/);
    assert.deepEqual(
      seen.symbols[0]?.map(({ name }) => name),
      ['build', 'FROM scratch'],
    );
    assert.deepEqual(seen.text, [
      'FROM golang AS compile',
      'RUM go build',
      'FROM scratch',
      'COPY --from=compile /go /go',
    ]);
    assert.equal(seen.mended, true);
  });
});
