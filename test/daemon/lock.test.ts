import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs, {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lockBridge, subnetTurn } from '../../runtime/src/daemon/bridge-locks.ts';
import { lockRoot, writePidFile, type Lock } from '../../runtime/src/daemon/lock.ts';
import { startTime } from '../../runtime/src/host/node/processes.ts';
import { until } from '../helpers/poll.ts';

/** Where a lock lies, given back. */
function pathOf(lock: Lock): string {
  using held = lock;
  return held.path;
}

describe('daemon lock', () => {
  let root = '';
  beforeEach(() => (root = mkdtempSync('/tmp/f-lock-')));
  afterEach(() => rmSync(root, { recursive: true }));

  it('names the process that holds the root', async () => {
    const other = spawn('sleep', ['60']);
    await once(other, 'spawn');
    writeFileSync(`${root}/coracle.lock`, `${other.pid} ${startTime(other.pid ?? 0)}\n`);
    assert.throws(
      () => lockRoot(root),
      new RegExp(`data root ${root} is in use by another engine \\(process ${other.pid}\\)`),
    );
    other.kill('SIGKILL');
    await once(other, 'close');
    using lock = lockRoot(root);
    assert.match(readFileSync(lock.path, 'utf8'), new RegExp(`^${process.pid} \\d+\n$`));
  });

  it('says which folder nothing can be written into, and why', () => {
    for (const nowhere of ['/proc/nope/deep', '/proc']) {
      assert.throws(
        () => lockRoot(nowhere),
        new RegExp(`^EngineError: data root ${nowhere} cannot be used: .*no such file`),
      );
    }
    writeFileSync(`${root}/file`, '');
    assert.throws(() => lockRoot(`${root}/file/x`), /file\/x cannot be used: mkdir .*: not a directory$/);
    assert.throws(
      () => writePidFile('/proc/nope/pid'),
      /^EngineError: pid file \/proc\/nope\/pid cannot be used: mkdir \/proc\/nope:/,
    );
  });

  it('names the engine that has a bridge, and takes the bridge of a dead one', async () => {
    const other = spawn('sleep', ['60']);
    await once(other, 'spawn');
    const own = { dataRoot: '/own', execRoot: join(root, 'run') };
    const path = pathOf(lockBridge('b0', own, root));
    assert.match(path, /\/b0\.\d+\.lock$/);
    writeFileSync(path, `${other.pid} ${startTime(other.pid ?? 0)} /its own/root\n`);
    assert.throws(
      () => lockBridge('b0', own, root),
      new RegExp(
        `bridge b0 is in use by another engine \\(process ${other.pid}, data root /its own/root\\): .*--bridge`,
      ),
    );
    using beside = lockBridge('b1', own, root);
    assert.notEqual(beside.path, path);
    other.kill('SIGKILL');
    await once(other, 'close');
    using lock = lockBridge('b0', own, root);
    assert.match(readFileSync(lock.path, 'utf8'), new RegExp(`^${process.pid} \\d+ /own\n${root}/run\n$`));
  });

  it('leaves the bridge of a dead engine to it for as long as its containers run', async () => {
    const owner = (name: string) => ({ dataRoot: join(root, name), execRoot: join(root, `run-${name}`) });
    const path = pathOf(lockBridge('b0', owner('its'), root));
    const program = join(root, 'coracle-shim');
    copyFileSync('/bin/sleep', program);
    chmodSync(program, 0o755);
    const shim = spawn(program, ['60']);
    const stranger = spawn('sleep', ['60']);
    await Promise.all([once(shim, 'spawn'), once(stranger, 'spawn')]);
    const nameOf = async () => await readFile(`/proc/${shim.pid}/comm`, 'utf8');
    await until('it has its name', async () => (await nameOf()) === 'coracle-shim\n');
    mkdirSync(join(root, 'run-its/c/0'), { recursive: true });
    for (const [pid, isHeld] of [
      [shim.pid, true],
      [stranger.pid, false],
    ] as const) {
      writeFileSync(path, `${process.ppid} 1 ${root}/its\n${root}/run-its\n`);
      writeFileSync(join(root, 'run-its/c/0/shim.pid'), `${pid}\n`);
      const take = () => pathOf(lockBridge('b0', owner('other'), root));
      if (isHeld)
        assert.throws(take, /bridge b0 has running containers of an engine that has ended .*its\): start that/);
      else assert.equal(take(), path);
    }
    // Its own engine gets it back.
    writeFileSync(path, `${process.ppid} 1 ${root}/its\n${root}/run-its\n`);
    writeFileSync(join(root, 'run-its/c/0/shim.pid'), `${shim.pid}\n`);
    assert.equal(pathOf(lockBridge('b0', owner('its'), root)), path);
    shim.kill('SIGKILL');
    stranger.kill('SIGKILL');
  });

  it('is not fooled by an id that is used again', () => {
    writeFileSync(`${root}/coracle.lock`, `${process.ppid} 1\n`);
    using lock = lockRoot(root);
    assert.ok(existsSync(lock.path));
  });

  it('takes over a damaged file and leaves nothing behind', () => {
    writeFileSync(`${root}/coracle.lock`, '\0\0');
    {
      using lock = lockRoot(root);
      assert.ok(existsSync(lock.path));
    }
    assert.equal(existsSync(`${root}/coracle.lock`), false);
  });

  it('writes a pid file that holds the id alone', () => {
    {
      using file = writePidFile(`${root}/run/pid`);
      assert.equal(readFileSync(file.path, 'utf8'), `${process.pid}\n`);
    }
    assert.equal(existsSync(`${root}/run/pid`), false);
    writeFileSync(`${root}/run/pid`, `${process.ppid}\n`);
    assert.throws(
      () => writePidFile(`${root}/run/pid`),
      new RegExp(`process with PID ${process.ppid} is still running`),
    );
  });

  it('waits for a turn until the other one gives it back or dies', async () => {
    const path = pathOf(await subnetTurn(root));
    const other = spawn('sleep', ['60']);
    await once(other, 'spawn');
    for (const end of [() => rmSync(path), () => other.kill('SIGKILL')]) {
      writeFileSync(path, `${other.pid} ${startTime(other.pid ?? 0)}\n`);
      const turn = subnetTurn(root);
      assert.equal(await Promise.race([turn, delay(100, 'waits')]), 'waits');
      end();
      pathOf(await turn);
    }
  });

  it('does not take from another what that one took as a third gave it back', () => {
    const path = `${root}/coracle.lock`;
    const others = `${process.ppid} ${startTime(process.ppid)}\n`;
    writeFileSync(path, others);
    const { readFileSync: read } = fs;
    let isFirst = true;
    fs.readFileSync = ((...args: Parameters<typeof read>) => {
      if (args[0] !== path || !isFirst) return read(...args);
      isFirst = false;
      rmSync(path);
      try {
        return read(...args);
      } finally {
        writeFileSync(path, others);
      }
    }) as typeof read;
    syncBuiltinESMExports();
    try {
      assert.throws(() => lockRoot(root), /is in use by another engine/);
    } finally {
      fs.readFileSync = read;
      syncBuiltinESMExports();
    }
    assert.equal(isFirst, false);
    assert.equal(readFileSync(path, 'utf8'), others);
  });

  it('leaves to another a stale lock that it took over meanwhile, though a third looks for a gap', async () => {
    const path = `${root}/coracle.lock`;
    const another = spawn('sleep', ['60']);
    await once(another, 'spawn');
    const others = `${another.pid} ${startTime(another.pid ?? 0)}\n`;
    const thirds = `${others.trim()} third\n`;
    writeFileSync(path, `${another.pid} 1\n`);
    const names = ['linkSync', 'renameSync', 'rmSync', 'unlinkSync'] as const;
    const real = { ...fs };
    let isTaken = false;
    const takeMeanwhile = (): void => {
      if (isTaken) return;
      isTaken = true;
      real.rmSync(path);
      real.writeFileSync(path, others);
    };
    for (const name of names) {
      const act = real[name] as (...args: unknown[]) => void;
      const before = (...args: unknown[]): void => {
        // The first attempt to have the lock has failed by then: this is what prepares the second.
        if (name !== 'linkSync' || args[1] !== path) takeMeanwhile();
        act(...args);
        if (!existsSync(path)) real.writeFileSync(path, thirds);
      };
      Object.assign(fs, { [name]: before });
    }
    syncBuiltinESMExports();
    try {
      assert.throws(() => lockRoot(root), /is in use by another engine/);
    } finally {
      Object.assign(fs, Object.fromEntries(names.map((name) => [name, real[name]])));
      syncBuiltinESMExports();
      another.kill('SIGKILL');
    }
    assert.equal(readFileSync(path, 'utf8'), others);
    assert.deepEqual(readdirSync(root), ['coracle.lock']);
  });

  it('leaves a stale lock to another who is just clearing it away, and takes over the work of one who died at it', async () => {
    const path = `${root}/coracle.lock`;
    writeFileSync(path, `${process.ppid} 1\n`);
    const { ino, mtimeNs } = statSync(path, { bigint: true });
    const claim = `${path}.stale.${ino}-${mtimeNs}`;
    const other = spawn('sleep', ['60']);
    await once(other, 'spawn');
    writeFileSync(claim, `${other.pid} ${startTime(other.pid ?? 0)}\n`);
    assert.throws(() => lockRoot(root), new RegExp(`in use by another engine \\(process ${other.pid}\\)`));
    assert.equal(readFileSync(path, 'utf8'), `${process.ppid} 1\n`);
    other.kill('SIGKILL');
    await once(other, 'close');
    using lock = lockRoot(root);
    assert.match(readFileSync(lock.path, 'utf8'), new RegExp(`^${process.pid} `));
    assert.deepEqual(readdirSync(root), ['coracle.lock']);
  });

  it('takes over a link that leads nowhere', () => {
    symlinkSync('nowhere', `${root}/coracle.lock`);
    using lock = lockRoot(root);
    assert.match(readFileSync(lock.path, 'utf8'), new RegExp(`^${process.pid} `));
  });
});
