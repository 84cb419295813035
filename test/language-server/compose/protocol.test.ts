// Compose and Bake files over the wire, in a workspace on the disk: what other files say comes after they were read.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompletionItem, Diagnostic, Hover, PublishDiagnosticsParams, TextEdit } from 'vscode-languageserver';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { type LanguageClient, startClient } from '../client.ts';

/** Problems of a document once they are those that are expected. */
async function problems(
  client: LanguageClient,
  uri: string,
  expected: readonly string[],
): Promise<readonly Diagnostic[]> {
  const said = (list: readonly Diagnostic[]) => list.map(({ code }) => String(code)).toSorted();
  const { diagnostics } = await client.heardOf<PublishDiagnosticsParams>(
    'textDocument/publishDiagnostics',
    (params) => params.uri === uri && said(params.diagnostics).join() === expected.toSorted().join(),
  );
  return diagnostics;
}

describe('language server: Compose and Bake over the wire', () => {
  it('reads the files around and mends what is wrong', async () => {
    await using folder = await makeTempFolder();
    await mkdir(join(folder.path, 'web'));
    await writeFile(join(folder.path, '.env'), 'TAG=1.27\n');
    await writeFile(join(folder.path, 'web/Dockerfile'), 'ARG VERSION\nFROM alpine AS prod\n');
    const client = await startClient({ folder: folder.path, initializationOptions: { trusted: true } });
    const uri = `file://${folder.path}/compose.yaml`;
    const document = { uri };
    client.open(
      uri,
      'services:\n  web:\n    image: nginx:${TAG}\n    build:\n      context: web\n      target: prd\n    ports: "80"\n',
      'dockercompose',
    );
    await problems(client, uri, ['compose-undefined-stage', 'compose-type']);

    const position = { line: 2, character: 20 };
    const hover = await client.request<Hover>('textDocument/hover', { textDocument: document, position });
    assert.match(JSON.stringify(hover.contents), /1\.27/);
    const stages = await client.request<CompletionItem[]>('textDocument/completion', {
      textDocument: document,
      position: { line: 5, character: 17 },
    });
    assert.deepEqual(
      stages.map(({ label }) => label),
      ['prod'],
    );

    client.change(uri, 2, [
      { range: { start: { line: 5, character: 14 }, end: { line: 5, character: 17 } }, text: 'prod' },
      { range: { start: { line: 6, character: 11 }, end: { line: 6, character: 15 } }, text: '["80"]' },
    ]);
    await problems(client, uri, []);
    const edits = await client.request<TextEdit[]>('textDocument/formatting', {
      textDocument: document,
      options: { tabSize: 4, insertSpaces: true },
    });
    assert.equal(edits.length, 6);
    assert.equal(await client.stop(), 0);
  });

  it('reads Bake files in HCL and JSON', async () => {
    await using folder = await makeTempFolder();
    await writeFile(join(folder.path, 'Dockerfile'), 'FROM alpine AS prod\n');
    const client = await startClient({ folder: folder.path, initializationOptions: { trusted: true } });
    const hcl = `file://${folder.path}/docker-bake.hcl`;
    client.open(hcl, 'target "app" {\n  target = "prd"\n}\n', 'dockerbake');
    await problems(client, hcl, ['bake-undefined-stage']);
    const json = `file://${folder.path}/docker-bake.override.json`;
    client.open(json, '{"group": {"default": {"targets": ["app", "ap"]}}}', 'json');
    await problems(client, json, ['bake-undefined-target']);
    assert.equal(await client.stop(), 0);
  });
});
