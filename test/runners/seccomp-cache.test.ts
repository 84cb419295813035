// What an engine leaves that is killed while it compiles a filter.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { skip } from '../helpers/skip.ts';
import { linuxBench, missing } from './linux-fixture.ts';

describe('filters compiled ahead', () => {
  before(function () {
    const reason = missing();
    if (reason !== undefined) skip(this, reason);
  });

  it('ends the container that never starts, which an engine that was killed has left', async () => {
    const bench = await linuxBench();
    try {
      await bench.runner.settled();
      const bundle = join(bench.execRoot, 'seccomp/0123.bundle');
      const left = crun(bundle, bench.runner.facts.cgroups.unified);
      mkdirSync(join(bundle, 'rootfs/dev'), { recursive: true });
      writeFileSync(join(bundle, 'rootfs/never'), '', { mode: 0o755 });
      writeFileSync(join(bundle, 'config.json'), JSON.stringify(smallest));
      left('create', '--bundle', bundle, 'seccomp');
      const { pid } = JSON.parse(left('state', 'seccomp')) as { readonly pid: number };
      assert.ok(isAlive(pid));

      const next = await bench.restart();
      next.warmUp();
      await next.settled();
      assert.ok(!isAlive(pid));
      assert.deepEqual(
        readdirSync(join(bench.execRoot, 'seccomp')).filter((name) => !/^[0-9a-f]{64}$/.test(name)),
        [],
      );
    } finally {
      await bench.close();
    }
  });
});

const smallest = {
  ociVersion: '1.0.2',
  process: { args: ['/never'], cwd: '/', user: { uid: 0, gid: 0 }, env: ['PATH=/'] },
  root: { path: 'rootfs' },
  mounts: [],
  linux: { cgroupsPath: `/coracle-test/left-${process.pid}`, namespaces: [{ type: 'mount' }, { type: 'pid' }] },
};

/** @param hidden where there is a tree of version 2 beside the others, which crun refuses */
function crun(bundle: string, hidden?: string): (...args: readonly string[]) => string {
  const hiding = hidden === undefined ? '' : `umount ${hidden} || exit 1; `;
  const script = `${hiding}exec /usr/bin/crun --root ${bundle}/state "$@"`;
  return (...args) =>
    execFileSync('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ...args], {
      stdio: ['ignore', args[0] === 'create' ? 'ignore' : 'pipe', 'inherit'],
      encoding: 'utf8',
    });
}

/** Also of one that has ended and is waited for by nobody: that runs no more. */
function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}`)) return false;
  return !/^State:\s+Z/m.test(execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8' }));
}
