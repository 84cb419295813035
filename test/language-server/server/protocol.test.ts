// What a client and a server process say to each other about documents.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  CompletionList,
  Diagnostic,
  DocumentDiagnosticReport,
  DocumentSymbol,
  Hover,
  PublishDiagnosticsParams,
  SemanticTokens,
  SemanticTokensDelta,
  SymbolInformation,
} from 'vscode-languageserver';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { until } from '../../helpers/poll.ts';
import { skip } from '../../helpers/skip.ts';
import { editor, type LanguageClient, RequestError, startClient } from '../client.ts';

const uri = 'file:///w/Dockerfile';
const at = (line: number, character: number) => ({ textDocument: { uri }, position: { line, character } });
const codes = (diagnostics: readonly Diagnostic[]) => diagnostics.map(({ code }) => code);

function published(client: LanguageClient): PublishDiagnosticsParams[] {
  return client.heard
    .filter(({ method }) => method === 'textDocument/publishDiagnostics')
    .map(({ params }) => params as PublishDiagnosticsParams);
}

/** The text that a client has after a delta of tokens. */
function patched(data: readonly number[], { edits }: SemanticTokensDelta): number[] {
  const next = [...data];
  for (const { start, deleteCount, data: added = [] } of edits.toReversed()) next.splice(start, deleteCount, ...added);
  return next;
}

describe('language server: documents over the wire', () => {
  it('have their problems pushed with their version, and taken back when they are closed', async () => {
    await using client = await startClient();
    client.open(uri, 'FROM alpine:3\nRUM x\n');
    const [problem] = await client.problems(uri, 1);
    assert.equal(problem?.code, 'unknown-instruction');
    assert.deepEqual(problem?.range, { start: { line: 1, character: 0 }, end: { line: 1, character: 3 } });
    client.change(uri, 2, [{ range: { start: { line: 1, character: 2 }, end: { line: 1, character: 3 } }, text: 'N' }]);
    assert.deepEqual(codes(await client.problems(uri, 2)), []);
    client.notify('textDocument/didClose', { textDocument: { uri } });
    await client.request('shutdown', null);
    assert.deepEqual(published(client).at(-1), { uri, diagnostics: [] });
  });

  it('that change fast are looked at when the last change is there', async () => {
    await using client = await startClient();
    client.open(uri, 'FROM alpine:3\n');
    await client.problems(uri, 1);
    const before = published(client).length;
    for (let version = 2; version <= 60; version++) {
      client.change(uri, version, [
        { range: { start: { line: 1, character: 0 }, end: { line: 1, character: 0 } }, text: 'x' },
      ]);
    }
    const [problem] = await client.problems(uri, 60);
    assert.equal(problem?.range.end.character, 59);
    const count = published(client).length - before;
    assert.ok(count < 30, `59 edits in one go were looked at ${count} times`);
  });

  it('are told by their name where the language says nothing, and left alone where both do not', async () => {
    await using client = await startClient();
    for (const [name, languageId, isOurs] of [
      ['Containerfile', 'plaintext', true],
      ['Dockerfile.dev', '', true],
      ['api%2Edockerfile', 'plaintext', true],
      ['notes.txt', 'plaintext', false],
      ['x', 'dockerfile', true],
    ] as const) {
      const each = `file:///w/${name}`;
      client.open(each, 'FROM a AS b\n', languageId);
      const symbols = await client.request<unknown[] | null>('textDocument/documentSymbol', {
        textDocument: { uri: each },
      });
      assert.equal(symbols !== null, isOurs, name);
    }
  });

  it('have positions in bytes where the client asks for UTF-8', async () => {
    await using client = await startClient({
      capabilities: { ...editor, general: { positionEncodings: ['utf-8', 'utf-16'] } },
    });
    client.open(uri, 'FROM alpine:3\nLABEL a="漢𝄞" b c\n');
    const [problem] = await client.problems(uri, 1);
    const bytes = Buffer.from('LABEL a="漢𝄞" ').length;
    assert.equal(problem?.range.start.line, 1);
    assert.ok((problem?.range.start.character ?? 0) >= bytes, JSON.stringify(problem));
  });

  it('answer a client that asks for problems, and then push none', async () => {
    await using client = await startClient({
      capabilities: { ...editor, textDocument: { ...editor.textDocument, diagnostic: {} } },
    });
    client.open(uri, 'FRM x\n');
    const ask = (previousResultId?: string) =>
      client.request<DocumentDiagnosticReport>('textDocument/diagnostic', { textDocument: { uri }, previousResultId });
    const first = await ask();
    assert.ok(first.kind === 'full' && first.items.length > 0);
    // Files beside it are still looked for at first.
    const last = await until('nothing changes any more', async () => {
      const { resultId } = await ask();
      const answer = await ask(resultId);
      return answer.kind === 'unchanged' && answer.resultId === resultId ? answer : undefined;
    });
    client.change(uri, 2, [{ text: 'FROM alpine:3\n' }]);
    const second = await ask(last.resultId);
    assert.ok(second.kind === 'full' && second.items.length === 0);
    assert.deepEqual(published(client), []);
  });

  it('are looked at again with other settings', async () => {
    await using client = await startClient({ settings: { severities: { DL3006: 'error' } } });
    client.open(uri, 'FROM alpine\n');
    await until('the setting counts', () =>
      Promise.resolve(
        published(client)
          .at(-1)
          ?.diagnostics.some(({ code, severity }) => code === 'DL3006' && severity === 1),
      ),
    );
  });

  it('are looked at again with settings that are pushed', async () => {
    const { configuration: _, ...workspace } = editor.workspace ?? {};
    await using client = await startClient({ capabilities: { ...editor, workspace } });
    client.open(uri, 'FROM alpine\n');
    assert.deepEqual(codes(await client.problems(uri, 1)), ['DL3006']);
    client.notify('workspace/didChangeConfiguration', { settings: { coracle: { language: { diagnostics: false } } } });
    await until('nothing is reported', () => Promise.resolve(published(client).at(-1)?.diagnostics.length === 0));
  });
});

