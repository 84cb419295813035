import assert from 'node:assert/strict';
import type { StartFailure } from '../../runtime/src/runners/runner.ts';
import { startError } from '../../runtime/src/runners/linux/start-failure.ts';

const missing = 'executable file `nosuch` not found in $PATH: No such file or directory';
const create =
  'failed to create task for container: failed to create shim task: OCI runtime create failed: unable to start container process: error during container init: ';

// What crun 1.8.1 and runc 1.1.5 log, command, exit code, end of the sentence.
const cases: readonly [string, string, number, string][] = [
  [missing, 'nosuch', 127, 'exec: "nosuch": executable file not found in $PATH: unknown'],
  [
    'executable file `/nosuch` not found in $PATH: No such file or directory',
    '/nosuch',
    127,
    'exec: "/nosuch": stat /nosuch: no such file or directory: unknown',
  ],
  ['open executable: Permission denied', '/file', 126, 'exec: "/file": permission denied: unknown'],
  ['open executable: Operation not permitted', '/dir', 126, 'exec: "/dir": is a directory: permission denied: unknown'],
  ['open executable: Operation not permitted', '', 127, 'exec: "": executable file not found in $PATH: unknown'],
  ['chdir `/gone`: No such file or directory', 'x', 127, 'chdir `/gone`: no such file or directory: unknown'],
  [
    'time="2026-11-25T03:44:01Z" level=error msg="runc run failed: unable to start container process: exec: \\"/nosuch\\": stat /nosuch: no such file or directory"',
    '/nosuch',
    127,
    'exec: "/nosuch": stat /nosuch: no such file or directory: unknown',
  ],
  [
    '{"level":"error","msg":"runc run failed: unable to start container process: exec: \\"/dir\\": permission denied"}\n',
    '/dir',
    126,
    'exec: "/dir": permission denied: unknown',
  ],
  ['the sysctl `vm.swappiness` is not namespaced', 'x', 128, 'the sysctl `vm.swappiness` is not namespaced: unknown'],
  ['', 'x', 128, 'the runtime failed without a message: unknown'],
];

describe('start failures', () => {
  for (const [log, command, exitCode, end] of cases) {
    it(`reads ${log.slice(0, 60)}`, () => {
      const error = startError('container', log, [command]);
      assert.equal(error.message, create + end);
      assert.equal((error.cause as StartFailure).exitCode, exitCode);
      assert.equal(error.kind, exitCode === 128 ? 'system' : 'invalidParameter');
    });
  }

  it('speaks of an exec in its own sentence', () => {
    assert.equal(
      startError('exec', missing, ['nosuch']).message,
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown',
    );
  });

  it('explains a file mounted onto a directory', () => {
    assert.match(
      startError('container', 'mount `/etc/passwd` to `adir`: Not a directory', ['x']).message,
      /not a directory: unknown: Are you trying to mount a directory onto a file \(or vice-versa\)\?/,
    );
  });
});
