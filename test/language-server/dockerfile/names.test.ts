// Definition, references, highlights and renaming of stages, variables and heredocs.

import assert from 'node:assert/strict';
import type { Location, WorkspaceEdit } from 'vscode-languageserver';
import { definition, highlights, references } from '../../../language-server/src/dockerfile/definition.ts';
import { prepareRename, rename } from '../../../language-server/src/dockerfile/rename.ts';
import { Refusal } from '../../../language-server/src/language/context.ts';
import { atCursor, context, textOf, withEdits } from './fixture.ts';

function renamed(marked: string, newName: string): string {
  const { view, offset } = atCursor(marked);
  const edit: WorkspaceEdit | undefined = rename(view, offset, newName, {
    ...context,
    client: { ...context.client, documentChanges: false },
  });
  return withEdits(view, edit?.changes?.[view.document.uri] ?? []);
}

/** Line and character of each occurrence. */
function places(marked: string): string[] {
  const { view, offset } = atCursor(marked);
  return references(view, offset, true).map(({ range }) => `${range.start.line}:${range.start.character}`);
}

describe('dockerfile: stages', () => {
  const file = (at: number) =>
    [
      ['FROM golang AS bui', 'ld'],
      ['FROM bui', 'ld AS test'],
      ['COPY --from=BUI', 'LD /a /b'],
      ['RUN --mount=type=bind,from=bui', 'ld,target=/x true'],
      ['COPY --from=0 /c /d', ''],
      ['ONBUILD COPY --from=bui', 'ld /e /f'],
    ]
      .map(([before = '', after = ''], index) => (index === at ? `${before}|${after}` : before + after))
      .join('\n');

  it('are renamed everywhere they are named, from any place', () => {
    const expected = [
      'FROM golang AS compile',
      'FROM compile AS test',
      'COPY --from=compile /a /b',
      'RUN --mount=type=bind,from=compile,target=/x true',
      'COPY --from=0 /c /d',
      'ONBUILD COPY --from=compile /e /f',
    ].join('\n');
    for (const at of [0, 1, 2, 3, 5]) assert.equal(renamed(file(at), 'compile'), expected, `at line ${at}`);
  });

  it('are found with their numbers as well, and defined by FROM', () => {
    assert.deepEqual(places(file(3)), ['0:15', '1:5', '2:12', '3:27', '4:12', '5:20']);
    const { view, offset } = atCursor(file(3));
    const [found] = definition(view, offset, context) as Location[];
    assert.equal(found && textOf(view, found.range), 'build');
    assert.equal(references(view, offset, false).length, 5);
    assert.deepEqual(
      highlights(view, offset).map(({ kind }) => kind),
      [3, 2, 2, 2, 2, 2],
    );
  });

  it('are not renamed to what would mean something else', () => {
    const marked = 'FROM a AS on|e\nFROM one AS two\nFROM alpine\nCOPY --from=nginx /x /y\n';
    for (const [name, reason] of [
      ['two', /There is a stage “two”/],
      ['TWO', /There is a stage “two”/],
      ['alpine', /used as an image/],
      ['nginx', /used as an image/],
      ['scratch', /empty image/],
      ['1st', /no name of a stage/],
    ] as const) {
      assert.throws(
        () => renamed(marked, name),
        (error) => error instanceof Refusal && reason.test(error.message),
      );
    }
  });

  it('that are not there are images, which keep their names', () => {
    const marked = 'FROM a\nCOPY --from=ng|inx /x /y\nRUN --mount=type=bind,from=NGINX true\n';
    assert.deepEqual(places(marked), ['1:12', '2:27']);
    const { view, offset } = atCursor(marked);
    assert.deepEqual(definition(view, offset, context), []);
    assert.throws(() => prepareRename(view, offset), /this is an image/);
  });

  it('without a name cannot be renamed', () => {
    const { view, offset } = atCursor('FROM a\nFROM b\nCOPY --from=|0 /x /y\n');
    assert.throws(() => prepareRename(view, offset), /has no name/);
  });
});

