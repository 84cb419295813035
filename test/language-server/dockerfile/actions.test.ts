// Problems and what can be done about them, from the rules to LSP.

import assert from 'node:assert/strict';
import { CodeActionKind, type CodeAction, DiagnosticSeverity } from 'vscode-languageserver';
import { codeActions } from '../../../language-server/src/dockerfile/actions.ts';
import { diagnostics } from '../../../language-server/src/dockerfile/diagnostics.ts';
import type { Context } from '../../../language-server/src/language/context.ts';
import { context, textOf, uri, viewOf, withEdits } from './fixture.ts';

const plain: Context = { ...context, client: { ...context.client, documentChanges: false } };

function actionsOf(text: string, only?: string): CodeAction[] {
  const view = viewOf(text);
  return codeActions(
    view,
    { start: 0, end: text.length },
    { diagnostics: diagnostics(view, plain), ...(only === undefined ? {} : { only: [only] }) },
    plain,
  );
}

function applied(text: string, title: RegExp, only?: string): string {
  const action = actionsOf(text, only).find((each) => title.test(each.title));
  assert.ok(
    action,
    `${actionsOf(text, only)
      .map((each) => each.title)
      .join('; ')} has ${title}`,
  );
  return withEdits(viewOf(text), action.edit?.changes?.[uri] ?? []);
}

describe('dockerfile: problems', () => {
  it('have a code, all their names, a page and a place', () => {
    const view = viewOf('FROM alpine:3\nMAINTAINER me\nFRM x\n');
    const found = diagnostics(view, plain);
    const maintainer = found.find(({ code }) => code === 'MaintainerDeprecated');
    assert.ok(maintainer);
    assert.deepEqual(maintainer.codeDescription, { href: 'file:///rules/MaintainerDeprecated.md' });
    assert.ok((maintainer.data as { ids: string[] }).ids.includes('DL4000'));
    assert.ok(textOf(view, maintainer.range).startsWith('MAINTAINER'));
    const unknown = found.find(({ code }) => code === 'unknown-instruction');
    assert.equal(unknown?.severity, DiagnosticSeverity.Error);
    assert.equal(unknown && textOf(view, unknown.range), 'FRM');
  });

  it('are told up to a number that somebody may read, errors first', () => {
    const found = diagnostics(viewOf(`FROM alpine:3\n${'RUN cd /x\n'.repeat(5000)}RUM x\n`), plain);
    assert.equal(found.length, 2000);
    assert.equal(found[0]?.code, 'unknown-instruction');
  });

  it('follow `.hadolint.yaml` of a folder above, and the editor’s settings before it', () => {
    const text = 'FROM alpine\nRUN cd /x\n';
    const codes = (yaml: string | undefined, severities: Context['settings']['severities'] = {}) =>
      diagnostics(viewOf(text), {
        ...plain,
        settings: { ...plain.settings, severities },
        files: {
          ...plain.files,
          text: (at) =>
            at === 'file:///.hadolint.yaml' && yaml !== undefined ? { kind: 'known', value: yaml } : { kind: 'absent' },
        },
      }).map(({ code, severity }) => `${code} ${severity}`);
    assert.deepEqual(codes(undefined), ['DL3006 2', 'DL3003 2']);
    assert.deepEqual(codes('ignored: [DL3006]\noverride:\n  error: [DL3003]\n'), ['DL3003 1']);
    assert.deepEqual(codes('ignored: [DL3006]\n', { DL3006: 'info', DL3003: 'off' }), ['DL3006 3']);
    assert.deepEqual(codes('{{{'), ['DL3006 2', 'DL3003 2']);
  });
});

describe('dockerfile: remedies', () => {
  it('mend one problem, and all of its kind', () => {
    const text = 'FROM alpine:3\nENV a 1\nENV b 2\n';
    assert.equal(applied(text, /^(?!Fix all|Ignore)/), 'FROM alpine:3\nENV a=1\nENV b 2\n');
    assert.equal(applied(text, /^Fix all LegacyKeyValueFormat/), 'FROM alpine:3\nENV a=1\nENV b=2\n');
  });

  it('are as many as somebody may read, where the whole of a long file is marked', () => {
    const actions = actionsOf(`FROM alpine:3\n${'ENV a 1\n'.repeat(1000)}`, CodeActionKind.QuickFix);
    assert.equal(actions.filter(({ title }) => title.startsWith('Fix all')).length, 1);
    assert.ok(actions.length <= 500, String(actions.length));
  });

  it('do not go through the whole of a file that a program made', () => {
    const fixAll = /^Fix all that can be fixed safely/;
    const titles = (count: number) =>
      actionsOf(`FROM alpine:3\n${'MAINTAINER me\n'.repeat(count)}`, `${CodeActionKind.SourceFixAll}.coracle`).map(
        ({ title }) => fixAll.test(title),
      );
    assert.deepEqual(titles(2000), [true]);
    assert.deepEqual(titles(25_000), []);
  });

  it('belong to the problem as the client has it', () => {
    const view = viewOf('FROM alpine:3\nENV a 1\n');
    const shown = diagnostics(view, plain);
    const [action] = codeActions(view, { start: 18, end: 18 }, { diagnostics: shown }, plain);
    assert.equal(action?.diagnostics?.[0], shown[0]);
    assert.equal(action?.isPreferred, true);
    assert.equal(action?.kind, CodeActionKind.QuickFix);
  });

  it('leave a rule out by a comment, and add to one that is there', () => {
    const text = 'FROM alpine\n';
    const once = applied(text, /^Ignore DL3006 here/);
    assert.equal(once, '# hadolint ignore=DL3006\nFROM alpine\n');
    assert.deepEqual(diagnostics(viewOf(once), plain), []);
    const legacy = applied('# check=skip=JSONArgsRecommended\nFROM alpine:3\nENV a 1\n', /in this file$/);
    assert.equal(legacy, '# check=skip=JSONArgsRecommended,LegacyKeyValueFormat\nFROM alpine:3\nENV a 1\n');
  });

  it('mend everything that is safe, as an action for saving', () => {
    const text = 'from alpine:3 as x\nENV a 1\nMAINTAINER me\n';
    const all = applied(text, /^Fix all that/, CodeActionKind.SourceFixAll);
    assert.ok(all.includes('ENV a=1'), all);
    const left = diagnostics(viewOf(all), plain).map(({ code }) => code);
    assert.ok(!left.includes('LegacyKeyValueFormat') && !left.includes('FromAsCasing'), left.join(' '));
    assert.deepEqual(actionsOf(text, CodeActionKind.Refactor), []);
    assert.deepEqual(actionsOf('FROM alpine:3\n', CodeActionKind.SourceFixAll), []);
  });
});
