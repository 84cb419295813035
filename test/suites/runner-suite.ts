// What any Runner must do, whatever sandbox stands behind it. A runner's own tests call this with a way to make one whose
// roots hold a POSIX shell and the usual small tools.

import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import type {
  Restored,
  RootSpec,
  Runner,
  Sandbox,
  SandboxSpec,
  SandboxStdio,
} from '../../runtime/src/runners/runner.ts';
import { until } from '../helpers/poll.ts';
import { skip } from '../helpers/skip.ts';
import { isKind } from '../../runtime/src/spec/errors.ts';

export interface Bench {
  readonly runner: Runner;
  /** A root that no container has used. */
  newRoot(): RootSpec;
  /** Another runner over the same folders, as after a restart of the daemon. */
  restart(): Promise<Runner>;
  close(): Promise<void>;
}

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A sandbox spec with nothing unusual. */
export function plainSpec(root: RootSpec, argv: readonly string[], change: Partial<SandboxSpec> = {}): SandboxSpec {
  return {
    root,
    config: {},
    hostConfig: {},
    argv,
    env: [path],
    hostname: 'box',
    domainname: '',
    mounts: [],
    network: 'host',
    log: { driver: 'none', path: '', maxSize: 0, maxFiles: 0 },
    isVolatile: false,
    runtime: '',
    ...change,
  };
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly oomKilled: boolean;
}

/** Runs one container from its making to its removal. */
export async function runOnce(bench: Bench, argv: readonly string[], change: Partial<SandboxSpec> = {}): Promise<Ran> {
  const root = bench.newRoot();
  await bench.runner.createRoot(root);
  try {
    const sandbox = await bench.runner.prepare(plainSpec(root, argv, change));
    try {
      const stdio = await sandbox.attach({ stdin: false, stdout: true, stderr: true });
      await sandbox.run();
      const output = change.config?.Tty ? { stdout: await rawText(stdio), stderr: '' } : await readFrames(stdio);
      return { ...(await sandbox.exited), ...output };
    } finally {
      await sandbox.destroy();
    }
  } finally {
    await bench.runner.removeRoot(root);
  }
}

/** Reads Docker's frames to their end. */
export async function readFrames(stdio: SandboxStdio): Promise<{ stdout: string; stderr: string }> {
  const bytes = await buffer(stdio.output);
  const parts = ['', '', ''];
  for (let at = 0; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32BE(at + 4);
    parts[bytes.readUInt8(at)] += bytes.toString('utf8', at + 8, at + 8 + size);
    at += 8 + size;
  }
  return { stdout: parts[1] ?? '', stderr: parts[2] ?? '' };
}

export async function rawText(stdio: SandboxStdio): Promise<string> {
  return (await buffer(stdio.output)).toString();
}

/** What is not the same for all kinds of sandbox. */
export interface SandboxFacts {
  /** Containers run on when their engine ends. */
  readonly outlivesEngine: boolean;
  /** Processes have groups beside their own. */
  readonly groups: boolean;
  /** What `tty` says of the first terminal of a container. */
  readonly terminal: string;
}

const ofLinux: SandboxFacts = { outlivesEngine: true, groups: true, terminal: '/dev/pts/0' };

