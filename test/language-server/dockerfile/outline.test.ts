// Symbols, folding, selections, links and tokens of Dockerfiles.

import assert from 'node:assert/strict';
import type { SelectionRange } from 'vscode-languageserver';
import { folding } from '../../../language-server/src/dockerfile/folding.ts';
import { links } from '../../../language-server/src/dockerfile/links.ts';
import { selection } from '../../../language-server/src/dockerfile/selection.ts';
import { symbols } from '../../../language-server/src/dockerfile/symbols.ts';
import { tokens } from '../../../language-server/src/dockerfile/tokens.ts';
import { encodeTokens, legend } from '../../../language-server/src/server/semantic.ts';
import { seededRandom } from '../../spec/random.ts';
import { atCursor, context, textOf, viewOf } from './fixture.ts';

describe('dockerfile: outline', () => {
  it('is of the beginning, where a program made the file', () => {
    const [stage, ...others] = symbols(viewOf(`FROM scratch\n${'RUN x\n'.repeat(30_000)}FROM scratch\n`));
    assert.deepEqual([stage?.children?.length, others], [19_999, []]);
  });

  it('is a tree of stages, each entry by what it does', () => {
    const view = viewOf(
      [
        'ARG V=1',
        'FROM golang:$V AS Build',
        'RUN apt-get update && apt-get install -y git',
        'RUN <<EOF',
        '# comment',
        'set -e',
        'make',
        'EOF',
        'RUN ["go", "build"]',
        'ENV A=1 B=2',
        'FROM scratch',
        'COPY --from=Build --chown=1 /a /b',
        'ONBUILD RUN ls',
        'HEALTHCHECK NONE',
        '',
      ].join('\n'),
    );
    const found = symbols(view);
    assert.deepEqual(
      found.map(({ name, detail, children }) => [name, detail, children?.map((child) => child.name)]),
      [
        ['ARG V', undefined, undefined],
        ['Build', 'FROM golang:$V', ['RUN apt-get update …', 'RUN set -e …', 'RUN go build', 'ENV A B']],
        ['FROM scratch', undefined, ['COPY --from=Build /a /b', 'ONBUILD RUN ls', 'HEALTHCHECK NONE']],
      ],
    );
    for (const { range, selectionRange, children = [] } of found) {
      for (const inner of [selectionRange, ...children.map((child) => child.range)]) {
        assert.ok(range.start.line <= inner.start.line && inner.end.line <= range.end.line);
      }
    }
  });

  it('begins with the directives', () => {
    const names = (text: string) => symbols(viewOf(text)).map(({ name }) => name);
    assert.deepEqual(names('# Escape = `\n# word=1\nARG a\nFROM b\n'), ['escape=`', 'ARG a', 'FROM b']);
    assert.deepEqual(names('\uFEFF#syntax=a/b\n#check=skip=all\n'), ['syntax=a/b', 'check=skip=all']);
    assert.deepEqual(names('FROM b\n#escape=`\n'), ['FROM b']);
  });

  it('is short whatever an instruction holds', () => {
    const [stage] = symbols(viewOf(`FROM a\nRUN ${'x'.repeat(500_000)}\nENV ${'A=1 '.repeat(1000)}\n`));
    for (const { name } of stage?.children ?? []) assert.ok(name.length <= 72, name);
  });
});

describe('dockerfile: folding', () => {
  it('folds stages, continuations, heredocs and comments', () => {
    const view = viewOf(
      '# a\n# b\nFROM x AS one\nRUN a \\\n  b\nRUN cat <<A <<B\n1\nA\n2\nB\n# of two\n# stages\nFROM y\nRUN <<E\nls\nE\n',
    );
    assert.deepEqual(
      folding(view)
        .map(({ startLine, endLine, kind }) => `${startLine}-${endLine} ${kind ?? ''}`.trim())
        .toSorted(),
      ['0-1 comment', '10-11 comment', '12-15 region', '13-15', '2-9 region', '3-4', '5-7', '5-9', '7-9'].toSorted(),
    );
  });
});

describe('dockerfile: selections', () => {
  /** Texts from the smallest out. */
  function grown(marked: string): string[] {
    const { view, offset } = atCursor(marked);
    const found: string[] = [];
    for (let at: SelectionRange | undefined = selection(view, offset); at; at = at.parent)
      found.push(textOf(view, at.range));
    return found;
  }

  it('grow from a variable to the file', () => {
    assert.deepEqual(grown('FROM a\nENV A=1 B=x${V|:-y}z\n'), [
      'V',
      '${V:-y}',
      'x${V:-y}z',
      'B=x${V:-y}z',
      'A=1 B=x${V:-y}z',
      'ENV A=1 B=x${V:-y}z',
      'FROM a\nENV A=1 B=x${V:-y}z',
      'FROM a\nENV A=1 B=x${V:-y}z\n',
    ]);
  });

  it('grow through flags, JSON and the shell', () => {
    assert.ok(grown('FROM a\nRUN --mount=type=ca|che,target=/x ls\n').includes('type=cache'));
    assert.deepEqual(grown('FROM a\nCMD ["l|s", "-l"]\n').slice(0, 3), ['ls', '"ls"', '["ls", "-l"]']);
    const shell = grown('FROM a\nRUN cd /x && (ls -|l | wc)\n');
    for (const text of ['-l', 'ls -l', '(ls -l | wc)', 'cd /x && (ls -l | wc)']) assert.ok(shell.includes(text), text);
  });
});

