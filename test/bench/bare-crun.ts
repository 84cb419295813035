// `crun run` of a bundle that is ready, without an engine.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { removeGroups } from './engines.ts';
import { cpuGroup, type Subject } from './harness.ts';

/**
 * From a shell that waits: what starting a program from here takes is not crun's.
 * @param folder the bundle
 * @param group what its configuration has the container run in, whose time counts as well
 */
export function bareCrun(folder: string, group?: string): Subject & AsyncDisposable {
  const cpu = cpuGroup('crun', group === undefined ? [] : [group]);
  // As our engine does: crun refuses a hybrid cgroup layout.
  const script = `umount /sys/fs/cgroup/unified 2>/dev/null; i=0; while read -r _; do i=$((i+1)); crun run -b ${folder} bench-$i >/dev/null 2>&1; echo $?; done`;
  const shell = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (shell.pid !== undefined) cpu.add(shell.pid);
  return {
    name: 'bare crun',
    cpuMs: () => cpu.usedMs(),
    run: async () => {
      shell.stdin.write('\n');
      const [status] = (await once(shell.stdout, 'data')) as [Buffer];
      if (status.toString() !== '0\n') throw new Error(`crun run ended with ${status.toString()}`);
    },
    async [Symbol.asyncDispose]() {
      const ended = once(shell, 'exit');
      shell.stdin.end();
      await ended;
      cpu[Symbol.dispose]();
      if (group !== undefined) removeGroups(group);
    },
  };
}
