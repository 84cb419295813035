// What holds for any text: the tree tiles it, nothing throws, an edit gives what a full parse gives, and time is bounded.

import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { KnownInstructions } from '../../../runtime/src/spec/dockerfile/known-instructions.ts';
import { editDockerfile, parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import { stageReferences } from '../../../runtime/src/spec/dockerfile/references.ts';
import { definitionsAt, variables } from '../../../runtime/src/spec/dockerfile/scope.ts';
import type { Dockerfile, Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { seededRandom } from '../../spec/random.ts';
import { analyse } from '../../../runtime/src/spec/dockerfile/analyse.ts';
import { corpus } from '../corpus.ts';
import { samples } from './samples.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const fragments = [
  ...'\n|\r\n| |\t|\\\n|`\n|#|# escape=`\n|# check=skip=all\n|\\|`|"|\'|$|{|}|${a:-|${b%%*|[|]|,|<<EOF|<<-"X" |EOF\n|X\n|--|='.split(
    '|',
  ),
  ...'FROM a AS b\n|RUN |EXPOSE |1.2.3:|::|80-|STOPSIGNAL |HEALTHCHECK --interval=|1m|ADD --checksum=|https://|.git|ENV a=b c="d"\n|COPY --from=b <<E /x\n|ONBUILD |HEALTHCHECK CMD ["x"]|--mount=type=cache,|\u00a0|\ufeff|\u0000|é|😀|/'.split(
    '|',
  ),
];

/** Every span of a tree, with the length of the item that it is in. */
function checkSpans(file: Dockerfile): void {
  for (const item of file.items) walk(item, item.text.length);
}

function walk(value: unknown, length: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (isSpan(value)) {
    assert.ok(value.start >= 0 && value.start <= value.end && value.end <= length, JSON.stringify(value));
    return;
  }
  for (const child of Object.values(value)) walk(child, length);
}

function isSpan(value: object): value is Span {
  return 'start' in value && 'end' in value && Object.keys(value).length === 2;
}

function checkTiles(file: Dockerfile, text: string): void {
  assert.equal(file.text, text);
  assert.equal(file.items.map((item) => item.text).join(''), text);
  let at = 0;
  for (const [index, item] of file.items.entries()) {
    assert.equal(file.starts[index], at);
    assert.notEqual(item.text, '');
    at += item.text.length;
  }
  assert.equal(file.starts.at(-1), text.length);
  assert.equal(file.starts.length, file.items.length + 1);
}

function randomText(random: (below: number) => number, parts: number): string {
  return Array.from({ length: random(parts) + 1 }, () => fragments[random(fragments.length)]).join('');
}

describe(`parser properties (SEED=${String(seed)})`, function () {
  it('tiles any text with spans that are inside of it', () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 1500; round += 1) {
      const text = randomText(random, 40);
      const file = parseDockerfile(text);
      checkTiles(file, text);
      checkSpans(file);
      for (const item of file.items) variables(item);
      const model = analyse(file);
      definitionsAt(model, file.items.length - 1);
      stageReferences(model);
    }
  });

  it('reads every beginning of every valid file', () => {
    for (const text of samples) {
      for (let end = 0; end <= text.length; end += 1) {
        const beginning = text.slice(0, end);
        const file = parseDockerfile(beginning);
        checkTiles(file, beginning);
      }
      checkSpans(parseDockerfile(text));
    }
  });

  it('reads what strangers wrote, and edits of it', () => {
    const random = seededRandom(seed + 2);
    for (const { name, text: original } of corpus()) {
      let text = original;
      let file = parseDockerfile(text);
      checkTiles(file, text);
      checkSpans(file);
      analyse(file);
      for (let step = 0; step < 8; step += 1) {
        const start = random(text.length + 1);
        const end = Math.min(text.length, start + random(4));
        const added = random(2) === 0 ? '' : randomText(random, 2);
        text = text.slice(0, start) + added + text.slice(end);
        file = editDockerfile(file, [{ start, end, text: added }], text);
        assert.deepEqual(file, parseDockerfile(text), name);
      }
    }
  });

  it('reads files that share lines as each by itself, into items of their own', () => {
    const random = seededRandom(seed + 3);
    const known = new KnownInstructions();
    for (let round = 0; round < 600; round += 1) {
      const sample = samples[random(samples.length)] ?? '';
      const at = random(sample.length + 1);
      const text = random(2) === 0 ? randomText(random, 40) : insert(sample, at, randomText(random, 3));
      const file = parseDockerfile(text, known);
      assert.deepEqual(file, parseDockerfile(text));
      assert.equal(new Set(file.items).size, file.items.length);
      analyse(file);
    }
    for (const { name, text } of corpus()) assert.deepEqual(parseDockerfile(text, known), parseDockerfile(text), name);
  });

  it('gives after edits what a full parse gives', () => {
    const random = seededRandom(seed + 1);
    for (let round = 0; round < 120; round += 1) {
      let text = random(2) === 0 ? randomText(random, 60) : (samples[random(samples.length)] ?? '');
      let file = parseDockerfile(text);
      for (let step = 0; step < 25; step += 1) {
        const edits = [];
        for (let count = random(3); count >= 0; count -= 1) {
          const start = random(text.length + 1);
          const end = Math.min(text.length, start + (random(4) === 0 ? random(40) : random(3)));
          const added = random(3) === 0 ? '' : randomText(random, 3);
          edits.push({ start, end, text: added });
          text = text.slice(0, start) + added + text.slice(end);
        }
        file = editDockerfile(file, edits, text);
        assert.deepEqual(file, parseDockerfile(text));
      }
    }
  });

  it('keeps the items that an edit does not touch', () => {
    const text = Array.from({ length: 100 }, (_, index) => `RUN echo ${String(index)}\n`).join('');
    const old = parseDockerfile(`FROM a\n${text}`);
    const at = old.starts[50] ?? 0;
    const next = editDockerfile(old, [{ start: at, end: at, text: 'ENV a=b\n' }], insert(old.text, at, 'ENV a=b\n'));
    assert.equal(next.items.length, old.items.length + 1);
    for (const [index, item] of old.items.entries()) {
      assert.equal(next.items[index < 50 ? index : index + 1], item);
    }
  });

  it('keeps untouched items when a client sends the whole text', () => {
    const old = parseDockerfile('FROM a\nRUN one\nRUN two\nRUN three\n');
    const text = 'FROM a\nRUN one\nRUN 2\nRUN three\n';
    const next = editDockerfile(old, [{ start: 0, end: old.text.length, text }], text);
    assert.deepEqual(next, parseDockerfile(text));
    assert.equal(next.items[1], old.items[1]);
    assert.equal(next.items[3], old.items[3]);
  });

  it('keeps no states that the text once had', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const line = `RUN ${'x'.repeat(200)}\n`;
    let text = `FROM a\n${line.repeat(1000)}`;
    let file = parseDockerfile(text);
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let item = 1; item < 600; item += 1) {
      const at = (file.starts[item] ?? 0) + 4;
      text = `${text.slice(0, at)}y${text.slice(at)}`;
      file = editDockerfile(file, [{ start: at, end: at, text: 'y' }], text);
      // Flat, as a document's text is once somebody has looked into it.
      text = Buffer.from(text).toString();
    }
    collect();
    const grown = process.memoryUsage().heapUsed - before;
    assert.equal(file.items.length, 1001);
    assert.ok(grown < 20_000_000, `${String(grown)} bytes`);
  });

  it('reads the file anew when the escape character changes', () => {
    const old = parseDockerfile('# escape=`\nFROM a\nRUN a `\n b\n');
    const text = old.text.replace('`', '\\');
    const next = editDockerfile(old, [{ start: 9, end: 10, text: '\\' }], text);
    assert.deepEqual(next, parseDockerfile(text));
    assert.equal(next.escape, '\\');
  });

  for (const [name, text] of hostileTexts()) {
    it(`reads ${name} in bounded time`, () => {
      const before = process.cpuUsage();
      const file = parseDockerfile(text);
      for (const item of file.items) variables(item);
      analyse(file);
      const { user } = process.cpuUsage(before);
      assert.equal(
        file.items.reduce((sum, item) => sum + item.text.length, 0),
        text.length,
      );
      assert.ok(user < 8_000_000, `${String(user / 1000)} ms`);
    });
  }
});

