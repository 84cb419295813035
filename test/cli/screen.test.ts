import assert from 'node:assert/strict';
import { DetachWatcher, parseDetachKeys } from '../../runtime/src/cli/io/detach-keys.ts';
import { showProgress } from '../../runtime/src/cli/io/progress.ts';
import type { ProgressLine } from '../../runtime/src/client/images.ts';

describe('cli: detach keys', () => {
  it('reads keys', () => {
    assert.deepEqual(parseDetachKeys('ctrl-p,ctrl-q'), [16, 17]);
    assert.deepEqual(parseDetachKeys('ctrl-@,a,ctrl-['), [0, 97, 27]);
    assert.throws(() => parseDetachKeys('ctrl-1'), /Unknown character: 'ctrl-1'/);
    assert.throws(() => parseDetachKeys('ab'), /invalid detach keys/);
  });

  it('finds the sequence over chunks and gives back what was none', () => {
    const watcher = new DetachWatcher([16, 17]);
    const push = (...bytes: number[]) => {
      const { pass, detached } = watcher.push(Uint8Array.from(bytes));
      return { pass: [...pass], detached };
    };
    assert.deepEqual(push(97, 16), { pass: [97], detached: false });
    assert.deepEqual(push(98), { pass: [16, 98], detached: false });
    assert.deepEqual(push(16, 16), { pass: [16], detached: false });
    assert.deepEqual(push(17, 99), { pass: [], detached: true });
  });
});

async function* linesOf(lines: readonly ProgressLine[]): AsyncGenerator<ProgressLine, void, undefined> {
  yield* lines;
}

async function shown(lines: readonly ProgressLine[], isTerminal: boolean): Promise<string> {
  let text = '';
  await showProgress(linesOf(lines), { write: (part) => (text += part), isTerminal, width: 120 });
  return text;
}

describe('cli: progress', () => {
  const pull: readonly ProgressLine[] = [
    { status: 'Pulling from library/x', id: 'latest' },
    { status: 'Pulling fs layer', id: 'aaa', progressDetail: {} },
    { status: 'Pulling fs layer', id: 'bbb', progressDetail: {} },
    { status: 'Downloading', id: 'aaa', progressDetail: { current: 50, total: 100 } },
    { status: 'Pull complete', id: 'aaa', progressDetail: {} },
    { status: 'Digest: sha256:x' },
  ];

  it('prints plain lines without bars elsewhere', async () => {
    assert.equal(
      await shown(pull, false),
      'latest: Pulling from library/x\naaa: Pulling fs layer\nbbb: Pulling fs layer\naaa: Pull complete\nDigest: sha256:x\n',
    );
  });

  it('redraws a line in place on a terminal', async () => {
    const text = await shown(pull, true);
    const bar = `[${'='.repeat(25)}>${' '.repeat(25)}]`;
    assert.ok(
      text.includes(`\u001b[2A\u001b[2K\raaa: Downloading ${bar}      50B/100B\r\u001b[2B`),
      JSON.stringify(text),
    );
    assert.ok(text.endsWith('Digest: sha256:x\r\n'));
  });

  it('throws the fault that a stream reports', async () => {
    await assert.rejects(
      shown([{ errorDetail: { message: 'no space' }, error: 'no space' }], false),
      /^Error: no space$/,
    );
  });
});
