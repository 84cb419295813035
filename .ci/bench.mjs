// Runs the benchmarks, one after the other in processes of their own: `npm run bench [-- PART-OF-NAME...]`. Nothing is
// asserted; each prints our figure, the rival's from the same run, the ratio and the ratio we want. BENCH_DISK=8G: on a file system of that
// size made for it, an ext4 with a journal as machines come with; this machine's may have none, or be full of what others left.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const filters = process.argv.slice(2);
const files = readdirSync(join(root, 'test/bench'))
  .filter((name) => name.endsWith('.bench.ts'))
  .filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
  .toSorted();
if (files.length === 0) console.error(`no benchmark has ${filters.join(' or ')} in its name`);
let status = files.length === 0 ? 1 : 0;
const isolation =
  process.getuid() === 0
    ? ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private']
    : [];
const disk = process.env.BENCH_DISK;
if (disk !== undefined && !/^\d{1,3}G$/.test(disk)) throw new Error(`BENCH_DISK=${disk} is no size such as 8G`);
if (disk !== undefined && (isolation.length === 0 || root.startsWith('/tmp/'))) {
  throw new Error('BENCH_DISK needs root, and a checkout that is not in /tmp: the file system is mounted there');
}
/** @param {string} folder that goes afterwards, and the file with the last mount of it */
const mountDisk = (folder) =>
  `cd ${folder} && truncate -s ${disk} file && mkfs.ext4 -q file && mkdir mount && mount -o loop file mount && ` +
  'mount --bind mount /tmp && chmod 1777 /tmp && cd "$OLDPWD" || exit; ';
for (const file of files) {
  // /run is a tmpfs on every stock machine; here it may not be, and each engine keeps what is running there.
  const network = isolation.length === 0 ? '' : 'ip link set lo up; mount -t tmpfs -o mode=755 tmpfs /run; ';
  // Engines and archives lie in /tmp.
  const folder = disk === undefined ? undefined : mkdtempSync('/tmp/bench-disk-');
  const prepare = network + (folder === undefined ? '' : mountDisk(folder));
  const shell = ['sh', '-c', `${prepare} "$@"; exit $?`, 'sh'];
  const [command, ...args] = [
    ...isolation,
    ...shell,
    join(root, 'node_modules/.bin/node'),
    join(root, 'test/bench', file),
  ];
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (folder !== undefined) rmSync(folder, { recursive: true });
  if (result.status !== 0) status = 1;
}
process.exitCode = status;