function insert(text: string, at: number, added: string): string {
  return text.slice(0, at) + added + text.slice(at);
}

function hostileTexts(): [string, string][] {
  const many = 300_000;
  return [
    ['100,000 instructions', 'RUN echo hello\n'.repeat(100_000)],
    ['a line of a megabyte', `ENV a=${'x'.repeat(1_000_000)}\n`],
    ['a megabyte of quotes', `ENV a=${'"'.repeat(1_000_001)}\n`],
    ['a megabyte of dollars', `ENV a=${'$'.repeat(1_000_000)}\n`],
    ['a megabyte of open braces', `ENV a=${'${a:-'.repeat(200_000)}\n`],
    ['a megabyte of broken substitutions', `ENV a=${'${^'.repeat(many)}\n`],
    ['a megabyte of escapes', `ENV a=${'\\'.repeat(1_000_001)}\n`],
    ['a megabyte of ONBUILD', `${'ONBUILD '.repeat(125_000)}\n`],
    ['a megabyte of heredocs', `RUN ${'<<A '.repeat(250_000)}\n`],
    ['a megabyte of less-than signs', `RUN ${'<'.repeat(1_000_000)}\n`],
    ['100,000 continuation lines', `RUN a ${'\\\n b '.repeat(100_000)}\n`],
    ['100,000 continuation lines of pairs', `ENV ${'a=$b \\\n'.repeat(100_000)}\n`],
    ['deep JSON', `CMD ${'['.repeat(1_000_000)}\n`],
    ['a long JSON array', `CMD [${'"\\u0041", '.repeat(100_000)}"a"]\n`],
    ['a JSON array over 50,000 lines', `COPY [${'"\\t$a", \\\n'.repeat(50_000)}"a"]\n`],
    ['a long mount', `RUN --mount=${'type=cache,'.repeat(100_000)} x\n`],
    ['a long mount with quotes', `RUN --mount=${'\\"a\\",'.repeat(100_000)} x\n`],
    ['100,000 flags', `RUN ${'--a="b" '.repeat(100_000)}\n`],
    ['a megabyte of blank lines', '\n'.repeat(1_000_000)],
    ['a megabyte of white space', ' '.repeat(1_000_000)],
    ['a directive with a megabyte of white space', `# escape = ${' '.repeat(1_000_000)}x y\n`],
    ['a heredoc that never ends', `RUN <<E\n${'E \n'.repeat(300_000)}`],
    ['30,000 stages', Array.from({ length: 30_000 }, (_, index) => `FROM a AS s${String(index)}\n`).join('')],
    ['30,000 copies from a stage', `FROM a AS b\nFROM c\n${'COPY --from=b d e\n'.repeat(30_000)}`],
    ['30,000 copies from no stage', `FROM a\n${'COPY --from=B:x d e\n'.repeat(30_000)}`],
    [
      '30,000 ARGs of each other',
      `${Array.from({ length: 30_000 }, (_, index) => `ARG a${String(index + 1)}=$a${String(index)}\n`).join('')}FROM $a30000`,
    ],
    ['a megabyte of NUL', '\0'.repeat(1_000_000)],
  ];
}
