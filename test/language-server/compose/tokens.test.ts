// Colours of Compose files: by hand, over the samples with every prefix of them, and over the wire.

import assert from 'node:assert/strict';
import type { InitializeResult, SemanticTokens } from 'vscode-languageserver';
import { compose } from '../../../language-server/src/compose/language.ts';
import type { Token } from '../../../language-server/src/language/tokens.ts';
import { LanguageClient } from '../client.ts';
import { longFile, samples } from './samples.ts';
import { plainDocument, root } from './workspace.ts';

const uri = `${root}/compose.yaml`;

const text = `x-base: &base
  restart: always
services:
  web:
    <<: *base
    image: "ghcr.io/\${OWNER:-me}/web:\${TAG}"
    environment:
      - MODE=dev
    build: { context: ., target: prod }
    depends_on: [db]
    volumes: ["data:/data", ./src:/src]
    profiles: [debug]
    init: true
    scale: 2
  db: { image: postgres }
volumes:
  data:
`;

function tokensOf(source: string, span?: { start: number; end: number }): readonly Token[] {
  return [...(compose.features.tokens?.(compose.open(plainDocument(source)), span) ?? [])];
}

function painted(source: string): readonly string[] {
  return tokensOf(source).map(({ start, end, type, modifiers = [] }) => {
    return `${source.slice(start, end)} ${[type, ...modifiers].join('.')}`;
  });
}

describe('colours of Compose files', () => {
  it('tell keys, names, images, variables and anchors apart', () => {
    assert.deepEqual(painted(text), [
      'x-base property',
      'base label.declaration',
      'restart property',
      'always enumMember',
      'services property',
      'web namespace.declaration',
      '<< keyword',
      'base label',
      'image property',
      'ghcr.io/ class',
      'OWNER variable',
      ':- operator',
      '/web: class',
      'TAG variable',
      'environment property',
      'MODE property',
      'build property',
      'context property',
      'target property',
      'prod namespace',
      'depends_on property',
      'db namespace',
      'volumes property',
      'data namespace',
      'profiles property',
      'debug enumMember',
      'init property',
      'true keyword',
      'scale property',
      '2 number',
      'db namespace.declaration',
      'image property',
      'postgres class',
      'volumes property',
      'data namespace.declaration',
    ]);
  });

  it('are in order and apart in every half-typed file', () => {
    for (const sample of [text, ...samples]) {
      for (let length = 0; length <= sample.length; length += 7) {
        let last = 0;
        for (const { start, end } of tokensOf(sample.slice(0, length))) {
          assert.ok(start >= last && end > start && end <= length, `${start}-${end} of ${sample.slice(0, length)}`);
          last = end;
        }
      }
    }
  });

  it('of a part are those that the whole has there', () => {
    const span = { start: text.indexOf('image:'), end: text.indexOf('environment:') };
    const there = tokensOf(text).filter(({ start, end }) => start <= span.end && end >= span.start);
    assert.ok(there.length > 5);
    assert.deepEqual(tokensOf(text, span), there);
  });

  it('reach to the end of a long file', () => {
    const long = longFile(100);
    assert.ok((tokensOf(long).at(-1)?.end ?? 0) > long.length - 20);
  });

  it('come over the wire, in the legend that the server told', async () => {
    const client = new LanguageClient();
    await using ends = new AsyncDisposableStack();
    ends.defer(async () => void (await client.stop()));
    const { capabilities } = await client.initialize();
    client.open(uri, text, 'dockercompose');
    const { data } = await client.request<SemanticTokens>('textDocument/semanticTokens/full', {
      textDocument: { uri },
    });
    assert.deepEqual(decode(data, capabilities).slice(0, 7), [
      'x-base property',
      'base label',
      'restart property',
      'always enumMember',
      'services property',
      'web namespace',
      '<< keyword',
    ]);
  });
});

/** LSP's five numbers a token back to text and type. */
function decode(data: readonly number[], { semanticTokensProvider }: InitializeResult['capabilities']): string[] {
  const lines = text.split('\n');
  const found: string[] = [];
  let line = 0;
  let character = 0;
  for (let at = 0; at < data.length; at += 5) {
    const [down = 0, right = 0, length = 0, type = 0] = data.slice(at, at + 5);
    line += down;
    character = down === 0 ? character + right : right;
    const name = semanticTokensProvider?.legend.tokenTypes[type];
    found.push(`${lines[line]?.slice(character, character + length)} ${name}`);
  }
  return found;
}
