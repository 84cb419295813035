// What an engine leaves that is killed while it compiles a filter.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RuntimeSeccomp } from '../../runtime/src/runners/linux/oci-runtime-spec.ts';
import { groupPath } from '../../runtime/src/runners/linux/process-group.ts';
import { SeccompCache } from '../../runtime/src/runners/linux/seccomp-cache.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
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

  it('keeps what it needs to end that container later where it could not be ended at once', async () => {
    const bench = await linuxBench();
    try {
      await bench.runner.settled();
      const { cgroups } = bench.runner.facts;
      const execRoot = join(bench.execRoot, 'apart');
      const folder = join(execRoot, 'seccomp');
      const runtime = join(bench.execRoot, 'runtime');
      const broken = join(bench.execRoot, 'broken');
      // The real one, but for what it is to remove while that file is there.
      const script = `#!/bin/sh\ncase "$*" in *" delete "*) test ! -e ${broken} || exit 1;; esac\nexec /usr/bin/crun "$@"\n`;
      writeFileSync(runtime, script, { mode: 0o755 });
      const warnings: string[] = [];
      const logger = { ...silentLogger, warn: (text: string) => void warnings.push(text) };
      const cgroupsPath = groupPath(cgroups, '/coracle-test', `seccomp-${process.pid}`);
      const make = () =>
        new SeccompCache({ runtime, groupArgs: [], cgroupsPath, hidePath: cgroups.unified, execRoot, logger });
      const profile: RuntimeSeccomp = { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_X86_64'] };

      writeFileSync(broken, '');
      const first = make();
      assert.equal(first.get(profile), undefined);
      await first.settled();
      // It has the filter all the same.
      const filter = first.get(profile);
      assert.ok(filter !== undefined);
      const [bundle = ''] = readdirSync(folder).filter((name) => name.endsWith('.bundle'));
      const state = readFileSync(join(folder, bundle, 'state/seccomp/status'), 'utf8');
      const { pid } = JSON.parse(state) as { readonly pid: number };
      assert.ok(isAlive(pid));
      assert.deepEqual(warnings, ['what was made to compile a seccomp profile stays until the next start']);

      // Neither does an engine that still cannot lose it, nor where the filter is wanted again.
      rmSync(join(folder, bundle.replace('.bundle', '')));
      const second = make();
      second.get(profile);
      await second.settled();
      assert.ok(existsSync(join(folder, bundle, 'state/seccomp/status')));

      rmSync(broken);
      const third = make();
      third.get(profile);
      await third.settled();
      assert.ok(!isAlive(pid));
      assert.equal(third.get(profile), filter);
      assert.deepEqual(readdirSync(folder), [bundle.replace('.bundle', '')]);
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