describe('dockerfile: variables', () => {
  it('are renamed in every form of modifier', () => {
    const forms = [
      '$V',
      '${V}',
      '${V:-x}',
      '${V-x}',
      '${V:+x}',
      '${V+x}',
      '${V:?x}',
      '${V?x}',
      '${V#p}',
      '${V##p}',
      '${V%p}',
      '${V%%p}',
      '${V/a/b}',
      '${V//a/b}',
    ];
    for (const form of forms) {
      const text = `FROM a\nENV |V=1\nLABEL x=${form} y="${form}" z='${form}'\nWORKDIR /$W/${form}\n`;
      const other = form.replace('V', 'NEW');
      assert.equal(
        renamed(text, 'NEW'),
        `FROM a\nENV NEW=1\nLABEL x=${other} y="${other}" z='${form}'\nWORKDIR /$W/${other}\n`,
      );
    }
  });

  it('in modifiers of others are found, and escaped ones are none', () => {
    assert.equal(
      renamed('FROM a\nENV V|=1\nENV W=${X:-${V:-$V}} Y=\\$V\n', 'N'),
      'FROM a\nENV N=1\nENV W=${X:-${N:-$N}} Y=\\$V\n',
    );
  });

  it('are found where the end of a line cuts them in two', () => {
    assert.equal(
      renamed('FROM a\nARG PO|RT=1\nEXPOSE $PO\\\nRT\nLABEL x="${PO\\ \r\nRT}"\n', 'N'),
      'FROM a\nARG N=1\nEXPOSE $N\nLABEL x="${N}"\n',
    );
  });

  it('are found before any FROM, and in FROM where nothing declares them', () => {
    assert.equal(renamed('ENV V=1\nRUN echo $|V\n', 'N'), 'ENV N=1\nRUN echo $N\n');
    assert.equal(renamed('FROM $V\nFROM b:$|V\nUSER $V\n', 'N'), 'FROM $N\nFROM b:$N\nUSER $V\n');
  });

  it('that are global are renamed with their declarations in stages', () => {
    const text = 'ARG VER=1\nFROM a:${VER}\nARG VER\nRUN echo ${V|ER%.*} "$VER"\nFROM b:$VER\nRUN echo $VER\n';
    assert.equal(renamed(text, 'V'), 'ARG V=1\nFROM a:${V}\nARG V\nRUN echo ${V%.*} "$V"\nFROM b:$V\nRUN echo $VER\n');
    const { view, offset } = atCursor(text);
    assert.equal((definition(view, offset, context) as Location[])[0]?.range.start.line, 2);
    const declared = atCursor('ARG VER=1\nFROM a:${VER}\nARG V|ER\n');
    assert.equal((definition(declared.view, declared.offset, context) as Location[])[0]?.range.start.line, 0);
  });

  it('of one name in two stages are two, but a stage on another one has its variables', () => {
    assert.equal(
      renamed('FROM a AS x\nENV V|=1\nFROM b\nENV V=2\nUSER $V\nFROM x\nUSER $V\n', 'N'),
      'FROM a AS x\nENV N=1\nFROM b\nENV V=2\nUSER $V\nFROM x\nUSER $N\n',
    );
  });

  it('of ARG and of ENV with the same name are told apart', () => {
    assert.equal(renamed('FROM a\nARG V|=1\nENV V=$V\nRUN echo $V\n', 'N'), 'FROM a\nARG N=1\nENV V=$N\nRUN echo $V\n');
    assert.equal(
      renamed('FROM a\nENV V=1\nENV V|=$V:2\nRUN echo $V\n', 'N'),
      'FROM a\nENV N=1\nENV N=$N:2\nRUN echo $N\n',
    );
  });

  it('are found in the shell and in heredocs, where a shell’s own ones are left alone', () => {
    assert.equal(
      renamed(
        'FROM a\nARG V|=1\nRUN x=$(echo "$V") && \\\n  echo ${V:-2} \'$V\' $x\nRUN <<EOF\necho $V\nEOF\nCOPY <<EOF /f\n$V\nEOF\n',
        'N',
      ),
      'FROM a\nARG N=1\nRUN x=$(echo "$N") && \\\n  echo ${N:-2} \'$V\' $x\nRUN <<EOF\necho $N\nEOF\nCOPY <<EOF /f\n$N\nEOF\n',
    );
    assert.equal(
      renamed(
        'FROM a\nARG V|=1\nRUN cat <<EOF >/f && ls <<"X"\n$V \\$V ${V:-1}\nEOF\n$V\nX\nRUN <<EOF\n#!/bin/python3\n$V\nEOF\n',
        'N',
      ),
      'FROM a\nARG N=1\nRUN cat <<EOF >/f && ls <<"X"\n$N \\$V ${N:-1}\nEOF\n$V\nX\nRUN <<EOF\n#!/bin/python3\n$V\nEOF\n',
    );
    assert.equal(renamed('FROM a\nRUN x|=1; echo $x\nRUN echo $x\n', 'y'), 'FROM a\nRUN y=1; echo $y\nRUN echo $x\n');
  });

  it('are found as the shells of Windows write them', () => {
    const windows = (v: string, at = '') =>
      `# escape=\`\nFROM a\nENV ${v}${at}=1\nSHELL ["powershell", "-Command"]\nRUN Write-Host $env:${v} \${env:${v}} $V %V%\nSHELL ["cmd", "/S", "/C"]\nRUN echo %${v}% $V\n`;
    assert.equal(renamed(windows('V', '|'), 'N'), windows('N'));
  });

  it('of ARG are not what a container’s shell sees', () => {
    assert.equal(renamed('FROM a\nARG V|=1\nCMD echo $V\n', 'N'), 'FROM a\nARG N=1\nCMD echo $V\n');
    assert.equal(renamed('FROM a\nENV V|=1\nCMD echo $V\n', 'N'), 'FROM a\nENV N=1\nCMD echo $N\n');
  });

  it('that the builder gives keep their names', () => {
    for (const marked of [
      'FROM a\nARG TARGET|ARCH\nRUN echo $TARGETARCH\n',
      'FROM a\nARG TARGETARCH\nRUN echo $TARGET|ARCH\n',
      'FROM --platform=$BUILD|PLATFORM a\n',
      'FROM a\nENV PA|TH=/x:$PATH\n',
    ]) {
      const { view, offset } = atCursor(marked);
      assert.throws(() => prepareRename(view, offset), /given from outside/, marked);
    }
  });

  it('are not renamed to another one of the same stage, or to what is no name', () => {
    const marked = 'FROM a\nENV V|=1 W=2\nRUN echo $V $Z\n';
    for (const name of ['W', 'Z']) assert.throws(() => renamed(marked, name), /is a variable there already/);
    for (const name of ['1a', 'a-b', '', 'a b']) assert.throws(() => renamed(marked, name), /is no name of a variable/);
  });
});

describe('dockerfile: heredocs', () => {
  it('have delimiters that are renamed together', () => {
    const text = 'FROM a\nRUN <<-E|OF cat <<X\n\techo\n\tEOF\nX\n';
    assert.equal(renamed(text, 'END'), 'FROM a\nRUN <<-END cat <<X\n\techo\n\tEND\nX\n');
    assert.equal(renamed('FROM a\nCOPY <<"EOF" /f\n$x\nEO|F\n', 'END'), 'FROM a\nCOPY <<"END" /f\n$x\nEND\n');
    assert.throws(() => renamed('FROM a\nCOPY <<E|OF /f\nEND\nEOF\n', 'END'), /would end there/);
  });

  it('and other words have nothing to rename', () => {
    const { view, offset } = atCursor('FROM a\nRUN ec|ho hi\n');
    assert.equal(prepareRename(view, offset), undefined);
    assert.deepEqual(references(view, offset, true), []);
  });
});
