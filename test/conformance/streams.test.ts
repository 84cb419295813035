// Logs, attach and exec: what reaches whom, in which order, and when it ends.

import { isLightweight } from '../helpers/wasi-image.ts';
import { useEngine } from './engine.ts';
import { shellCases } from './shell-cases.ts';

const numbers = `docker run --name $N $IMG sh -c 'for i in 1 2 3 4 5; do echo o$i; echo e$i >&2; done' >/dev/null 2>&1`;
/** Waits until so many clients have been attached, which an event says. */
const attached = (count: number): string =>
  `until [ "$(docker events --since 10m --until 0s --filter container=$N --filter event=attach | wc -l)" = ${count} ]; do sleep 0.1; done`;
const sleeper = 'docker run -d --name $N $IMG sleep 600 >/dev/null';

describe('conformance: streams', () => {
  const engine = useEngine();

  shellCases(engine, [
    {
      title: 'logs gives both streams',
      script: `${numbers}; docker logs $N 2>$T/err; wc -l <$T/err`,
      stdout: 'o1\no2\no3\no4\no5\n5\n',
    },
    {
      title: 'logs --tail counts lines from the end',
      script: `docker run --name $N $IMG seq 1 10 >/dev/null; docker logs --tail 3 $N; docker logs --tail 0 $N; docker logs --tail all $N | wc -l`,
      stdout: '8\n9\n10\n10\n',
    },
    {
      title: 'logs -t stamps each line',
      script: `docker run --name $N $IMG echo x >/dev/null; docker logs -t $N`,
      stdout: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z x\n$/,
    },
    {
      title: 'logs -f follows to the end',
      script: `docker run -d --name $N $IMG sh -c 'for i in 1 2 3; do echo $i; sleep 0.3; done' >/dev/null; docker logs -f $N`,
      stdout: '1\n2\n3\n',
    },
    {
      title: 'logs --since and --until',
      script: `docker run --name $N $IMG sh -c 'echo a; sleep 3; echo b' >/dev/null; at=$(docker logs -t $N | sed -n '2s/ .*//p'); docker logs --since $at $N; docker logs --until $(date -u -d "$at - 1.5 seconds" +%FT%T.%NZ) $N`,
      stdout: 'b\na\n',
    },
    {
      title: 'logs keeps a line without its newline',
      script: `docker run --name $N $IMG printf 'a\\nb' >/dev/null; docker logs $N`,
      stdout: 'a\nb',
    },
    {
      title: 'logs keeps a line of 100,000 bytes whole',
      script: `docker run --name $N $IMG sh -c 'head -c 100000 /dev/zero | tr "\\0" x; echo' >/dev/null; docker logs $N | wc -lc | tr -s ' '`,
      stdout: ' 1 100001\n',
    },
    {
      title: 'logs over a restart',
      script: `docker create --name $N $IMG echo x >/dev/null; docker start -a $N >/dev/null; docker start -a $N >/dev/null; docker logs $N`,
      stdout: 'x\nx\n',
    },
    {
      title: 'logs of a terminal are raw',
      script: `docker run -t --name $N $IMG echo x >/dev/null; docker logs $N | od -c | head -n 1`,
      stdout: /x +\\r +\\n/,
    },
    {
      title: 'log driver none has no logs',
      script: `docker run --log-driver none --name $N $IMG echo x; docker logs $N`,
      code: 1,
      stdout: 'x\n',
      stderr: /configured logging driver does not support reading/,
    },
    {
      title: 'log driver local',
      script: `docker run --log-driver local --name $N $IMG sh -c 'echo x; echo y >&2' >/dev/null 2>&1; docker logs $N 2>&1 | sort`,
      stdout: 'x\ny\n',
    },
    {
      title: 'an unknown log driver is refused',
      script: `docker run --log-driver nonsense $IMG true`,
      code: 125,
      stderr: /nonsense/,
    },
    {
      title: 'max-size and max-file keep the newest lines',
      script: `docker run --log-opt max-size=20k --log-opt max-file=2 --name $N $IMG seq 1 20000 >/dev/null; docker logs --tail 1 $N; [ "$(docker logs $N | wc -l)" -lt 5000 ]`,
      stdout: '20000\n',
    },
    {
      title: 'compress=true keeps the newest lines as well',
      script: `docker run --log-opt max-size=20k --log-opt max-file=3 --log-opt compress=true --name $N $IMG seq 1 20000 >/dev/null; docker logs --tail 1 $N; [ "$(docker logs $N | wc -l)" -lt 5000 ]; docker logs --tail 450 $N | head -n 1`,
      // Two whole files have that many in any case; how much is in the third is a matter of luck.
      stdout: '20000\n19551\n',
    },
    {
      title: 'compress=true without files to compress is refused',
      script: `docker run --log-opt compress=true --log-opt max-size=1m $IMG true`,
      code: 125,
      stderr: /compress cannot be true when max-file is less than 2 or max-size is not set/,
    },
    {
      title: 'compress=true with one file of the driver local is refused',
      script: `docker run --log-driver local --log-opt compress=true --log-opt max-file=1 $IMG true`,
      code: 125,
      stderr: /compression cannot be enabled when max file count is 1/,
    },
    {
      title: 'mode=non-blocking keeps the lines that have room',
      script: `docker run --log-opt mode=non-blocking --log-opt max-buffer-size=4m --name $N $IMG sh -c 'seq 1 5000; printf end' >/dev/null; docker logs $N | tail -n 2; docker logs $N | wc -l`,
      stdout: '5000\nend5000\n',
    },
    {
      title: 'max-buffer-size without mode=non-blocking is refused',
      script: `docker create --log-opt max-buffer-size=4m $IMG true`,
      code: 1,
      stderr: /max-buffer-size option is only supported with 'mode=non-blocking'/,
    },
    {
      title: 'logs --details shows labels, variables and the tag that log options name',
      script: `docker run --label 'a.b=x,y z' --label other=1 -e 'V=ü=(1)' -e W=2 --log-opt labels=none,a.b --log-opt env=V --log-opt 'tag={{.Name}}/{{ .ImageName }}' --name $N $IMG sh -c 'echo one; echo "two \\"q\\""; printf end' >/dev/null; docker logs --details $N | sed s/$N/NAME/; docker logs --tail 1 $N`,
      stdout: ['one\n', 'two "q"\n', 'end']
        .map((line) => `V=%C3%BC%3D%281%29,a.b=x%2Cy+z,tag=NAME%2Fcoracle-conformance%3A1 ${line}`)
        .join('')
        .concat('end'),
    },
    {
      title: 'logs --details shows what patterns of Go name, beside what is named itself',
      script: `docker run -l com.a=1 -l com.b=2 -l org.c=3 -l x=4 -e Tier_1=t -e OTHER=o -e com.a=variable --log-opt labels=x --log-opt 'labels-regex=^com\\.[a-c]$' --log-opt 'env-regex=(?i)^tier_\\d|\\Qcom.a\\E' --name $N $IMG echo hi >/dev/null; docker logs --details $N`,
      stdout: 'Tier_1=t,com.a=variable,com.b=2,x=4 hi\n',
    },
    {
      title: 'a pattern that is none is refused in the words of Go',
      script: `docker run --log-opt 'labels-regex=a(?=b)' $IMG true; docker run --log-opt 'env-regex=a**' $IMG true`,
      code: 125,
      stderr:
        /failed to initialize logging driver: error parsing regexp: invalid or unsupported Perl syntax: `\(\?=`[^]*failed to initialize logging driver: error parsing regexp: invalid nested repetition operator: `\*\*`/,
    },
    {
      title: 'the log driver local has no attributes',
      script: `docker run --log-driver local --log-opt labels-regex=a $IMG true`,
      code: 125,
      stderr: /unknown log opt 'labels-regex' for log driver local/,
    },
    {
      title: 'logs --details without attributes',
      script: `docker run --log-opt labels=none --name $N $IMG echo x >/dev/null; docker logs --details $N`,
      stdout: ' x\n',
    },
    {
      title: 'attach shows what comes from now on',
      script: `docker run -d --name $N $IMG sh -c 'until test -e /go; do sleep 0.1; done; echo late; exit 3' >/dev/null; docker attach $N & p=$!; ${attached(1)}; docker exec $N touch /go; wait $p`,
      code: 3,
      stdout: 'late\n',
    },
    {
      title: 'attach passes stdin on',
      script: `docker run -di --name $N $IMG sh -c 'read x; echo got $x' >/dev/null; echo hello | docker attach $N`,
      stdout: 'got hello\n',
    },
    {
      title: 'two attached clients see the same',
      script: `docker run -d --name $N $IMG sh -c 'until test -e /go; do sleep 0.1; done; seq 1 1000' >/dev/null; docker attach --no-stdin $N >$T/a & docker attach --no-stdin $N >$T/b & ${attached(2)}; docker exec $N touch /go; wait; cmp $T/a $T/b; wc -l <$T/a`,
      stdout: '1000\n',
    },
    {
      title: 'attach to a stopped container is refused',
      script: `docker create --name $N $IMG >/dev/null; docker attach $N`,
      code: 1,
      stderr: /cannot attach to a stopped container/i,
    },
    {
      title: 'attach detaches by keys',
      script: String.raw`docker run -dit --name $N $IMG sh >/dev/null; pty '' '\n' '# ' '\x10\x11' -- docker attach $N >/dev/null; docker inspect -f '{{.State.Running}}' $N`,
      stdout: 'true\n',
    },
    {
      title: 'exec runs in the container',
      script: `${sleeper}; docker exec $N sh -c 'echo out; echo err >&2; exit 6'`,
      code: 6,
      stdout: 'out\n',
      stderr: 'err\n',
    },
    {
      title: 'exec -i gives the end of stdin and keeps the output',
      script: `${sleeper}; printf 'b\\na\\n' | docker exec -i $N sh -c 'sort; echo end'`,
      stdout: 'a\nb\nend\n',
    },
    {
      title: 'exec -it has a terminal',
      script: String.raw`${sleeper}; pty '# ' 'tty; exit 4\n' -- docker exec -it $N sh`,
      code: 4,
      // Where there is no file system of terminals, a program has one only.
      stdout: isLightweight() ? /\/dev\/tty\r?\n/ : /\/dev\/pts\/\d+\n/,
    },
    {
      title: 'exec -it has the size of the client',
      script: `${sleeper}; pty --size 21x63 -- docker exec -it $N sh -c 'until [ "$(stty size 2>/dev/null)" = "21 63" ]; do sleep 0.1; done; echo so'`,
      stdout: 'so\n',
    },
    {
      title: 'exec -e, -u, -w',
      script: `docker run -d --name $N -e A=1 $IMG sleep 600 >/dev/null; docker exec -e B=2 -u www -w /tmp $N sh -c 'echo $A $B $(id -un) $(pwd)'`,
      stdout: '1 2 www /tmp\n',
    },
    {
      title: 'exec -d returns at once',
      script: `${sleeper}; docker exec -d $N sh -c 'sleep 0.2; touch /done'; until docker exec $N test -e /done; do sleep 0.1; done`,
    },
    {
      title: 'exec of a command that does not exist is 127',
      script: `${sleeper}; docker exec $N no-such-command`,
      // dockerd before 23 said 126.
      code: [127, 126],
      stdout: /executable file not found in \$PATH/,
    },
    {
      title: 'exec of what is not executable is 126',
      script: `${sleeper}; docker exec $N /etc/passwd`,
      code: 126,
      stdout: /permission denied/,
    },
    {
      title: 'exec as an unknown user is refused',
      script: `${sleeper}; docker exec -u nosuchuser $N true 2>&1`,
      // Since API 1.42 it is refused when the exec is made, before that when it starts.
      code: [1, 126],
      stdout: /unable to find user nosuchuser/,
    },
    {
      title: 'exec in a stopped container is refused',
      script: `docker create --name $N $IMG >/dev/null; docker exec $N true`,
      code: 1,
      stderr: /container [0-9a-f]{64} is not running/i,
    },
    {
      title: 'exec --privileged has more capabilities',
      needsLinux: 'capabilities',
      script: `${sleeper}; a=$(docker exec $N grep CapEff /proc/self/status); b=$(docker exec --privileged $N grep CapEff /proc/self/status); [ "$a" != "$b" ]`,
    },
    {
      title: 'exec has the limits and capabilities of the container',
      needsLinux: 'capabilities',
      script: `docker run -d --name $N --cap-drop ALL --ulimit nofile=77:77 $IMG sleep 600 >/dev/null; docker exec $N sh -c 'grep CapEff /proc/self/status; ulimit -n; grep Seccomp: /proc/self/status'`,
      stdout: 'CapEff:\t0000000000000000\n77\nSeccomp:\t2\n',
    },
    {
      title: 'exec detaches by keys',
      script: String.raw`${sleeper}; pty '# ' '\x10\x11' -- docker exec -it $N sh; docker inspect -f '{{.State.Running}}' $N`,
      stdout: /read escape sequence\n[^]*true\n$/,
    },
    {
      title: 'exec of eight at once',
      script: `${sleeper}; for i in 1 2 3 4 5 6 7 8; do docker exec $N echo $i & done | sort | tr '\\n' ' '; wait`,
      stdout: '1 2 3 4 5 6 7 8 ',
    },
    {
      title: 'exec passes a megabyte through unharmed',
      script: `${sleeper}; head -c 1048576 /dev/urandom >$T/in; docker exec -i $N cat <$T/in >$T/out; cmp $T/in $T/out`,
    },
    {
      title: 'an exec ends with its container',
      script: `${sleeper}; docker exec $N sleep 601 & p=$!; until docker top $N | grep -q 'sleep 601'; do sleep 0.1; done; docker kill $N >/dev/null; wait $p`,
      code: 137,
    },
  ]);
});
