import assert from 'node:assert/strict';
import { classicMessages } from '../../runtime/src/api/classic-build.ts';
import type { BuildEvent, StepResult } from '../../runtime/src/spec/engine/builds.ts';

const source = { startLine: 1, endLine: 1 };
const plan = (step: number, text: string) => ({ step, stage: 0, text, source, needs: [] });
const planned: BuildEvent = { kind: 'planned', steps: [plan(0, 'FROM a'), plan(1, 'RUN b'), plan(2, 'RUN c')] };
const started = (step: number): BuildEvent => ({ kind: 'started', step, atMs: 0 });
const output = (step: number, text: string | Uint8Array): BuildEvent => ({
  kind: 'output',
  step,
  stream: 'stdout',
  bytes: typeof text === 'string' ? Buffer.from(text) : text,
});
const ended = (step: number, result: Partial<StepResult> = {}): BuildEvent => ({
  kind: 'ended',
  step,
  result: { state: 'done', durationMs: 1, snapshot: `sha256:${String(step).repeat(64)}`, ...result },
});
const miss = { kind: 'first-build', message: '' } as const;
const finished: BuildEvent = { kind: 'finished', imageId: `sha256:${'a'.repeat(64)}`, tags: ['x:1'] };

async function text(events: readonly BuildEvent[], quiet = false, usesCache = true): Promise<string> {
  let told = '';
  async function* all() {
    yield* events;
  }
  for await (const message of classicMessages(all(), { quiet, usesCache })) {
    told += typeof message['stream'] === 'string' ? message['stream'] : `${JSON.stringify(message)}\n`;
  }
  return told;
}

describe('the classic builder’s words', () => {
  it('are steps, their output and the image', async () => {
    const events = [planned, started(0), ended(0), started(1), output(1, 'hi\n'), ended(1, { miss }), started(2)];
    assert.equal(
      await text([...events, ended(2, { state: 'cached' }), finished]),
      [
        'Step 1/3 : FROM a\n ---> 000000000000',
        'Step 2/3 : RUN b\nhi\n ---> 111111111111',
        'Step 3/3 : RUN c\n ---> Using cache\n ---> 222222222222',
        `{"aux":{"ID":"sha256:${'a'.repeat(64)}"}}`,
        'Successfully built aaaaaaaaaaaa',
        'Successfully tagged x:1\n',
      ].join('\n'),
    );
  });

  it('tell of what only sets the configuration that it is cached, as long as nothing before it had to be done', async () => {
    const steps = ['FROM a', 'ENV b=c', 'RUN d', 'LABEL e=f'].map((words, step) => plan(step, words));
    const events: BuildEvent[] = [
      { kind: 'planned', steps },
      ...[0, 1].flatMap((step) => [started(step), ended(step)]),
    ];
    const first = [...events, started(2), ended(2, { miss }), started(3), ended(3)];
    const again = [...events, started(2), ended(2, { state: 'cached' }), started(3), ended(3)];
    const cached = async (usesCache: boolean, all: readonly BuildEvent[]) =>
      (await text(all, false, usesCache)).split('\nStep ').map((part) => part.includes('Using cache'));
    assert.deepEqual(await cached(true, first), [false, true, false, false]);
    assert.deepEqual(await cached(true, again), [false, true, true, true]);
    assert.deepEqual(await cached(false, first), [false, false, false, false]);
  });

  it('tell steps that run at the same time one after the other', async () => {
    const events = [
      planned,
      started(0),
      ended(0),
      started(2),
      output(2, 'two\n'),
      started(1),
      output(1, 'one\n'),
      ended(2, { miss }),
    ];
    const told = await text([...events, output(1, 'more\n'), ended(1, { miss }), finished]);
    assert.match(told, /RUN b\none\nmore\n ---> 1{12}\nStep 3\/3 : RUN c\ntwo\n ---> 2{12}\n/);
  });

  it('keep characters whole that come in two pieces', async () => {
    const bytes = Buffer.from('é\n');
    const told = await text([planned, started(0), output(0, bytes.subarray(0, 1)), output(0, bytes.subarray(1))]);
    assert.match(told, /é\n$/);
  });

  it('are the id alone when asked to be quiet', async () => {
    assert.equal(await text([planned, started(0), output(0, 'x'), finished], true), `sha256:${'a'.repeat(64)}\n`);
  });

  it('end with the failure, its code, and what waited', async () => {
    const failed: BuildEvent = { kind: 'failed', message: 'no', exitCode: 3, step: 2 };
    const end = ended(2, { state: 'failed' });
    const told = await text([planned, started(0), started(2), output(2, 'why\n'), end, failed]);
    assert.match(told, /Step 3\/3 : RUN c\nwhy\n\{"errorDetail":\{"code":3,"message":"no"\},"error":"no"\}\n$/);
  });
});
