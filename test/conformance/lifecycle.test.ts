// The life of a container after `run`: states and their refusals, signals, restart policies, health, lists and figures.

import { useEngine } from './engine.ts';
import { shellCases } from './shell-cases.ts';

const detached = 'docker run -d --name $N $IMG';
/** Of a container that says `up` when it has set itself up. */
const isUp = 'until docker logs $N | grep -q up; do sleep 0.1; done';
const state = `docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' $N`;

describe('conformance: lifecycle', () => {
  const engine = useEngine();

  shellCases(engine, [
    {
      title: 'stop sends TERM and gives the code',
      script: `${detached} sh -c 'trap "exit 3" TERM; echo up; while :; do sleep 0.1; done' >/dev/null; ${isUp}; docker stop $N; ${state}`,
      stdout: /^c\w+\nexited 3\n$/,
    },
    {
      title: 'stop kills after the time given',
      script: `${detached} sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done' >/dev/null; ${isUp}; docker stop -t 1 $N >/dev/null; ${state}`,
      stdout: 'exited 137\n',
    },
    {
      title: 'stop of a stopped container is fine',
      script: `docker create --name $N $IMG true >/dev/null; docker start -a $N; docker stop $N >/dev/null`,
    },
    {
      title: 'start of a running container is fine',
      script: `${detached} sleep 60 >/dev/null; docker start $N`,
      stdout: /^c\w+\n$/,
    },
    {
      title: 'kill sends the signal given',
      script: `${detached} sh -c 'trap "exit 5" USR2; echo up; while :; do sleep 0.1; done' >/dev/null; ${isUp}; docker kill -s USR2 $N >/dev/null; docker wait $N`,
      stdout: '5\n',
    },
    {
      title: 'kill of a stopped container is refused',
      script: `docker create --name $N $IMG >/dev/null; docker kill $N`,
      code: 1,
      stderr: /Cannot kill container: \w+: Container [0-9a-f]{64} is not running|is not running/i,
    },
    {
      title: 'an unknown signal is refused',
      script: `${detached} sleep 60 >/dev/null; docker kill -s NOSIG $N`,
      code: 1,
      stderr: /[Ii]nvalid signal: NOSIG/,
    },
    {
      title: 'an unknown container is named',
      script: `docker stop no-such-one`,
      code: 1,
      stderr: /No such container: no-such-one/,
    },
    {
      title: 'restart starts it anew',
      script: `${detached} sleep 60 >/dev/null; a=$(docker inspect -f '{{.State.StartedAt}}' $N); docker restart -t 0 $N >/dev/null; b=$(docker inspect -f '{{.State.StartedAt}}' $N); [ "$a" != "$b" ]; ${state}`,
      stdout: 'running 0\n',
    },
    {
      title: 'pause and unpause',
      script: `${detached} sleep 60 >/dev/null; docker pause $N >/dev/null; ${state}; docker unpause $N >/dev/null; ${state}`,
      stdout: 'paused 0\nrunning 0\n',
    },
    {
      title: 'pause twice is refused',
      script: `${detached} sleep 60 >/dev/null; docker pause $N >/dev/null; docker pause $N; c=$?; docker unpause $N >/dev/null; exit $c`,
      code: 1,
      stderr: /is already paused/,
    },
    {
      title: 'unpause of what runs is refused',
      script: `${detached} sleep 60 >/dev/null; docker unpause $N`,
      code: 1,
      stderr: /is not paused/,
    },
    {
      title: 'exec in a paused container is refused',
      script: `${detached} sleep 60 >/dev/null; docker pause $N >/dev/null; docker exec $N true; c=$?; docker unpause $N >/dev/null; exit $c`,
      code: 1,
      stderr: /is paused, unpause the container before exec/,
    },
    {
      title: 'rm of a running container is refused',
      script: `${detached} sleep 60 >/dev/null; docker rm $N`,
      code: 1,
      stderr: /[Yy]ou cannot remove a running container|container is running/,
    },
    {
      title: 'rm -f kills and removes',
      script: `${detached} sleep 60 >/dev/null; docker rm -f $N >/dev/null; docker ps -aq --filter name=$N`,
      stdout: '',
    },
    {
      title: 'rm -f of an unknown container',
      script: `docker rm no-such-one`,
      code: 1,
      stderr: /No such container: no-such-one/,
    },
    {
      title: 'rename',
      script: `${detached} sleep 60 >/dev/null; docker rename $N $N-new; docker inspect -f '{{.Name}}' $N-new; docker inspect $N >/dev/null 2>&1 || echo gone`,
      stdout: /^\/c\w+-new\ngone\n$/,
    },
    {
      title: 'rename to a name that is taken is refused',
      script: `docker create --name $N $IMG >/dev/null; docker create --name $N-b $IMG >/dev/null; docker rename $N-b $N`,
      code: 1,
      stderr: /is already in use by container/,
    },
    {
      title: 'ids work as prefixes',
      script: `id=$(docker create $IMG); docker inspect -f '{{.Id}}' \${id:0:12} | grep -c $id`,
      stdout: '1\n',
    },
    {
      title: 'wait gives the code of each',
      script: `docker run -d --name $N $IMG sh -c 'exit 2' >/dev/null; docker run -d --name $N-b $IMG sh -c 'exit 3' >/dev/null; docker wait $N $N-b`,
      stdout: '2\n3\n',
    },
    { title: 'wait waits', script: `${detached} sh -c 'sleep 1; exit 6' >/dev/null; docker wait $N`, stdout: '6\n' },
    {
      title: 'update changes memory and restart policy',
      script: `docker run -d --name $N -m 64m $IMG sleep 60 >/dev/null; docker update -m 32m --memory-swap 64m --restart on-failure:3 $N >/dev/null; docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}' $N`,
      stdout: '33554432 on-failure 3\n',
    },
    {
      title: 'top shows the processes',
      script: `${detached} sleep 4444 >/dev/null; docker top $N; docker top $N -o pid,comm`,
      stdout: /UID +PID[^]*sleep 4444[^]*PID +COMMAND\n\d+ +sleep\n/,
    },
    {
      title: 'top of a stopped container is refused',
      script: `docker create --name $N $IMG >/dev/null; docker top $N`,
      code: 1,
      stderr: /is not running/,
    },
    {
      title: 'stats',
      script: `${detached} sleep 60 >/dev/null; docker stats --no-stream --format '{{.Name}} {{.PIDs}} {{.MemUsage}}' $N`,
      stdout: /^c\w+ [1-9]\d* [\d.]+\wi?B \/ [\d.]+\wi?B\n$/,
    },
    {
      title: '--restart on-failure:2 tries three times',
      script: `docker run -d --name $N --restart on-failure:2 $IMG sh -c 'echo x; exit 1' >/dev/null; until [ "$(docker inspect -f '{{.RestartCount}} {{.State.Status}}' $N)" = "2 exited" ]; do sleep 0.2; done; docker logs $N | wc -l`,
      stdout: '3\n',
    },
    {
      title: '--restart always brings it back',
      script: `docker run -d --name $N --restart always $IMG sh -c 'echo x; sleep 0.3' >/dev/null; until [ "$(docker logs $N | wc -l)" -ge 2 ]; do sleep 0.2; done; docker rm -f $N >/dev/null`,
    },
    {
      title: 'a stopped container stays stopped in spite of --restart always',
      script: `docker run -d --name $N --restart always $IMG sleep 60 >/dev/null; docker stop -t 0 $N >/dev/null; sleep 1; docker inspect -f '{{.State.Status}}' $N`,
      stdout: 'exited\n',
    },
    {
      title: '--rm and --restart exclude each other',
      script: `docker run --rm --restart always $IMG true`,
      code: 125,
      stderr: /[Cc]onflicting options/,
    },
    {
      title: 'health goes from starting to healthy',
      script: `docker run -d --name $N --health-cmd 'test -e /ok' --health-interval 0.2s --health-retries 1000 $IMG sleep 600 >/dev/null; docker inspect -f '{{.State.Health.Status}}' $N; docker exec $N touch /ok; until [ "$(docker inspect -f '{{.State.Health.Status}}' $N)" = healthy ]; do sleep 0.1; done; docker ps --filter name=$N --format '{{.Status}}'`,
      stdout: /^starting\nUp .*\(healthy\)\n$/,
    },
    {
      title: 'health becomes unhealthy after retries',
      script: `docker run -d --name $N --health-cmd 'echo bad; exit 1' --health-interval 0.1s --health-retries 2 $IMG sleep 60 >/dev/null; until [ "$(docker inspect -f '{{.State.Health.Status}}' $N)" = unhealthy ]; do sleep 0.1; done; docker inspect -f '{{(index .State.Health.Log 0).ExitCode}} {{(index .State.Health.Log 0).Output}}' $N`,
      stdout: /^1 bad\n/,
    },
    {
      title: 'ps shows what runs, -a all',
      script: `docker create --name $N $IMG >/dev/null; ${detached.replace('$N', '$N-r')} sleep 60 >/dev/null; docker ps --format '{{.Names}}' --filter name=$N; echo; docker ps -a --format '{{.Names}}' --filter name=$N | sort`,
      stdout: /^(c\w+)-r\n\n\1\n\1-r\n$/,
    },
    {
      title: 'ps filters by label, status, ancestor, exited and id',
      script: `docker run --name $N -l k=v-$N $IMG sh -c 'exit 4'; docker ps -aq -f label=k=v-$N | wc -l; docker ps -aq -f label=k=v-$N -f status=exited | wc -l; docker ps -aq -f label=k=v-$N -f status=running | wc -l; docker ps -aq -f label=k=v-$N -f ancestor=$IMG | wc -l; docker ps -aq -f label=k=v-$N -f exited=4 | wc -l; docker ps -aq -f label=k=v-$N -f exited=5 | wc -l`,
      stdout: '1\n1\n0\n1\n1\n0\n',
    },
    {
      title: 'ps filters by since, before and network',
      script: `docker create --name $N-1 $IMG >/dev/null; docker create --name $N-2 $IMG >/dev/null; docker create --name $N-3 --network none $IMG >/dev/null; docker ps -a --format '{{.Names}}' -f since=$N-1 -f name=$N; echo; docker ps -a --format '{{.Names}}' -f before=$N-2 -f name=$N; echo; docker ps -a --format '{{.Names}}' -f network=none -f name=$N`,
      stdout: /^\w+-3\n\w+-2\n\n\w+-1\n\n\w+-3\n$/,
    },
    {
      title: 'ps filters by names as patterns of Go',
      script: `docker create --name $N-Web1 $IMG >/dev/null; docker create --name $N-web.2 $IMG >/dev/null; for f in "$N-(?i)WEB" "^/?$N-web[.]\\d$" "$N-\\pL+1" "$N.*\\Q.2\\E" "$N-(?P<kind>web|x)\\b" "$N-web" "^$N-Web1$" "/$N-Web1" "($N" "$N++" "$N-web$"; do docker ps -a --format '{{.Names}}' -f name="$f" | sort | sed "s/$N-//" | tr '\\n' ' '; echo; done`,
      stdout: 'Web1 web.2 \nweb.2 \nWeb1 \nweb.2 \nweb.2 \nweb.2 \nWeb1 \nWeb1 \n\n\n\n',
    },
    {
      title: 'ps finds nobody by a prefix of ids that several have',
      script: `for i in $(seq 17); do docker create --label many=$N $IMG >/dev/null; done; twice=$(docker ps -aq | cut -c 1 | sort | uniq -d | head -n 1); docker ps -aq -f id=$twice; docker ps -aq -f id=$(docker ps -aq -n 1) | wc -l`,
      stdout: '1\n',
    },
    {
      title: 'an unknown filter is refused',
      script: `docker ps -f nonsense=1`,
      code: 1,
      stderr: /[Ii]nvalid filter '?nonsense/,
    },
    {
      title: 'ps -n and -l',
      script: `for i in 1 2 3; do docker create --name $N-$i $IMG >/dev/null; done; docker ps -l --format '{{.Names}}'; docker ps -n 2 --format '{{.Names}}'`,
      stdout: /^\w+-3\n\w+-3\n\w+-2\n$/,
    },
    {
      title: 'ps -s shows sizes',
      script: `docker run --name $N $IMG sh -c 'head -c 100000 /dev/zero >/f'; docker ps -as --filter name=$N --format '{{.Size}}'`,
      stdout: /^100kB \(virtual \d\.\d+MB\)\n$/,
    },
    {
      title: 'status texts',
      script: `docker run --name $N $IMG sh -c 'exit 7'; docker ps -a --filter name=$N --format '{{.Status}}|{{.Command}}|{{.Image}}'`,
      stdout: /^Exited \(7\) (Less than a|\d+) seconds? ago\|"sh -c 'exit 7'"\|coracle-conformance:1\n$/,
    },
    {
      title: 'inspect of several, and of an unknown one',
      script: `docker create --name $N $IMG >/dev/null; docker inspect -f '{{.Name}}' $N no-such-thing`,
      code: 1,
      stdout: /^\/c\w+\n/,
      stderr: /No such object: no-such-thing/,
    },
    {
      title: 'prune removes what is stopped',
      script: `docker create --name $N $IMG >/dev/null; ${detached.replace('$N', '$N-r')} sleep 60 >/dev/null; docker container prune -f >/dev/null; docker ps -a --format '{{.Names}}' --filter name=$N`,
      stdout: /^c\w+-r\n$/,
    },
    {
      title: 'a container with an init, health check and port stops in time',
      script: `docker run -d --name $N --init -p 127.0.0.1::80 --health-cmd true --health-interval 1s $IMG sleep 600 >/dev/null; until docker exec $N ps -o comm | grep -qx sleep; do sleep 0.1; done; timeout 90 docker stop -t 60 $N >/dev/null; ${state}`,
      stdout: 'exited 143\n',
    },
  ]);
});