describe('language server: trust', () => {
  const text = 'FROM alpine:3\nRUN rm $(ls)\n';
  const hasShellCheck = (client: LanguageClient) =>
    until('ShellCheck has answered', () =>
      Promise.resolve(
        published(client)
          .at(-1)
          ?.diagnostics.some(({ code }) => String(code).startsWith('SC')),
      ),
    );

  it('is what a program needs to be run, from the beginning or later', async function () {
    if (!existsSync('/usr/bin/shellcheck')) return skip(this, 'ShellCheck is not installed');
    await using trusting = await startClient({ initializationOptions: { trusted: true } });
    trusting.open(uri, text);
    await hasShellCheck(trusting);

    await using client = await startClient();
    client.open(uri, text);
    await client.problems(uri, 1);
    assert.deepEqual(childrenOf(client.process.pid), []);
    await sleep(600);
    assert.deepEqual(
      codes(published(client).at(-1)?.diagnostics ?? []).filter((code) => String(code).startsWith('SC')),
      [],
    );
    client.notify('coracle/didGrantTrust', {});
    await hasShellCheck(client);
  });
});

/** Processes that a process has started. */
function childrenOf(pid = 0): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

describe('language server: features over the wire', () => {
  it('give tokens whole, as a difference, and of a part', async () => {
    await using client = await startClient();
    client.open(uri, 'FROM alpine:3\nRUN echo "$HOME" \\\n  # why\n  && ls -l\nCOPY <<EOF /x\nhi\nthere\nEOF\n');
    const whole = await client.request<SemanticTokens>('textDocument/semanticTokens/full', { textDocument: { uri } });
    client.change(uri, 2, [
      { range: { start: { line: 1, character: 4 }, end: { line: 1, character: 4 } }, text: 'x; ' },
    ]);
    const delta = await client.request<SemanticTokensDelta>('textDocument/semanticTokens/full/delta', {
      textDocument: { uri },
      previousResultId: whole.resultId,
    });
    const now = await client.request<SemanticTokens>('textDocument/semanticTokens/full', { textDocument: { uri } });
    assert.deepEqual(patched(whole.data, delta), now.data);
    assert.ok(delta.edits[0]?.data && delta.edits[0].data.length < now.data.length / 2);
    const part = await client.request<SemanticTokens>('textDocument/semanticTokens/range', {
      textDocument: { uri },
      range: { start: { line: 4, character: 0 }, end: { line: 5, character: 0 } },
    });
    assert.equal(part.data[0], 4);
    assert.ok(part.data.length > 0 && part.data.length < now.data.length);
    assert.deepEqual(
      await client
        .request('textDocument/semanticTokens/full/delta', { textDocument: { uri }, previousResultId: 'old' })
        .then((answer) => (answer as SemanticTokens).data),
      now.data,
    );
  });

  it('give symbols as a tree, or as a list to who knows no trees', async () => {
    const text =
      'ARG V=1\nFROM golang:$V AS build\nRUN apt-get update && apt-get install -y git\nCOPY --from=x /a /b\n';
    await using client = await startClient();
    client.open(uri, text);
    const tree = await client.request<DocumentSymbol[]>('textDocument/documentSymbol', { textDocument: { uri } });
    assert.deepEqual(
      tree.map(({ name, detail, children }) => [name, detail, children?.map((child) => child.name)]),
      [
        ['ARG V', undefined, undefined],
        ['build', 'FROM golang:$V', ['RUN apt-get update …', 'COPY --from=x /a /b']],
      ],
    );
    await using old = await startClient({ capabilities: {} });
    old.open(uri, text);
    const list = await old.request<SymbolInformation[]>('textDocument/documentSymbol', { textDocument: { uri } });
    assert.deepEqual(
      list.map(({ name, containerName }) => [name, containerName]),
      [
        ['ARG V', undefined],
        ['build', undefined],
        ['RUN apt-get update …', 'build'],
        ['COPY --from=x /a /b', 'build'],
      ],
    );
  });

  it('find symbols in files that are not open', async () => {
    await using folder = await makeTempFolder();
    mkdirSync(join(folder.path, 'svc/node_modules'), { recursive: true });
    writeFileSync(join(folder.path, 'svc/Dockerfile'), 'FROM a AS packager\n');
    writeFileSync(join(folder.path, 'svc/node_modules/Dockerfile'), 'FROM a AS packager2\n');
    await using client = await startClient({ folder: folder.path });
    client.open(uri, 'FROM b AS pack\n');
    const found = await client.request<SymbolInformation[]>('workspace/symbol', { query: 'pack' });
    assert.deepEqual(found.map(({ name }) => name).toSorted(), ['pack', 'packager']);
  });

  it('refuse with the reason, and answer with nothing where there is nothing', async () => {
    await using client = await startClient();
    client.open(uri, 'FROM alpine:3\nARG TARGETARCH\nRUN x\n');
    await assert.rejects(client.request('textDocument/prepareRename', at(1, 6)), (error) => {
      assert.ok(error instanceof RequestError);
      assert.match(error.message, /given from outside/);
      return true;
    });
    assert.equal(await client.request('textDocument/prepareRename', at(2, 5)), null);
    const other = { textDocument: { uri: 'file:///nowhere' }, position: { line: 0, character: 0 } };
    assert.equal(await client.request('textDocument/hover', other), null);
    assert.ok((await client.request<Hover>('textDocument/hover', at(0, 1))).contents);
  });

  it('complete only what can be replaced on one line', async () => {
    await using client = await startClient();
    client.open(uri, 'FROM alpine AS base\nFROM ba\\\nse\n');
    const labels = async (line: number, character: number) => {
      const { items } = await client.request<CompletionList>('textDocument/completion', at(line, character));
      return items.map(({ label }) => label);
    };
    assert.ok((await labels(1, 7)).includes('base'));
    assert.deepEqual(await labels(2, 0), []);
  });

  it('go on when a document is half typed, huge or full of NUL', async () => {
    await using client = await startClient();
    const texts = [
      'FROM alpine:3\nRUN --mount=type=',
      'RUN <<EOF\necho',
      `RUN ${'x'.repeat(1_000_000)}\n`,
      'FROM \0\n\0\0RUN \0 "\n',
      '\uFEFFFROM a\r\nRUN b \\\r\n\r\n c\r',
      'CMD ["a", "',
    ];
    for (const [index, text] of texts.entries()) {
      const each = `file:///w/${index}/Dockerfile`;
      client.open(each, text);
      await client.problems(each, 1);
      for (const method of ['documentSymbol', 'foldingRange', 'documentLink', 'semanticTokens/full']) {
        await client.request(`textDocument/${method}`, { textDocument: { uri: each } });
      }
      const position = { line: text.split('\n').length - 1, character: 1e9 };
      for (const method of ['completion', 'hover', 'signatureHelp', 'documentHighlight', 'definition']) {
        await client.request(`textDocument/${method}`, { textDocument: { uri: each }, position });
      }
      await client.request('textDocument/selectionRange', { textDocument: { uri: each }, positions: [position] });
    }
    assert.deepEqual(
      client.heard.filter(({ method }) => method === 'window/logMessage'),
      [],
    );
  });
});
