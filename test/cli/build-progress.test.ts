// What a build's progress shows, in lines and redrawn in place.

import assert from 'node:assert/strict';
import type { WireBuildEvent } from '../../runtime/src/spec/api/builds.ts';
import type { StepResult } from '../../runtime/src/spec/engine/builds.ts';
import { progressFor, type Mode } from '../../runtime/src/text/build-progress.ts';
import { OutputLines } from '../../runtime/src/text/output-lines.ts';

const plan = (step: number, text: string) => ({
  step,
  stage: 0,
  text,
  source: { startLine: step + 1, endLine: step + 1 },
  needs: [],
});

const planned: WireBuildEvent = { kind: 'planned', steps: [plan(0, 'FROM base'), plan(1, 'RUN make')] };

const output = (text: string): WireBuildEvent => ({
  kind: 'output',
  step: 1,
  stream: 'stdout',
  bytes: Buffer.from(text).toString('base64'),
});

const ended = (result: StepResult): WireBuildEvent => ({ kind: 'ended', step: 1, result });

/** All that is written, without the movements of the cursor. */
function drawn(mode: Mode, events: readonly WireBuildEvent[], width = 60): string {
  let text = '';
  const progress = progressFor(mode, { write: (piece) => void (text += piece), width, height: 24 });
  for (const event of events) progress.take(event);
  progress.end();
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/\x1b\[\d*[A-K]|\r/g, '');
}

describe('cli: progress of builds', () => {
  const failed = ended({ state: 'failed', durationMs: 1200, exitCode: 2 });
  const started: WireBuildEvent = { kind: 'started', step: 1, atMs: 0 };

  it('tells in lines what happened, in its order', () => {
    const events = [planned, started, output('one\r\ntw'), output('o\nthree'), failed];
    assert.equal(
      drawn('plain', events),
      '[2/2] RUN make\n[2/2] | one\n[2/2] | two\n[2/2] | three\n[2/2] ERROR after 1.2s\n',
    );
  });

  it('keeps the last lines of a failed step on a terminal, also one without an end', () => {
    const lines = Array.from({ length: 70 }, (_, index) => `line ${index}\n`).join('');
    const text = drawn('tty', [planned, started, output(lines), output('no end'), failed]);
    assert.match(text, /RUN make ERROR after 1\.2s\n {3}\| line 21\n(?: {3}\| line \d+\n){48} {3}\| no end\n$/);
  });

  it('lets a step draw nothing on our terminal, and shows warnings below', () => {
    const events: WireBuildEvent[] = [planned, started, output('\x1b[2Jgone\n'), failed];
    const text = drawn('tty', [...events, { kind: 'warning', message: 'a\x1b[31mb' }]);
    assert.match(text, / {3}\| gone\nWARNING: ab\n$/);
  });

  it('tells what goes on beside the steps, and whose cache had a result', () => {
    const work = (id: string, state: 'started' | 'done' | 'failed', atMs: number): WireBuildEvent => ({
      kind: 'work',
      id,
      name: `pushing \x1b[2Ja:${id}`,
      state,
      atMs,
      ...(state === 'failed' ? { message: 'denied' } : {}),
    });
    const cached = ended({ state: 'cached', durationMs: 0, layerSize: 1, cachedFrom: 'reg/cache:1' });
    const events = [planned, started, cached, work('1', 'started', 0), work('1', 'done', 1500), work('2', 'failed', 9)];
    assert.equal(
      drawn('plain', events),
      '[2/2] RUN make\n[2/2] CACHED (from reg/cache:1)\npushing a:1\npushing a:1 DONE 1.5s\npushing a:2 ERROR: denied\n',
    );
    assert.match(
      drawn('tty', events),
      /RUN make CACHED \(from reg\/cache:1\)\n {3}pushing a:1 DONE 1\.5s\n {3}pushing a:2 ERROR: denied\n$/,
    );
  });

  it('holds little of a line that never ends', () => {
    const lines = new OutputLines();
    const piece = Buffer.from('x'.repeat(10_000)).toString('base64');
    const told = Array.from({ length: 100 }, () => lines.cut(piece)).flat();
    assert.equal([...told, ...lines.rest()].join('').length, 1_000_000);
    assert.ok(told.every((line) => line.length <= 30_000) && told.length > 30);
  });
});
