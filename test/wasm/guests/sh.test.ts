// The shell of coracle/wasi in its place: processes, pipes, signals and terminals are those of a container.

import assert from 'node:assert/strict';
import { until } from '../../helpers/poll.ts';
import { describeKernels, type Running } from '../processes/container.ts';
import { missingGuests, WasiContainer } from './wasi-container.ts';

const control = { c: '\u0003', d: '\u0004', z: '\u001A', r: '\u0012', w: '\u0017' };
const left = '\u001B[D';
const up = '\u001B[A';
const home = '\u001B[H';

describeKernels('sh in a container of WebAssembly', missingGuests, (host, kernel) => {
  let container: WasiContainer;

  before(async () => {
    container = await WasiContainer.create(host());
  });

  after(async () => container?.[Symbol.asyncDispose]());

  /** Standard output, with the status where that is not 0 and standard error where there is some. */
  async function sh(script: string): Promise<string> {
    const { code, output, errors } = await container.sh(script);
    return output + (errors === '' ? '' : `errors: ${errors}`) + (code === 0 ? '' : `exit ${code}\n`);
  }

  /** The pid of the process that runs it, once there is one. */
  function processOf(name: string): Promise<number> {
    const find = () => container.processes.list().find(({ argv, state }) => argv[0] === name && state !== 'ended')?.pid;
    return until(`${name} runs`, () => Promise.resolve(find()));
  }

  it('runs programs, builtins and both in pipelines', async () => {
    assert.equal(await sh('seq 3 | cat | while read n; do echo "<$n>"; done'), '<1>\n<2>\n<3>\n');
    assert.equal(
      await sh('for i in a b; do echo $i; done | tr a-z A-Z; echo $(seq 2; echo x) `pwd`'),
      'A\nB\n1 2 x /tmp\n',
    );
    assert.equal(
      await sh('f() { echo in $1; return 3; }; f a | cat; f b; echo $?; (exit 4) | true; echo $?'),
      'in a\nin b\n3\n0\n',
    );
    assert.equal(await sh('set -o pipefail; false | true; echo $?; x=1; (x=2; echo $x); echo $x'), '1\n2\n1\n');
  });

  it('ends who writes to nobody', async () => {
    assert.equal(await sh('yes | head -2; yes | head -1 >/dev/null; echo $?'), 'y\ny\n0\n');
    assert.equal(await sh('while :; do echo y; done | head -1; echo $?'), 'y\n0\n');
  });

  it('finds commands, and says why it cannot run one', async () => {
    assert.equal(await sh('nothing'), 'errors: sh: nothing: not found\nexit 127\n');
    assert.equal(await sh('/etc'), 'errors: sh: /etc: Permission denied\nexit 126\n');
    assert.equal(
      await sh('echo "echo script \\$1 \\$0" >s; chmod +x s; ./s x; PATH=/tmp s y; sh s z'),
      'script x ./s\nscript y /tmp/s\nscript z s\n',
    );
    assert.equal(
      await sh('printf "#!/bin/sh\\necho hash \\$1\\n" >h; chmod +x h; ./h 1; type ls cd'),
      'hash 1\nls is /bin/ls\ncd is a shell builtin\n',
    );
  });

  it('redirects, with descriptors of its own and of its children', async () => {
    const script =
      'exec 3>f; echo a >&3; (echo b >&3); sh -c "echo c >&3"; exec 3>&-; cat f; ls nothing 2>/dev/null || echo none; cat <<E\nhere $((1+1))\nE';
    assert.equal(await sh(script), 'a\nb\nc\nnone\nhere 2\n');
    assert.equal(
      await sh('x=$(seq 30000); cat <<E | wc -c\n$x\nE\necho "$x" | tail -1; printf %s "$x" >g; wc -c <g; rm f g'),
      '168894\n30000\n168893\n',
    );
  });

  it('leaves to a program what it has not read', async () => {
    const running = await container.program(['sh'], { stdin: true });
    await running.write(
      'read x; echo "got $x"\nthe line\nsh -c "read y; echo child got \\$y"\nfor the child\necho end\n',
    );
    running.program.endInput();
    await running.program.exited;
    assert.equal(running.text(1), 'got the line\nchild got for the child\nend\n');
  });

  it('keeps working directories apart', async () => {
    assert.equal(
      await sh(
        'mkdir -p d/e; cd d; (cd e; pwd); pwd; : >e/f; ls e; cd e && ls; cd ..; echo */*; cd; pwd; cd -; rm -r /tmp/d',
      ),
      '/tmp/d/e\n/tmp/d\nf\nf\ne/f\n/root\n/tmp/d\n',
    );
    const { output } = await container.sh('pwd; ls', { workingDirectory: '/usr', env: ['PATH=/bin'] });
    assert.match(output, /^\/usr\n/);
  });

  it('runs in the background and waits', async () => {
    assert.equal(
      await sh('(exit 5) & wait $!; echo $?; sleep 0 & wait; echo $?; { echo a; } & wait; x=$(echo b & wait); echo $x'),
      '5\n0\na\nb\n',
    );
    assert.equal(
      await sh('sleep 100 & kill $!; wait $!; echo $?; sleep 100 & kill -9 %1; wait %1; echo $?'),
      '143\n137\n',
    );
  });

  it('traps signals, and dies of others', async () => {
    assert.equal(
      await sh('trap "echo bye" EXIT; trap "echo usr" USR1; kill -USR1 $$; echo on; exit 3'),
      'usr\non\nbye\nexit 3\n',
    );
    assert.equal(await sh('kill -TERM $$; echo no'), 'exit 143\n');
    assert.equal(
      await sh(
        'trap "" TERM; kill -TERM $$; sh -c "kill -TERM \\$\\$; echo ignored too"; (trap "echo sub" EXIT); echo end',
      ),
      'ignored too\nsub\nend\n',
    );
    const running = await container.program([
      'sh',
      '-c',
      'trap "echo caught; exit 7" TERM; echo ready; while :; do sleep 100; done',
    ]);
    await running.shows('ready');
    // The trap is run once the program in the foreground has ended.
    const sleeper = await processOf('sleep');
    running.program.signal(15);
    await container.sh(`kill ${sleeper}`);
    assert.deepEqual(await running.program.exited, { code: 7, oomKilled: false });
    assert.equal(running.text(1), 'ready\ncaught\n');
  });

  it('says it when commands go too deep', async () => {
    assert.match(await sh('f() { f; }; f'), /^errors: sh: .*too deep.*\nexit 2\n$/);
    assert.match(
      await sh('a="\\$(eval \\"\\$a\\")"; eval "$a"; echo on'),
      /too deep.*\non\n$|^on\nerrors: .*too deep/s,
    );
    assert.match(await sh('eval "$(seq 3000 | sed "s/.*/if :; then/")"'), /^errors: sh: Syntax error: .*\nexit 2\n$/);
  });

  describe('at a terminal', () => {
    let running: Running;
    let seen = 0;

    beforeEach(async () => {
      running = await container.program(['sh'], {
        stdin: true,
        terminal: { rows: 24, columns: 80 },
        env: ['PATH=/bin', 'HOME=/root', 'PS1=\\u@\\h:\\w\\$ '],
      });
      seen = 0;
      await answer('root@box:/tmp# ');
    });

    afterEach(async function () {
      if (this.currentTest?.state === 'passed') await running.write('exit\r');
      else running.program.signal(9);
      await running.program.exited;
    });

    /** What is shown, from what was looked at before to these words. */
    async function answer(words: string): Promise<string> {
      const from = seen;
      await until(`the terminal shows ${JSON.stringify(words)}`, () =>
        Promise.resolve(running.text(1).indexOf(words, from) >= 0),
      );
      seen = running.text(1).indexOf(words, from) + words.length;
      return running.text(1).slice(from, seen);
    }

    /** Types a line: what is shown after it, up to the next prompt. */
    async function type(line: string): Promise<string> {
      await running.write(`${line}\r`);
      await answer('\r\n');
      return (await answer('# ')).replace(/root@box:\S+# $/, '');
    }

    it('edits lines', async () => {
      assert.equal(await type(`echo acd${left}${left}b`), 'abcd\r\n');
      assert.equal(await type(`cho x${home}e`), 'x\r\n');
      assert.equal(await type(`echo one two${control.w}three`), 'one three\r\n');
      assert.equal(await type('echo äöü€😀x\u007F\u007F'), 'äöü€\r\n');
      assert.equal(await type(`${up}`), 'äöü€\r\n');
      assert.equal(await type(`${control.r}one`), 'one three\r\n');
      await running.write(`never${control.c}`);
      await answer('^C\r\n');
      await answer('# ');
      assert.equal(await type('echo $?'), '130\r\n');
      assert.match(await type('echo "a\rb"'), /a\r\nb\r\n$/);
    });

    it('completes commands and names of files', async () => {
      assert.equal(await type('mkdir -p "/tmp/long name"; : >"/tmp/long name/file one"'), '');
      assert.equal(await type('ls /tmp/lo\tf\t'), '/tmp/long name/file one\r\n');
      assert.equal(await type('basen\t/a/b'), 'b\r\n');
      assert.equal(await type('rm -r /tmp/long*'), '');
    });

    it('interrupts a job that has hardly begun', async () => {
      for (let round = 0; round < 20; round++) {
        await running.write('sleep 100\r');
        await answer('sleep 100\r\n');
        await until('it is there', () =>
          Promise.resolve(container.processes.list().some(({ argv }) => argv[0] === 'sleep')),
        );
        await running.write(control.c);
        await answer('# ');
        assert.equal(await type('echo $?'), '130\r\n');
      }
    });

    it('interrupts, stops and continues jobs', async () => {
      await running.write('cat\r');
      await answer('cat\r\n');
      await running.write('typed\r');
      await answer('typed\r\ntyped\r\n');
      await running.write(control.c);
      await answer('^C\r\n');
      await answer('# ');
      assert.equal(await type('echo $?'), '130\r\n');
      await running.write('cat\r');
      await answer('cat\r\n');
      // It reads, so the terminal is its own by now.
      await running.write('line\r');
      await answer('line\r\nline\r\n');
      await running.write(control.z);
      await answer('Stopped');
      await answer('# ');
      assert.match(await type('jobs'), /^\[1\] \+ Stopped +cat\r\n$/);
      await running.write('fg\r');
      await answer('cat\r\n');
      await running.write(`echoed\r`);
      await answer('echoed\r\nechoed\r\n');
      await running.write(control.d);
      await answer('# ');
      assert.match(await type('sleep 100 | cat & jobs'), /^\[1\] \d+\r\n\[1\] \+ Running +sleep 100 \| cat\r\n$/);
      assert.match(await type('kill -9 %1; wait; echo ended'), /ended\r\n$/);
    });

    // Nobody else comes to its turn there.
    if (kernel !== 'one thread')
      it('interrupts loops of its own', async () => {
        await running.write('while :; do :; done\r');
        await answer('done\r\n');
        await running.write(control.c);
        await answer('# ');
        assert.equal(await type('echo on'), 'on\r\n');
      });

    it('ends with its input', async () => {
      await running.write(control.d);
      assert.deepEqual(await running.program.exited, { code: 0, oomKilled: false });
    });
  });
});
