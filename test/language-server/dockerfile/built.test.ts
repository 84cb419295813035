// Hints behind instructions: what the last build did with each, as long as it is the one that was built.

import assert from 'node:assert/strict';
import { dockerfile } from '../../../language-server/src/dockerfile/language.ts';
import { type BuildFacts, noKnowledge, type StepFacts } from '../../../language-server/src/knowledge/knowledge.ts';
import { at, contextWith } from './ask.ts';

const text = `ARG V=1
FROM alpine AS base
RUN apk add git
ENV A=1

FROM base AS build
# what is built
COPY src /src
RUN make \\
    all

FROM scratch
COPY --from=build /out /
`;

function step(startLine: number, more: Partial<StepFacts> = {}): StepFacts {
  const facts = { startLine, state: 'done', durationMs: 3210, layerSize: 12_400_000, miss: undefined } as const;
  return { ...facts, exitCode: undefined, ...more };
}

const steps = [
  step(2, { durationMs: 20, layerSize: undefined }),
  step(3, { state: 'cached', durationMs: 0 }),
  step(4, { state: 'cached', layerSize: undefined }),
  step(6, { durationMs: 0, layerSize: undefined }),
  step(8, { miss: '`src/a.c` changed.', durationMs: 40 }),
  step(9, { layerSize: undefined, miss: 'A step before it was built anew.' }),
  step(13, { state: 'failed', exitCode: 2, layerSize: undefined }),
];
const build: BuildFacts = { id: 'b'.repeat(64), startedAtMs: Date.UTC(2026, 10, 29, 9, 5), isNamed: true, text, steps };

function hintsOf(now: string, builds: readonly BuildFacts[], isWanted = true) {
  const plain = contextWith();
  const context = contextWith({
    settings: { ...plain.settings, buildHints: isWanted },
    knowledge: { ...noKnowledge, builds: () => ({ kind: 'known', value: builds }) },
  });
  const { view } = at(now);
  return dockerfile.features.inlayHints?.(view, { start: 0, end: now.length }, context) ?? [];
}

function linesOf(now: string, builds: readonly BuildFacts[] = [build]): string[] {
  return hintsOf(now, builds).map(
    ({ position, label }) => `${position.line + 1} ${typeof label === 'string' ? label : ''}`,
  );
}

const all = ['3 12.4MB · cached', '8 12.4MB', '10 3.2s', '13 failed after 3.2s'];

describe('what builds did, in a Dockerfile', () => {
  it('is told behind what made a layer or took time', () => {
    assert.deepEqual(linesOf(text), all);
    const [cached, copied, , failed] = hintsOf(text, [build]);
    assert.deepEqual(cached?.position, { line: 2, character: 15 });
    const when = `Last build, 2026-11-29 09:05 UTC (${'b'.repeat(12)})`;
    assert.equal(cached?.tooltip, `${when}\nThe result was in the cache. Its layer has 12.4MB.`);
    assert.equal(copied?.tooltip, `${when}\nTook 40 ms. Its layer has 12.4MB.\nNot in the cache: \`src/a.c\` changed.`);
    assert.equal(failed?.tooltip, `${when}\nFailed after 3.2s with exit code 2.`);
  });

  it('is not told of what was edited since, and of what stands on it', () => {
    assert.deepEqual(linesOf(text.replace('git', 'git make')), []);
    assert.deepEqual(linesOf(text.replace('COPY src', 'COPY --link src')), [all[0]]);
    assert.deepEqual(linesOf(text.replace('all', 'most')), all.slice(0, 2));
    assert.deepEqual(linesOf(text.replace('V=1', 'V=2')), []);
    assert.deepEqual(linesOf(text.replace('COPY src', 'RUN true\nCOPY src')), [all[0]]);
  });

  it('moves with the lines, and stays when stages are renamed, moved apart or commented', () => {
    assert.deepEqual(linesOf(`# a comment\n\n${text}`), [
      '5 12.4MB · cached',
      '10 12.4MB',
      '12 3.2s',
      '15 failed after 3.2s',
    ]);
    assert.deepEqual(linesOf(text.replaceAll('build', 'compile')), all);
    assert.deepEqual(linesOf(text.replaceAll('base', 'tools').replace('# what is', '# all that is')), all);
    assert.deepEqual(linesOf(text.replace('FROM scratch', 'FROM scratch AS last')), all);
  });

  it('is that of the newest build which knows a line', () => {
    const newer = { ...build, id: 'c', steps: [step(2), step(3, { durationMs: 1000 })] };
    assert.deepEqual(linesOf(text, [newer, build]), ['2 12.4MB · 3.2s', '3 12.4MB · 1.0s', ...all.slice(1)]);
  });

  it('is taken from a build of a client that does not say which file it builds when half of it is here', () => {
    const unnamed = { ...build, isNamed: false };
    assert.deepEqual(linesOf(text, [unnamed]), all);
    assert.deepEqual(linesOf(text.replace('git', 'git make'), [unnamed]), []);
    assert.deepEqual(linesOf('ARG V=1\nFROM alpine\nRUN apk add git\n', [unnamed]), []);
  });

  it('is not told where it is not wanted, or nobody knows', () => {
    assert.deepEqual(hintsOf(text, [build], false), []);
    assert.deepEqual(linesOf(text, []), []);
    assert.deepEqual(linesOf('', [build]), []);
  });

  it('costs little in a long file', () => {
    const lines = Array.from({ length: 4000 }, (_, index) => `RUN step ${index}`);
    const long = `FROM a\n${lines.join('\n')}\n`;
    const built = { ...build, text: long, steps: lines.map((_, index) => step(index + 2)) };
    assert.equal(linesOf(long, [built]).length, 4000);
    const before = process.cpuUsage();
    for (let round = 0; round < 10; round++) linesOf(long, [built]);
    const { user } = process.cpuUsage(before);
    assert.ok(user / 10_000 < 150, `${user / 10_000} ms`);
  });
});
