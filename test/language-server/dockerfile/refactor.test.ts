import assert from 'node:assert/strict';
import { CodeActionKind, type CodeAction, type TextDocumentEdit } from 'vscode-languageserver';
import { dockerfile } from '../../../language-server/src/dockerfile/language.ts';
import { noKnowledge, type ImageFacts } from '../../../language-server/src/knowledge/knowledge.ts';
import type { Context } from '../../../language-server/src/language/context.ts';
import { at, contextWith, type At } from './ask.ts';
import { withEdits } from './fixture.ts';

function rewritings({ view, offset }: At, context: Context = contextWith()): Map<string, string> {
  const asked = { diagnostics: [], only: [CodeActionKind.RefactorRewrite] };
  const actions: CodeAction[] =
    dockerfile.features.codeActions?.(view, { start: offset, end: offset }, asked, context) ?? [];
  return new Map(
    actions.map(({ title, edit }) => {
      const [change] = (edit?.documentChanges ?? []) as TextDocumentEdit[];
      return [title, withEdits(view, (change?.edits ?? []) as Parameters<typeof withEdits>[1])];
    }),
  );
}

const digest = `sha256:${'0'.repeat(64)}`;
const store = contextWith({
  knowledge: { ...noKnowledge, image: () => ({ kind: 'known', value: { digest } as ImageFacts }) },
});

describe('rewritings of Dockerfiles', () => {
  it('pin a tag to what it is in the store', () => {
    assert.equal(
      rewritings(at('FROM alp|ine:3 AS x'), store).get('Pin to the digest on this machine'),
      `FROM alpine:3@${digest} AS x`,
    );
    const old = `FROM alp|ine:3@sha256:${'1'.repeat(64)}`;
    assert.equal(rewritings(at(old), store).get('Update to the digest on this machine'), `FROM alpine:3@${digest}`);
    for (const text of [`FROM al|pine:3@${digest}`, 'FROM scr|atch', 'FROM a:$|V', 'RU|N x']) {
      assert.equal(rewritings(at(text), store).size, 0, text);
    }
    assert.equal(rewritings(at('FROM alp|ine:3')).size, 0);
  });

  it('write a chain of commands as a heredoc', () => {
    const chain = at('FROM a', 'RUN --network=none |a b && \\', '    c "d e" | f \\', '    && g', 'CMD x');
    assert.deepEqual(
      [...rewritings(chain).values()],
      [['FROM a', 'RUN --network=none <<EOF', 'set -e', 'a b', 'c "d e" | f', 'g', 'EOF', 'CMD x'].join('\n')],
    );
  });

  it('leave what would not mean the same', () => {
    for (const text of [
      '|a',
      '|a || b',
      '|a; b',
      '|a && ! b',
      '|["a", "b"]',
      '|<<E\nx\nE',
      '|a && \\\n# why\n b',
      '|a && (b',
    ]) {
      assert.equal(rewritings(at('FROM a', `RUN ${text}`)).size, 0, text);
    }
    assert.equal(rewritings(at('FROM a', 'SHELL ["powershell"]', 'RUN |a && b')).size, 0);
  });
});
