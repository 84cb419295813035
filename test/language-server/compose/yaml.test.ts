// The tree of a Compose file: the same with and without what was kept, for every half-typed text, and bounded for hostile ones.

import assert from 'node:assert/strict';
import { parseYaml, YamlParser } from '../../../language-server/src/compose/yaml/parse.ts';
import { nodesOf, textOf, valueOf } from '../../../language-server/src/compose/yaml/tree.ts';
import { compose } from '../../../language-server/src/compose/language.ts';
import { seededRandom } from '../../spec/random.ts';
import { longFile, samples } from './samples.ts';
import { contextOf, plainDocument } from './workspace.ts';

/** Runs every feature at a place. */
function askAll(text: string, offset: number): void {
  const { features } = compose;
  const view = compose.open(plainDocument(text));
  const context = contextOf({ '.env': 'TAG=1\n', Dockerfile: 'ARG A\nFROM x AS prod\n' });
  const span = { start: 0, end: text.length };
  features.diagnostics?.(view, context);
  features.codeActions?.(view, span, { diagnostics: [] }, context);
  features.symbols?.(view);
  features.folding?.(view, context);
  features.links?.(view, context);
  features.inlayHints?.(view, span, context);
  features.selection?.(view, offset);
  features.hover?.(view, offset, context);
  features.completion?.(view, offset, undefined, context);
  features.definition?.(view, offset, context);
  features.references?.(view, offset, true, context);
  features.highlights?.(view, offset);
}

describe('the YAML of Compose files', () => {
  it('has exact places', () => {
    for (const text of samples) {
      for (const node of nodesOf(parseYaml(text).root)) {
        const source = text.slice(node.span.start, node.span.end);
        if (node.kind === 'alias') assert.equal(source, `*${node.name}`);
        if (node.kind === 'scalar' && node.style === 'plain' && !source.includes('\n')) assert.equal(source, node.text);
        if (node.kind === 'scalar' && node.style === 'double') assert.match(source, /^".*"$/s);
        if (node.anchor !== undefined)
          assert.equal(text.slice(node.anchor.span.start, node.anchor.span.end), node.anchor.name);
      }
    }
  });

  it('is the same with what was kept of versions before', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const next = seededRandom(seed);
    const pieces = ['\n', '  ', ':', 'a', '- ', '"', '[', '}', '#', '&a ', '*a', ' ', '${A}', '\n  b:\n', '|\n'];
    for (const sample of samples) {
      const parser = new YamlParser();
      let text = sample;
      for (let round = 0; round < 40; round += 1) {
        const at = next(text.length + 1);
        const removed = next(5);
        text = text.slice(0, at) + (pieces[next(pieces.length)] ?? '') + text.slice(at + removed);
        assert.deepEqual(parser.parse(text), parseYaml(text), `SEED=${seed}\n${text}`);
      }
    }
  });

  it('answers for every beginning of a file', () => {
    for (const sample of samples) {
      for (let end = 0; end <= sample.length; end += 3) askAll(sample.slice(0, end), end);
    }
  });

  it('answers in a file that begins with empty lines', () => {
    for (const text of ['\n', '\n\n  services', '\nservices:\n  a:\n    image: x\n', '\r\n \n- a']) {
      for (let offset = 0; offset <= text.length; offset += 1) askAll(text, offset);
    }
  });

  it('keeps a fault in the entry where it is', () => {
    const { root, faults } = parseYaml(
      'services:\n  a:\n    image: "x\n  b:\n    image: y\n    ima\n    user: z\nvolu\nvolumes: {c: }\n',
    );
    assert.equal(textOf(valueOf(root, 'services', 'b', 'image')), 'y');
    assert.equal(textOf(valueOf(root, 'services', 'b', 'user')), 'z');
    assert.equal(faults.length, 3);
  });

  it('is bounded for nesting, bombs and rings of aliases', () => {
    const bomb = Array.from(
      { length: 30 },
      (_, index) =>
        `x-${index + 1}: &a${index + 1} {<<: [${Array(9).fill(`*a${index}`).join(', ')}], k${index}: *a${index}}`,
    );
    const hostile: readonly string[] = [
      '['.repeat(100_000),
      '{a: '.repeat(50_000),
      '- '.repeat(100_000),
      '? '.repeat(50_000),
      Array.from({ length: 1000 }, (_, index) => `${' '.repeat(index)}a:`).join('\n'),
      `x-0: &a0 {image: x}\n${bomb.join('\n')}\nservices:\n  web:\n    <<: *a30\n`,
      'x: &a {<<: *a}\nservices:\n  web: &w {image: x, <<: *w, depends_on: *d}\ny: &d [*d]\n',
      `services: {a: {image: "${'x'.repeat(1_000_000)}"}}`,
      `services:\n  a:\n    image: ${'${A:-'.repeat(20_000)}`,
      `services:\n  a:\n    image: x\n    networks:\n${Array.from({ length: 20_000 }, (_, index) => `      - n${index}`).join('\n')}\nnetworks:\n${Array.from({ length: 20_000 }, (_, index) => `  m${index}:`).join('\n')}\n`,
      `services:\n  a:\n    command: [${'${A} '.repeat(10_000)}]\n`,
      `services:\n${Array.from({ length: 5000 }, (_, index) => `  s${index}: {image: x, depends_on: [s${(index + 1) % 5000}]}`).join('\n')}\n`,
      `x: [${'a'.repeat(500_000)}\n`,
      `${`a${' '.repeat(1900)}\n`.repeat(1000)}`,
      'a: b\u0000c\n\u0000',
      '\uFEFFservices:\r\n  a: {image: x}\r\n',
    ];
    for (const text of hostile) {
      const before = process.cpuUsage();
      askAll(text, Math.min(text.length, 100));
      const { user, system } = process.cpuUsage(before);
      assert.ok((user + system) / 1000 < 5000, `${text.slice(0, 30)} took ${(user + system) / 1000} ms`);
    }
  });

  it('finds no problem of depth in a long file, and all that there are', () => {
    const view = compose.open(plainDocument(longFile(100)));
    const context = contextOf({ 'web/Dockerfile': 'ARG A\nFROM x\n' });
    assert.deepEqual(compose.features.diagnostics?.(view, context), []);
  });
});