/** @param unavailable why the suite cannot run here */
export function runnerSuite(
  name: string,
  make: () => Promise<Bench>,
  unavailable?: string,
  facts: SandboxFacts = ofLinux,
): void {
  describe(`runner ${name}`, () => {
    let bench: Bench;
    before(async function () {
      if (unavailable !== undefined) skip(this, unavailable);
      bench = await make();
    });
    after(async () => bench?.close());

    const shell = (script: string, change: Partial<SandboxSpec> = {}) => runOnce(bench, ['sh', '-c', script], change);

    it('runs a command and tells both outputs and its exit code', async () => {
      const ran = await shell('echo out; echo err >&2; exit 7');
      assert.deepEqual(ran.stdout, 'out\n');
      assert.deepEqual(ran.stderr, 'err\n');
      assert.equal(ran.code, 7);
      assert.equal(ran.oomKilled, false);
    });

    it('gives environment, working directory and host name', async () => {
      const { stdout } = await shell('echo $A; pwd; hostname', {
        env: [path, 'A=b c'],
        config: { WorkingDir: '/made/up' },
      });
      assert.equal(stdout, 'b c\n/made/up\nbox\n');
    });

    it('runs as the user that the root itself names', async () => {
      const { stdout } = await shell('id -u; id -g; id -G | tr " " "\\n" | sort -n', {
        config: { User: 'web' },
        hostConfig: { GroupAdd: ['7'] },
      });
      assert.equal(stdout, facts.groups ? '33\n34\n7\n29\n34\n' : '33\n34\n34\n');
    });

    it('refuses a user that is not there, and leaves nothing', async () => {
      await assert.rejects(shell('true', { config: { User: 'nosuch' } }), {
        kind: 'invalidParameter',
        message: 'unable to find user nosuch: no matching entries in passwd file',
      });
      assert.deepEqual(await bench.runner.leftovers(), []);
    });

    for (const [argv, code, text] of [
      [['nosuch'], 127, 'exec: "nosuch": executable file not found in $PATH'],
      [['/no/such'], 127, 'no such file or directory'],
      [['/plain'], 126, 'permission denied'],
      [['/etc'], 126, 'permission denied'],
    ] as const) {
      it(`cannot start ${argv[0]}: ${code}`, async () => {
        await assert.rejects(runOnce(bench, argv), (error) => {
          assert.ok(isKind(error, 'invalidParameter'), String(error));
          assert.match(error.message, /^failed to create task for container: /);
          assert.ok(error.message.includes(text), error.message);
          assert.equal((error.cause as { exitCode: number }).exitCode, code);
          return true;
        });
        assert.deepEqual(await bench.runner.leftovers(), []);
      });
    }

    it('passes input on and ends it', async () => {
      await using held = await hold(bench, ['sort'], { config: { OpenStdin: true, StdinOnce: true } });
      const stdio = await held.sandbox.attach({ stdin: true, stdout: true, stderr: true });
      await held.sandbox.run();
      await stdio.write(Buffer.from('b\na\n'));
      await stdio.endInput();
      assert.equal((await readFrames(stdio)).stdout, 'a\nb\n');
      assert.equal((await held.sandbox.exited).code, 0);
    });

    it('gives a terminal with the size asked for', async () => {
      await using held = await hold(
        bench,
        ['sh', '-c', 'tty; read x; until stty size | grep -q 40; do sleep 0.01; done 2>/dev/null; stty size'],
        {
          config: { Tty: true, OpenStdin: true },
        },
      );
      const stdio = await held.sandbox.attach({ stdin: true, stdout: true, stderr: true });
      await held.sandbox.run();
      const output = stdio.output[Symbol.asyncIterator]();
      assert.equal(Buffer.from((await output.next()).value ?? []).toString(), `${facts.terminal}\r\n`);
      await held.sandbox.resize(40, 100);
      await stdio.write(Buffer.from('\n'));
      assert.equal((await buffer({ [Symbol.asyncIterator]: () => output })).toString(), '\r\n40 100\r\n');
    });

    it('has the size of the terminal from the first instruction on', async () => {
      const change = { config: { Tty: true }, hostConfig: { ConsoleSize: [31, 91] } };
      assert.equal((await runOnce(bench, ['stty', 'size'], change)).stdout, '31 91\r\n');
    });

    it('signals the first process', async () => {
      await using held = await hold(bench, ['sh', '-c', 'trap "exit 9" TERM; echo up; while :; do sleep 0.05; done']);
      const stdio = await held.sandbox.attach({ stdin: false, stdout: true, stderr: false });
      await held.sandbox.run();
      await stdio.output[Symbol.asyncIterator]().next();
      await held.sandbox.signal(15);
      assert.equal((await held.sandbox.exited).code, 9);
      await assert.rejects(held.sandbox.signal(15), { kind: 'conflict' });
    });

    it('reports a death by signal as 128 and its number', async () => {
      await using held = await hold(bench, ['sleep', '60']);
      await held.sandbox.run();
      await held.sandbox.signal(9);
      assert.equal((await held.sandbox.exited).code, 137);
    });

    it('pauses and resumes', async () => {
      await using held = await hold(bench, ['sleep', '60']);
      await held.sandbox.run();
      await held.sandbox.pause();
      await held.sandbox.resume();
      assert.ok((await held.sandbox.processes()).length > 0);
    });

    it('destroys what is paused', async () => {
      await using held = await hold(bench, ['sleep', '60']);
      await held.sandbox.run();
      await held.sandbox.pause();
      await held.sandbox.destroy();
      assert.deepEqual(await bench.runner.leftovers(), []);
    });

    it('counts', async () => {
      await using held = await hold(bench, ['sleep', '60']);
      const { pid } = await held.sandbox.run();
      // runc's own threads are counted until the program takes their place.
      const stats = await until('one process that has done something', async () => {
        const now = await held.sandbox.stats();
        return now.pids.current === 1 && now.cpuTotalNs > 0n && now;
      });
      assert.ok(stats.systemCpuNs > 0n && stats.memory.usage > 0 && stats.onlineCpus > 0);
      assert.deepEqual(await held.sandbox.processes(), [pid]);
    });

    describe('exec', () => {
      const exec = async (sandbox: Sandbox, argv: readonly string[], change = {}) => {
        const process = await sandbox.exec({ ...plainExec(argv), ...change });
        const stdio = await process.attach({ stdin: false, stdout: true, stderr: true });
        await process.run();
        const output = await readFrames(stdio);
        return { ...(await process.exited), ...output };
      };

      it('runs further commands, as another user, elsewhere, privileged', async () => {
        await using held = await hold(bench, ['sleep', '60']);
        await held.sandbox.run();
        const ran = await exec(held.sandbox, ['sh', '-c', 'id -u; pwd; echo $B; exit 3'], {
          user: 'web:audio',
          workingDir: '/tmp',
          env: [path, 'B=c'],
          privileged: true,
        });
        assert.equal(ran.stdout, '33\n/tmp\nc\n');
        assert.equal(ran.code, 3);
        assert.equal(held.sandbox.execs.size, 0);
      });

      it('refuses a user that is not there', async () => {
        await using held = await hold(bench, ['sleep', '60']);
        await held.sandbox.run();
        await assert.rejects(held.sandbox.exec({ ...plainExec(['true']), user: 'nosuch' }), {
          kind: 'invalidParameter',
          message: 'unable to find user nosuch: no matching entries in passwd file',
        });
      });

      it('tells why a command cannot start', async () => {
        await using held = await hold(bench, ['sleep', '60']);
        await held.sandbox.run();
        await assert.rejects(exec(held.sandbox, ['nosuch']), (error) => {
          assert.ok(isKind(error, 'invalidParameter'));
          assert.match(error.message, /^OCI runtime exec failed: .*"nosuch": executable file not found in \$PATH/);
          assert.equal((error.cause as { exitCode: number }).exitCode, 127);
          return true;
        });
      });

      it('gives a terminal', async () => {
        await using held = await hold(bench, ['sleep', '60']);
        await held.sandbox.run();
        const process = await held.sandbox.exec({
          ...plainExec(['sh', '-c', 'tty; until stty size | grep -q 30; do sleep 0.01; done 2>/dev/null; stty size']),
          terminal: true,
          consoleSize: { rows: 30, columns: 90 },
        });
        const stdio = await process.attach({ stdin: false, stdout: true, stderr: true });
        await process.run();
        const [device = '', size] = (await rawText(stdio)).split('\r\n');
        assert.equal(device.replace(/\d$/, '0'), facts.terminal);
        assert.equal(size, '30 90');
      });

      it('forgets what was attached to and never ran, with its container', async () => {
        await using held = await hold(bench, ['sleep', '60']);
        await held.sandbox.run();
        const process = await held.sandbox.exec(plainExec(['true']));
        const stdio = await process.attach({ stdin: false, stdout: true, stderr: true });
        await held.sandbox.destroy();
        assert.deepEqual(await readFrames(stdio), { stdout: '', stderr: '' });
        assert.notEqual((await process.exited).code, 0);
        await assert.rejects(process.run(), { kind: 'conflict' });
      });

      it('ends with its container', async () => {
        await using held = await hold(bench, ['sleep', '60']);
        await held.sandbox.run();
        const process = await held.sandbox.exec(plainExec(['sleep', '60']));
        await process.run();
        await held.sandbox.signal(9);
        assert.equal((await process.exited).code, 137);
      });

      it('needs a container that runs', async () => {
        await using held = await hold(bench, ['true']);
        await held.sandbox.run();
        await held.sandbox.exited;
        await assert.rejects(held.sandbox.exec(plainExec(['true'])), { kind: 'conflict' });
      });
    });

    describe('after a restart', () => {
      if (!facts.outlivesEngine) {
        it('knows nothing of what ran, but its files', async () => {
          await using held = await hold(bench, ['sh', '-c', 'echo kept > /kept']);
          await held.sandbox.run();
          await held.sandbox.exited;
          await held.sandbox.destroy();
          const second = await until('its files are on disk', async () => {
            const next = await bench.restart();
            await using tree = await next.openRoot(held.root, []);
            return (await tree.stat('/kept')) !== undefined && next;
          });
          assert.equal(await second.restore(held.root, { config: {}, hostConfig: {} }), undefined);
          assert.deepEqual(await second.leftovers(), []);
        });
        return;
      }

      it('finds what runs, its exec, its output and its exit code', async () => {
        await using held = await hold(bench, ['sh', '-c', 'read x; echo "$x"; exit 5'], {
          config: { OpenStdin: true },
        });
        await held.sandbox.run();
        const exec = await held.sandbox.exec(plainExec(['sleep', '60']));
        await exec.run();
        const second = await bench.restart();
        assert.deepEqual(await second.leftovers(), [held.root.id]);
        const found = await restored(second, held.root);
        assert.equal(found.state, 'running');
        assert.deepEqual([...found.sandbox.execs.keys()], [plainExec([]).execId]);
        const stdio = await found.sandbox.attach({ stdin: true, stdout: true, stderr: true });
        await stdio.write(Buffer.from('still here\n'));
        assert.equal((await readFrames(stdio)).stdout, 'still here\n');
        assert.equal((await found.sandbox.exited).code, 5);
        await found.sandbox.destroy();
        assert.deepEqual(await second.leftovers(), []);
      });

      it('finds the exit of what ended meanwhile', async () => {
        await using held = await hold(bench, ['sh', '-c', 'exit 6']);
        await held.sandbox.run();
        await held.sandbox.exited;
        const second = await bench.restart();
        const found = await restored(second, held.root);
        assert.ok(found.state === 'exited');
        assert.equal(found.exit.code, 6);
        assert.equal((await found.sandbox.exited).code, 6);
        await found.sandbox.destroy();
        assert.deepEqual(await second.leftovers(), []);
      });

      it('clears away what was prepared and never ran', async () => {
        await using held = await hold(bench, ['true']);
        const second = await bench.restart();
        assert.equal(await second.restore(held.root, { config: {}, hostConfig: {} }), undefined);
        assert.deepEqual(await second.leftovers(), []);
      });

      it('purges what nobody knows', async () => {
        await using held = await hold(bench, ['sleep', '60']);
        const { pid } = await held.sandbox.run();
        const second = await bench.restart();
        await second.purge(held.root.id);
        assert.deepEqual(await second.leftovers(), []);
        assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
        await second.purge(held.root.id);
      });

      it('knows nothing of a container that never was', async () => {
        assert.equal(await bench.runner.restore(bench.newRoot(), { config: {}, hostConfig: {} }), undefined);
      });
    });

    describe('files', () => {
      it('shows a root that does not run, and its changes', async () => {
        await using held = await hold(bench, ['sh', '-c', 'echo new > /made; rm /plain']);
        await held.sandbox.run();
        await held.sandbox.exited;
        await held.sandbox.destroy();
        {
          await using tree = await bench.runner.openRoot(held.root, []);
          assert.equal((await buffer(tree.read('/made'))).toString(), 'new\n');
          assert.equal(await tree.stat('/plain'), undefined);
        }
        await using changes = await bench.runner.openChanges(held.root);
        const types = new Map<string, string>();
        for await (const { path: name, type } of changes.walk('', { metadataOnly: true })) types.set(name, type);
        assert.equal(types.get('plain'), 'character');
        assert.equal(types.get('made'), 'file');
        assert.deepEqual(await bench.runner.leftovers(), []);
      });

      it('shares the root of a running container', async () => {
        await using held = await hold(bench, ['sleep', '60']);
        await held.sandbox.run();
        {
          await using tree = await bench.runner.openRoot(held.root, []);
          await tree.put({ ...emptyFile, path: 'put', size: 2 }, bytes('hi'));
          await tree.flush();
        }
        const process = await held.sandbox.exec(plainExec(['cat', '/put']));
        const stdio = await process.attach({ stdin: false, stdout: true, stderr: true });
        await process.run();
        assert.equal((await readFrames(stdio)).stdout, 'hi');
      });

      it('is opened and closed by many at once, while it starts and ends', async () => {
        const root = bench.newRoot();
        await bench.runner.createRoot(root);
        const look = async () => {
          for (let round = 0; round < 6; round += 1) {
            await using tree = await bench.runner.openRoot(root, []);
            assert.equal((await tree.stat('/plain'))?.type, 'file');
          }
        };
        const live = async () => {
          for (let round = 0; round < 4; round += 1) {
            const sandbox = await bench.runner.prepare(plainSpec(root, ['true']));
            await sandbox.run();
            await sandbox.exited;
            await sandbox.destroy();
          }
        };
        await Promise.all([look(), look(), look(), live()]);
        assert.deepEqual(await bench.runner.leftovers(), []);
        await bench.runner.removeRoot(root);
      });

      it('keeps the root while somebody reads it, and lets go afterwards', async () => {
        await using held = await hold(bench, ['true']);
        await held.sandbox.run();
        const tree = await bench.runner.openRoot(held.root, []);
        await held.sandbox.exited;
        await held.sandbox.destroy();
        assert.equal((await tree.stat('/plain'))?.type, 'file');
        await tree[Symbol.asyncDispose]();
        assert.deepEqual(await bench.runner.leftovers(), []);
      });
    });

    it('destroys twice without a word', async () => {
      await using held = await hold(bench, ['sleep', '60']);
      await held.sandbox.run();
      await held.sandbox.destroy();
      await held.sandbox.destroy();
      assert.deepEqual(await bench.runner.leftovers(), []);
    });
  });
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

const emptyFile = {
  path: '',
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtimeNs: 0n,
  linkName: '',
  deviceMajor: 0,
  deviceMinor: 0,
  xattrs: new Map(),
} as const;

/** An exec with nothing unusual. */
export function plainExec(argv: readonly string[]) {
  return {
    execId: 'e'.repeat(64),
    process: {},
    argv,
    env: [path],
    workingDir: '/',
    user: '',
    privileged: false,
    terminal: false,
    stdin: false,
  };
}

async function restored(runner: Runner, root: RootSpec): Promise<Restored> {
  const found = await runner.restore(root, { config: {}, hostConfig: {} });
  assert.ok(found !== undefined);
  return found;
}

export interface Held extends AsyncDisposable {
  readonly root: RootSpec;
  readonly sandbox: Sandbox;
}

/** A prepared container that goes with the block. */
export async function hold(bench: Bench, argv: readonly string[], change: Partial<SandboxSpec> = {}): Promise<Held> {
  const root = bench.newRoot();
  await bench.runner.createRoot(root);
  const sandbox = await bench.runner.prepare(plainSpec(root, argv, change));
  return {
    root,
    sandbox,
    async [Symbol.asyncDispose]() {
      await sandbox.destroy();
      await bench.runner.purge(root.id);
      await bench.runner.removeRoot(root);
    },
  };
}
