import assert from 'node:assert/strict';
import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import { applyEdits, defaultFormat, formatDockerfile, formatText } from '../../../language-server/src/format/format.ts';
import { corpus } from '../corpus.ts';
import { seededRandom } from '../../spec/random.ts';

const fragments = ['', '\\\n', '"', "'", ' ', '\n', '<<EOF', '#', '\t', '$(', '`', '[', '&&', '\r', '\0'];

function formatted(...lines: string[]): string[] {
  const text = lines.join('\n');
  const once = formatText(text, defaultFormat);
  assert.ok(once !== undefined, 'refused');
  assert.equal(formatText(once, defaultFormat), once, 'not idempotent');
  return once.split('\n').slice(0, -1);
}

describe('format', () => {
  it('writes keywords in upper case and one space between words', () => {
    assert.deepEqual(formatted('from   alpine:3.20   as   base  ', 'copy  --chown=a   x    y/'), [
      'FROM alpine:3.20 AS base',
      'COPY --chown=a x y/',
    ]);
  });

  it('keeps what quotes hold, and what a command line says', () => {
    assert.deepEqual(formatted('FROM a', 'ENV A="x   y"   B=\'$C  d\'', 'RUN echo   "a   b"  &&   ls'), [
      'FROM a',
      'ENV A="x   y" B=\'$C  d\'',
      'RUN echo   "a   b"  &&   ls',
    ]);
  });

  it('indents continued lines, and keeps their distance to each other', () => {
    assert.deepEqual(formatted('RUN a \\', '&& if b; then \\', '\tc; \\', 'fi'), [
      'RUN a \\',
      '    && if b; then \\',
      '        c; \\',
      '    fi',
    ]);
  });

  it('leaves the lines of a quoted text, which are part of the value', () => {
    const lines = ['LABEL e="multi\\', 'line \\', '  text"', 'RUN echo "a \\', ' b"'];
    assert.deepEqual(formatted(...lines), lines);
  });

  it('joins no words that a line divides, and divides none that it joins', () => {
    const lines = ['RUN foo\\', 'bar', 'RUN A=\\', '"b" c'];
    assert.deepEqual(formatted(...lines), lines);
  });

  it('leaves heredocs as they are', () => {
    const lines = ['RUN <<-EOF', '\techo   a  ', '  b', '\tEOF', 'COPY <<"A" <<B /x', '  $a  ', 'A', 'b', 'B'];
    assert.deepEqual(formatted(...lines), lines);
  });

  it('keeps flags of a COPY with a heredoc, and the JSON form with its spaces in paths', () => {
    assert.deepEqual(formatted('COPY --chmod=0755   <<EOF   /x', 'a', 'EOF', 'COPY [ "a b" ,"c d/" ]'), [
      'COPY --chmod=0755 <<EOF /x',
      'a',
      'EOF',
      'COPY ["a b", "c d/"]',
    ]);
  });

  it('keeps the old form of ENV and its spaces', () => {
    assert.deepEqual(formatted('env   key   a   b'), ['ENV key a   b']);
  });

  it('leaves at most one empty line, and none at either end', () => {
    assert.deepEqual(formatted('', '', 'FROM a', '', '', '', '# b', '', ''), ['FROM a', '', '# b']);
  });

  it('takes empty lines out of continued ones, and indents comments with what they are about', () => {
    assert.deepEqual(formatted('RUN a \\', '', '# why', '  b'), ['RUN a \\', '    # why', '    b']);
  });

  it('keeps directives and interpreters', () => {
    assert.deepEqual(formatted('#!/usr/bin/env x', 'FROM a'), ['#!/usr/bin/env x', 'FROM a']);
    assert.deepEqual(formatted('# escape=`', 'FROM a', 'RUN b `', 'c'), ['# escape=`', 'FROM a', 'RUN b `', 'c']);
  });

  it('leaves alone what has a fault', () => {
    const lines = ['FROM a', 'copy   --nosuch   a  b', 'nosuch   x'];
    assert.deepEqual(formatted(...lines, ''), lines);
  });

  it('leaves the command lines of shells that it cannot read', () => {
    const lines = ['FROM a', 'SHELL ["powershell", "-Command"]', 'RUN Get-Item \\', ' x; \\', '  "y"'];
    assert.deepEqual(formatted(...lines), lines);
  });

  it('keeps CRLF and a byte order mark', () => {
    assert.equal(formatText('\uFEFFfrom a\r\nrun b \\\r\nc', defaultFormat), '\uFEFFFROM a\r\nRUN b \\\r\n    c\r\n');
  });

  it('touches nothing outside of a range', () => {
    const text = 'from a\nrun  b\nrun  c\n';
    const file = parseDockerfile(text);
    const edits = formatDockerfile(file, defaultFormat, { start: 8, end: 9 });
    assert.equal(applyEdits(text, edits), 'from a\nRUN  b\nrun  c\n'.replace('RUN  b', 'RUN b'));
  });

  it('formats every Dockerfile of this machine once and for all', () => {
    for (const { name, text } of corpus()) {
      const once = formatText(text, defaultFormat);
      assert.ok(once !== undefined, `${name}: refused`);
      assert.equal(formatText(once, defaultFormat), once, `${name}: not idempotent`);
    }
  });

  it('never changes the meaning of anything, whatever was cut out or put in', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const random = seededRandom(seed);
    const texts = corpus().map(({ text }) => text.slice(0, 5_000));
    for (let round = 0; round < 400; round++) {
      const text = texts[random(texts.length)] ?? '';
      const start = random(text.length + 1);
      const put = fragments[random(fragments.length)] ?? '';
      const broken = text.slice(0, start) + put + text.slice(start + random(40));
      const once = formatText(broken, defaultFormat);
      assert.ok(once !== undefined, `SEED=${seed}: refused ${JSON.stringify(broken)}`);
      assert.equal(formatText(once, defaultFormat), once, `SEED=${seed}: not idempotent ${JSON.stringify(broken)}`);
    }
  });
});
