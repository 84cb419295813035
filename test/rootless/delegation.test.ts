// Control groups of version 2 that were delegated to a user: the engine's own processes leave the group free to be divided.

import assert from 'node:assert/strict';
import { chownSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { groupIn } from '../../runtime/src/rootless/delegation.ts';
import { until } from '../helpers/poll.ts';
import { run, runOk } from '../helpers/run.ts';
import { requireDaemon } from '../helpers/temp-daemon.ts';
import { requireTestUser, testUser } from '../helpers/test-user.ts';
import { daemonBundle, nodeBinary } from '../helpers/paths.ts';

describe('a control group delegated to the user of an engine', () => {
  const group = `/sys/fs/cgroup/coracle-delegated-${process.pid}`;

  before(async function () {
    requireDaemon(this);
    requireTestUser(this);
    // As on a host that has version 2 only.
    await runOk('mount', ['-t', 'cgroup2', 'none', '/sys/fs/cgroup']);
    mkdirSync(group);
    for (const name of ['', '/cgroup.procs', '/cgroup.subtree_control']) {
      chownSync(group + name, testUser().uid, testUser().gid);
    }
  });

  after(async () => {
    for (const path of [`${group}/engine`, group]) {
      await until('the group is empty', async () => readFileSync(`${path}/cgroup.procs`, 'utf8') === '');
      rmdirSync(path);
    }
    await runOk('umount', ['/sys/fs/cgroup']);
  });

  it('gets a child for the engine, which containers have theirs beside', async () => {
    const user = testUser();
    const start = 'echo $$ > "$0/cgroup.procs"; exec setpriv --reuid="$1" --regid="$1" --clear-groups "$2" "$3"';
    const words = ['-c', start, group, String(user.uid), user.visible(nodeBinary), user.visible(daemonBundle)];
    const running = run('sh', words, { env: user.env, cwd: '/' });
    const folder = `${user.env['XDG_RUNTIME_DIR']}/coracle`;
    const read = (file: string): string => readFileSync(`${folder}/${file}`, 'utf8').trim();
    // A ping would be answered before the engine stands.
    const version = ['-sf', '--unix-socket', `${folder}/coracle.sock`, 'http://x/version'];
    await until('it answers', async () => (await run('curl', version)).code === 0);
    const pid = read('coracle.pid');
    const { holder } = JSON.parse(read('rootless.json')) as { readonly holder: { readonly pid: number } };
    for (const process of [pid, holder.pid]) {
      assert.match(groupIn(readFileSync(`/proc/${process}/cgroup`, 'utf8')), /\/coracle-delegated-\d+\/engine$/);
    }
    assert.equal(readFileSync(`${group}/cgroup.procs`, 'utf8'), '');
    await runOk('kill', [pid]);
    assert.equal((await running).code, 0);
  });
});
