// The server's own words: every one in both languages, and in the client's over the wire.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeAction, CodeLens } from 'vscode-languageserver';
import { chinese } from '../../../language-server/src/language/chinese.ts';
import { sayIn } from '../../../language-server/src/language/words.ts';
import { root } from '../../helpers/paths.ts';
import { startClient } from '../client.ts';

const uri = 'file:///w/Dockerfile';

/** The texts that the sources say. */
function said(): ReadonlySet<string> {
  const folder = join(root, 'language-server/src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return new Set(
    files.flatMap((name) => {
      const found = readFileSync(join(folder, name), 'utf8').matchAll(/\bsay\(\s*'([^']+)'/g);
      return [...found].map(([, text = '']) => text);
    }),
  );
}

describe('language server: its own words', () => {
  it('are in Chinese, each of them, and none that nobody says', () => {
    const texts = said();
    assert.ok(texts.size > 15);
    assert.deepEqual([...chinese.keys()].toSorted(), [...texts].toSorted());
  });

  it('have the same places for values in both languages', () => {
    const places = (text: string) => (text.match(/\{\d\}/g) ?? []).toSorted();
    for (const [english, translated] of chinese) assert.deepEqual(places(translated), places(english), english);
  });

  it('go by the locale, and stay English where there is no other', () => {
    assert.equal(sayIn('zh-cn')('stage {0}', 1), '阶段 1');
    assert.equal(sayIn('zh-Hans-CN')('Run'), '运行');
    for (const locale of [undefined, '', 'en', 'de', 'zh-tw', 'zh-Hant']) assert.equal(sayIn(locale)('Run'), 'Run');
    assert.equal(sayIn('zh-cn')('{0} and {1}', '{1}'), '{1} and {1}');
  });

  it('are the client’s over the wire', async () => {
    await using client = await startClient({ locale: 'zh-cn' });
    client.open(uri, 'FROM alpine:3.20 AS one\nRUN apt-get install -y a\nFROM one\n');
    const textDocument = { uri };
    const lenses = await client.request<CodeLens[]>('textDocument/codeLens', { textDocument });
    assert.deepEqual(
      lenses.map(({ command }) => command?.title),
      ['被 最后一个阶段 使用', '最终构建的镜像'],
    );
    const diagnostics = await client.problems(uri, 1);
    const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
      textDocument,
      range: { start: { line: 1, character: 0 }, end: { line: 1, character: 20 } },
      context: { diagnostics },
    });
    assert.ok(
      actions.some(({ title }) => title === '在此处忽略 DL3015'),
      actions.map(({ title }) => title).join(),
    );
  });
});
