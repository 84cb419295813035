// A failed build as a mark on a line of a Dockerfile: what it says, and how it goes along with edits.

import assert from 'node:assert/strict';
import type { BuildFailure } from '../../../extension/src/builds/contract.ts';
import {
  afterEdit,
  failureMark,
  type FailureMark,
  type LineChange,
} from '../../../extension/src/builds/failure-mark.ts';

const text = 'FROM a\n\nRUN one && \\\n  # why\n  two\nCOPY nosuch /\n';
const failure: BuildFailure = {
  message: "The command '/bin/sh -c one' returned a non-zero code: 2",
  line: 3,
  exitCode: 2,
  output: [],
};

describe('extension: marks of failed builds', () => {
  it('have the lines of the instruction, its exit code and the last that it wrote', () => {
    const output = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    const mark = failureMark({ ...failure, output }, text, text);
    assert.equal(mark?.line, 2);
    assert.equal(mark.endLine, 4);
    assert.equal(mark.isOfCommand, true);
    const lines = mark.message.split('\n');
    assert.equal(lines[0], 'The build failed here with exit code 2.');
    assert.deepEqual(lines.slice(1), output.slice(-10));
  });

  it('have the engine’s words for what is no command, without the place and the frame', () => {
    const message = 'Dockerfile:6: "/nosuch": not found\n\n   5 |   two\n   6 | COPY nosuch /';
    const mark = failureMark({ message, line: 6, output: [] }, undefined, text);
    assert.deepEqual(mark, { line: 5, endLine: 5, message: '"/nosuch": not found', isOfCommand: false });
  });

  it('are where the line is by now, and nowhere when it says something else', () => {
    assert.equal(failureMark(failure, text, `# more\n${text}`)?.line, 3);
    assert.equal(failureMark(failure, text, text.replace('one', 'three')), undefined);
    assert.equal(failureMark(failure, text, ''), undefined);
    assert.equal(failureMark({ message: 'no engine', output: [] }, text, text), undefined);
  });

  it('are found in the unfinished and in the last line of a file', () => {
    assert.equal(failureMark({ ...failure, line: 1 }, undefined, 'RUN false')?.endLine, 0);
    assert.equal(failureMark({ ...failure, line: 2 }, undefined, 'FROM a\nRUN <<EOF\nfalse')?.endLine, 2);
  });
});

describe('extension: marks of failed builds, while somebody edits', () => {
  const mark: FailureMark = { line: 2, endLine: 4, message: '', isOfCommand: true };
  const edit = (from: readonly [number, number], to: readonly [number, number], inserted: string): LineChange => ({
    start: { line: from[0], character: from[1] },
    end: { line: to[0], character: to[1] },
    text: inserted,
  });
  const cases: { readonly does: string; readonly change: LineChange; readonly line: number | undefined }[] = [
    { does: 'stay when something after them is edited', change: edit([5, 2], [5, 3], 'x\ny'), line: 2 },
    { does: 'stay when a line before them is edited', change: edit([1, 0], [1, 0], 'x'), line: 2 },
    { does: 'move down with lines that are put in before', change: edit([0, 0], [0, 0], 'a\nb\n'), line: 4 },
    { does: 'move down with a line that is put in directly before', change: edit([2, 0], [2, 0], 'RUN x\n'), line: 3 },
    { does: 'move up with lines that are taken away before', change: edit([0, 0], [2, 0], ''), line: 0 },
    { does: 'go when their first line is edited', change: edit([2, 3], [2, 3], 'x'), line: undefined },
    { does: 'go when their last line is edited', change: edit([4, 1], [4, 2], ''), line: undefined },
    {
      does: 'go when something is put in front of their first word',
      change: edit([2, 0], [2, 0], '# '),
      line: undefined,
    },
    { does: 'go when the line before is joined with theirs', change: edit([0, 6], [2, 0], ''), line: undefined },
    { does: 'go when all is replaced', change: edit([0, 0], [6, 0], ''), line: undefined },
  ];
  for (const { does, change, line } of cases) {
    it(does, () => assert.equal(afterEdit(mark, change)?.line, line));
  }
});