describe('dockerfile: links', () => {
  const targets = (text: string, files: readonly string[] = ['main.go', 'src']) => {
    const list = files.map((name) => ({
      name,
      kind: name.includes('.') ? ('file' as const) : ('directory' as const),
      size: 1,
      mode: 0o644,
      target: undefined,
    }));
    const view = viewOf(text);
    return links(view, { ...context, files: { ...context.files, list: () => ({ kind: 'known', value: list }) } }).map(
      ({ range, target }) => `${textOf(view, range)} -> ${target}`,
    );
  };

  it('lead from images to the pages of their registries', () => {
    assert.deepEqual(
      targets('# syntax=docker/dockerfile:1\nARG V=3\nFROM alpine:$V AS a\nFROM a\nCOPY --from=ghcr.io/o/i /x /y\n'),
      [
        'docker/dockerfile:1 -> https://hub.docker.com/r/docker/dockerfile/tags?name=1',
        'alpine:$V -> https://hub.docker.com/_/alpine/tags?name=3',
        'ghcr.io/o/i -> https://ghcr.io/o/i',
      ],
    );
    assert.deepEqual(
      targets(
        'FROM quay.io/a/b\nFROM mcr.microsoft.com/dotnet/sdk:8.0\nFROM gcr.io/p/i\nFROM public.ecr.aws/x/y\nFROM my.reg:5000/z\nFROM scratch\n',
      ),
      [
        'quay.io/a/b -> https://quay.io/repository/a/b',
        'mcr.microsoft.com/dotnet/sdk:8.0 -> https://mcr.microsoft.com/artifact/mar/dotnet/sdk/tags',
        'gcr.io/p/i -> https://gcr.io/p/i',
        'public.ecr.aws/x/y -> https://gallery.ecr.aws/x/y',
      ],
    );
  });

  it('lead from sources to files of the context and to downloads', () => {
    assert.deepEqual(
      targets(
        'FROM a\nCOPY main.go none.go src *.go . /x/\nADD https://example.org/a.tgz /x\nCOPY --from=b main.go /\nCOPY ["main.go", "/"]\n',
      ).filter((each) => !each.includes('hub.docker')),
      [
        'main.go -> file:///w/main.go',
        'https://example.org/a.tgz -> https://example.org/a.tgz',
        'main.go -> file:///w/main.go',
      ],
    );
  });
});

describe('dockerfile: tokens', () => {
  const shown = (text: string) => {
    const view = viewOf(text);
    return tokens(view).map(({ start, end, type }) => `${view.document.text.slice(start, end)} ${type}`);
  };

  it('say what each part is', () => {
    assert.deepEqual(shown('FROM --platform=$P a AS b\n'), [
      'FROM keyword',
      '--platform parameter',
      '$P variable',
      'a class',
      'AS keyword',
      'b namespace',
    ]);
    assert.deepEqual(shown('RUN a "$V" \\\n # c\n  && ls -l\n'), [
      'RUN keyword',
      'a function',
      '" string',
      '$V variable',
      '" string',
      '# c comment',
      '&& operator',
      'ls function',
      '-l parameter',
    ]);
  });

  it('stand side by side in any text, and are the same in parts', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const next = seededRandom(seed);
    const pieces = [
      'RUN ',
      'FROM a',
      'COPY ',
      '<<E\n',
      '\nE\n',
      '"',
      "'",
      '$V',
      '${V:-',
      '}',
      '\\\n',
      '# c\n',
      '\n',
      '["x", ',
      ']',
      'a=b ',
      '--from=x ',
      '$(',
      ')',
      '| ',
      '`',
      '\r\n',
      '\0',
      '漢',
    ];
    for (let round = 0; round < 400; round++) {
      const text = Array.from({ length: next(25) }, () => pieces[next(pieces.length)] ?? '').join('');
      const view = viewOf(text);
      const all = tokens(view);
      let end = 0;
      for (const token of all) {
        assert.ok(token.start >= end && token.end > token.start, `SEED=${seed} ${JSON.stringify(text)}`);
        end = token.end;
      }
      assert.ok(end <= text.length, `SEED=${seed} ${JSON.stringify(text)}`);
      for (const [index, value] of encodeTokens(view.document, all).entries()) {
        assert.ok(
          value >= 0 && (index % 5 !== 3 || value < legend.tokenTypes.length),
          `SEED=${seed} ${JSON.stringify(text)}`,
        );
      }
      const at = next(text.length + 1);
      const part = tokens(view, { start: at, end: at });
      assert.ok(
        part.every((token) => all.some(({ start, type }) => start === token.start && type === token.type)),
        `SEED=${seed} ${JSON.stringify(text)}`,
      );
      for (const answer of [folding(view), symbols(view), links(view, context), [selection(view, at)]])
        assert.ok(answer);
    }
  });
});
