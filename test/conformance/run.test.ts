// `docker run`, `create`, `start` as a user types them: output, exit codes, terminal, --rm, detach, image settings.

import { useEngine } from './engine.ts';
import { shellCases } from './shell-cases.ts';

describe('conformance: run', () => {
  const engine = useEngine();

  shellCases(engine, [
    { title: 'prints stdout', script: 'docker run --rm $IMG echo hi', stdout: 'hi\n' },
    {
      title: 'keeps stdout and stderr apart',
      script: 'docker run --rm $IMG sh -c "echo out; echo err >&2"',
      stdout: 'out\n',
      stderr: 'err\n',
    },
    { title: 'ends with the exit code of the command', script: 'docker run --rm $IMG sh -c "exit 7"', code: 7 },
    {
      title: 'ends with 128 + n after a signal',
      script: `docker run --name $N $IMG sh -c 'echo ready; exec sleep 60' >$T/out & p=$!; until grep -q ready $T/out; do sleep 0.1; done; docker kill $N >/dev/null; wait $p`,
      code: 137,
    },
    {
      title: 'ends with 127 when the command does not exist',
      script: 'docker run --rm $IMG no-such-command',
      code: 127,
      stderr: /executable file not found in \$PATH/,
    },
    {
      title: 'ends with 127 when a path does not exist',
      script: 'docker run --rm $IMG /no/such/command',
      code: 127,
      stderr: /no such file or directory/,
    },
    {
      title: 'ends with 126 when the command is not executable',
      script: 'docker run --rm $IMG /etc/passwd',
      code: 126,
      stderr: /permission denied/,
    },
    { title: 'ends with 126 when the command is a folder', script: 'docker run --rm $IMG /etc', code: 126 },
    {
      title: 'ends with 125 when a flag is unknown',
      script: 'docker run --no-such-flag $IMG true',
      code: 125,
      stderr: /unknown flag: --no-such-flag/,
    },
    {
      title: 'ends with 125 when the engine refuses',
      script: 'docker run --rm --network no-such-network $IMG true',
      code: 125,
      stderr: /network no-such-network not found/,
    },
    {
      title: 'leaves a created container with code 127 when the start fails',
      script: `docker run --name $N $IMG nope 2>/dev/null; docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' $N`,
      stdout: 'created 127\n',
    },
    {
      title: 'leaves nothing with --rm when the start fails',
      script: `docker run --rm --name $N $IMG nope 2>/dev/null; docker ps -aq --filter name=$N`,
      stdout: '',
    },
    { title: 'passes stdin on', script: 'docker run -i --rm $IMG cat', input: 'one\ntwo\n', stdout: 'one\ntwo\n' },
    {
      title: 'gives the end of stdin to the command and its output afterwards to the client',
      script: 'docker run -i --rm $IMG sh -c "sort; echo done"',
      input: 'b\na\n',
      stdout: 'a\nb\ndone\n',
    },
    { title: 'gives no stdin without -i', script: 'docker run --rm $IMG wc -c', input: 'lost', stdout: '0\n' },
    {
      title: 'passes a megabyte through unharmed',
      script: `head -c 1048576 /dev/urandom >$T/in; docker run -i --rm $IMG cat <$T/in >$T/out; cmp $T/in $T/out`,
    },
    {
      title: 'runs a shell in a terminal',
      script: String.raw`pty '# ' 'echo a$((1+1))b\n' 'a2b' 'exit 5\n' -- docker run -it --rm $IMG sh`,
      code: 5,
      stdout: /a2b\n/,
    },
    {
      title: 'gives the terminal the size of the client',
      script: `pty --size 33x101 -- docker run -it --rm $IMG sh -c 'until [ "$(stty size 2>/dev/null)" = "33 101" ]; do sleep 0.1; done; echo so'`,
      stdout: 'so\n',
    },
    {
      title: 'tells the terminal when the client is resized',
      script: `pty ready 'resize 44x55' bigger '' -- docker run -it --rm $IMG sh -c 'echo ready; until [ "$(stty size 2>/dev/null)" = "44 55" ]; do sleep 0.1; done; echo bigger'`,
      stdout: 'ready\nbigger\n',
    },
    {
      title: 'sends ^C to the foreground process of the terminal',
      script: String.raw`pty 'ready' '\x03' -- docker run -it --rm $IMG sh -c 'trap "echo got; exit 3" INT; echo ready; while :; do sleep 0.1; done'`,
      code: 3,
      stdout: /got\n/,
    },
    {
      title: 'detaches with the default keys and leaves the container running',
      script: String.raw`pty 'ready' '\x10\x11' -- docker run -it --name $N $IMG sh -c 'echo ready; sleep 60'; docker inspect -f '{{.State.Running}}' $N`,
      stdout: /true\n$/,
    },
    {
      title: 'detaches with keys that the user chose',
      script: String.raw`pty 'ready' '\x01x' -- docker run -it --detach-keys ctrl-a,x --name $N $IMG sh -c 'echo ready; sleep 60'; docker inspect -f '{{.State.Running}}' $N`,
      stdout: /true\n$/,
    },
    {
      title: 'proxies signals to the container',
      script: `docker run --name $N $IMG sh -c 'trap "exit 9" TERM; echo ready; while :; do sleep 0.1; done' >$T/out & p=$!; until grep -q ready $T/out; do sleep 0.1; done; kill -TERM $p; wait $p`,
      code: 9,
    },
    {
      title: 'prints the id and returns with -d',
      script: 'docker run -d $IMG sleep 60',
      stdout: /^[0-9a-f]{64}\n$/,
    },
    {
      title: 'writes the id into --cidfile',
      script: `docker run --cidfile $T/id --name $N $IMG true; [ "$(cat $T/id)" = "$(docker inspect -f '{{.Id}}' $N)" ]`,
    },
    {
      title: 'refuses a name that is taken and names the holder',
      script: 'docker create --name $N $IMG >/dev/null; docker run --name $N $IMG true',
      code: 125,
      stderr: /Conflict. The container name "\/c\w+" is already in use by container "[0-9a-f]{64}"/,
    },
    {
      title: 'refuses a bad name',
      script: 'docker create --name "a b" $IMG',
      code: 1,
      stderr: /Invalid container name \(a b\), only \[a-zA-Z0-9\]\[a-zA-Z0-9_.-\] are allowed/,
    },
    {
      title: 'refuses a container without a command',
      script: `tar cf - -T /dev/null | docker import - $N:1 >/dev/null; docker create $N:1`,
      code: 1,
      stderr: /[Nn]o command specified/,
    },
    {
      title: 'removes the container and its anonymous volumes with --rm',
      script: `docker volume ls -q | sort >$T/a; docker run --rm -v /data --name $N $IMG true; docker volume ls -q | sort | diff - $T/a; docker ps -aq --filter name=$N`,
      stdout: '',
    },
    {
      title: 'runs an init as process 1 with --init',
      needsLinux: 'an init',
      script: `docker run --rm --init $IMG sh -c 'cat /proc/1/comm; ps | grep -c "[s]h -c"'`,
      stdout: /init\n/,
    },
    {
      title: 'reaps orphans with --init',
      needsLinux: 'an init',
      // What has just been forked is not the program yet: it is known by its pid, which is there until it is reaped.
      script: `docker run --rm --init $IMG sh -c '(sleep 0.1 & echo $! >/pid); p=$(cat /pid); i=0; while [ -e /proc/$p ] && [ $i -lt 300 ]; do usleep 100000; i=$((i+1)); done; [ -e /proc/$p ] && cat /proc/$p/stat || echo reaped'`,
      stdout: 'reaped\n',
    },
    {
      title: 'starts a stopped container again, attached',
      script: `docker create --name $N $IMG echo again >/dev/null; docker start -a $N; docker start -a $N`,
      stdout: 'again\nagain\n',
    },
    {
      title: 'start -a ends with the exit code',
      script: `docker create --name $N $IMG sh -c 'exit 4' >/dev/null; docker start -a $N`,
      code: 4,
    },
    {
      title: 'start -ai passes stdin on',
      script: `docker create -i --name $N $IMG cat >/dev/null; echo x | docker start -ai $N`,
      stdout: 'x\n',
    },
    {
      title: 'keeps what a container wrote between two starts',
      script: `docker create --name $N $IMG sh -c 'echo x >>/log; wc -l </log' >/dev/null; docker start -a $N; docker start -a $N`,
      stdout: '1\n2\n',
    },
    {
      title: 'loses no output of short-lived containers',
      script: `for i in 1 2 3 4 5 6 7 8 9 10; do docker run --rm --network none $IMG echo $i; done | tr '\\n' ' '`,
      stdout: '1 2 3 4 5 6 7 8 9 10 ',
    },
  ]);
});
