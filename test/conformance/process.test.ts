// What the process inside a container finds: user, environment, limits, privileges, name, kernel settings.

import { useEngine } from './engine.ts';
import { shellCases } from './shell-cases.ts';

describe('conformance: process', () => {
  const engine = useEngine();

  shellCases(engine, [
    { title: '-e sets a variable', script: `docker run --rm -e A=b=c $IMG sh -c 'echo "$A"'`, stdout: 'b=c\n' },
    {
      title: '-e NAME takes the value of the client',
      script: `A=x docker run --rm -e A $IMG sh -c 'echo "$A"'`,
      stdout: 'x\n',
    },
    {
      title: '--env-file reads lines and comments',
      script: `printf '# no\\nA=1\\nB=2 3\\n' >$T/env; docker run --rm --env-file $T/env $IMG sh -c 'echo $A $B'`,
      stdout: '1 2 3\n',
    },
    {
      title: 'PATH, HOSTNAME and HOME are set',
      script: `docker run --rm --hostname h1 $IMG env | sort | grep -v TERM`,
      stdout: 'HOME=/root\nHOSTNAME=h1\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n',
    },
    {
      title: 'TERM is set with a terminal',
      script: `pty -- docker run --rm -t $IMG sh -c 'echo $TERM'`,
      stdout: 'xterm\n',
    },
    {
      title: '-u takes a name from the image',
      // A program in WebAssembly has one group.
      lightweight: { stdout: /^uid=33\(www\) gid=33\(www\)/ },
      script: `docker run --rm -u www $IMG id`,
      stdout: /^uid=33\(www\) gid=33\(www\) groups=.*29\(audio\)/,
    },
    { title: '-u takes numbers', script: `docker run --rm -u 1234:77 $IMG sh -c 'id -u; id -g'`, stdout: '1234\n77\n' },
    {
      title: '-u takes user:group by name',
      script: `docker run --rm -u nobody:www $IMG sh -c 'id -un; id -gn'`,
      stdout: 'nobody\nwww\n',
    },
    {
      title: 'an unknown user is refused',
      script: 'docker run --rm -u nosuchuser $IMG true',
      code: 125,
      stderr: /unable to find user nosuchuser: no matching entries in passwd file/,
    },
    {
      title: '--group-add adds groups',
      lightweight: { stdout: '0\n', stderr: /Programs in WebAssembly have one group\. GroupAdd discarded\./ },
      script: `docker run --rm -u 1000 --group-add audio --group-add 555 $IMG id -G`,
      stdout: /29.*555/,
    },
    { title: 'HOME follows the user', script: `docker run --rm -u www $IMG sh -c 'echo $HOME'`, stdout: '/var/www\n' },
    { title: '-w makes the folder', script: `docker run --rm -w /a/b $IMG pwd`, stdout: '/a/b\n' },
    {
      title: 'a relative -w is refused',
      script: `docker run --rm -w a/b $IMG pwd`,
      code: 125,
      stderr: /the working directory 'a\/b' is invalid, it needs to be an absolute path/,
    },
    {
      title: '--entrypoint replaces the entrypoint',
      script: `docker run --rm --entrypoint echo $IMG a b`,
      stdout: 'a b\n',
    },
    {
      title: "the image's entrypoint gets the arguments, its command is the default",
      script: `docker create --name $N $IMG >/dev/null; docker commit -c 'ENTRYPOINT ["echo","e"]' -c 'CMD ["c"]' $N $N:1 >/dev/null; docker run --rm $N:1; docker run --rm $N:1 x; docker run --rm --entrypoint echo $N:1`,
      stdout: 'e c\ne x\n\n',
    },
    {
      title: '--hostname and --domainname',
      lightweight: {
        script: `docker run --rm -h web --domainname example.org $IMG sh -c 'hostname; grep -c "web.example.org web" /etc/hosts'`,
        stdout: 'web\n1\n',
      },
      script: `docker run --rm -h web --domainname example.org $IMG sh -c 'hostname; cat /proc/sys/kernel/domainname; grep -c "web.example.org web" /etc/hosts'`,
      stdout: 'web\nexample.org\n1\n',
    },
    {
      title: 'the host name is the short id by default',
      script: `docker run --name $N $IMG hostname; docker inspect -f '{{printf "%.12s" .Id}}' $N`,
      stdout: /^([0-9a-f]{12})\n\1\n$/,
    },
    {
      title: '--add-host',
      script: `docker run --rm --add-host a.b:10.1.2.3 $IMG grep -F a.b /etc/hosts`,
      stdout: /^10\.1\.2\.3\s+a\.b\n$/,
    },
    {
      title: '--dns, --dns-search, --dns-option',
      script: `docker run --rm --dns 1.2.3.4 --dns-search ex.org --dns-option timeout:1 $IMG cat /etc/resolv.conf`,
      stdout: /nameserver 1\.2\.3\.4\n[^]*$/,
    },
    {
      title: '--read-only',
      script: `docker run --rm --read-only $IMG sh -c 'touch /x 2>/dev/null || echo refused; touch /dev/shm/x && echo shm'`,
      stdout: 'refused\nshm\n',
    },
    {
      title: '--tmpfs',
      script: `docker run --rm --tmpfs /scratch:size=64k,mode=1777 $IMG sh -c 'grep " /scratch " /proc/mounts; head -c 200000 /dev/zero >/scratch/x 2>/dev/null || echo full'`,
      stdout: /tmpfs.*size=64k[^]*full\n/,
    },
    {
      title: '--shm-size',
      script: `docker run --rm --shm-size 3m $IMG grep " /dev/shm " /proc/mounts`,
      stdout: /size=3072k/,
    },
    {
      title: '--ulimit',
      lightweight: {
        stdout: 'unlimited\nunlimited\n',
        stderr: /Programs in WebAssembly have no ulimits\. Ulimit nofile discarded\./,
      },
      script: `docker run --rm --ulimit nofile=512:1024 $IMG sh -c 'ulimit -Sn; ulimit -Hn'`,
      stdout: '512\n1024\n',
    },
    {
      title: '--sysctl',
      lightweight: { code: 125, stdout: '', stderr: /Sysctls is not supported for containers of WebAssembly/ },
      script: `docker run --rm --sysctl net.ipv4.ip_forward=1 --sysctl kernel.msgmax=12345 $IMG cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax`,
      stdout: '1\n12345\n',
    },
    {
      title: 'the default capabilities are fourteen',
      needsLinux: 'capabilities',
      script: `docker run --rm $IMG grep CapEff /proc/self/status`,
      stdout: 'CapEff:\t00000000a80425fb\n',
    },
    {
      title: '--cap-drop ALL --cap-add CHOWN',
      lightweight: { code: 125, stdout: '', stderr: /CapAdd is not supported for containers of WebAssembly/ },
      script: `docker run --rm --cap-drop ALL --cap-add chown $IMG grep CapEff /proc/self/status`,
      stdout: 'CapEff:\t0000000000000001\n',
    },
    {
      title: 'an unknown capability is refused',
      lightweight: { code: 125, stdout: '', stderr: /CapAdd is not supported for containers of WebAssembly/ },
      script: `docker run --rm --cap-add NO_SUCH $IMG true`,
      code: 125,
      stderr: /invalid capability: "CAP_NO_SUCH"|unknown capability/i,
    },
    {
      title: 'a user other than root has no capabilities',
      needsLinux: 'capabilities',
      script: `docker run --rm -u 1000 $IMG grep CapEff /proc/self/status`,
      stdout: 'CapEff:\t0000000000000000\n',
    },
    {
      title: 'seccomp is on by default',
      needsLinux: 'seccomp',
      script: `docker run --rm $IMG grep Seccomp: /proc/self/status`,
      stdout: 'Seccomp:\t2\n',
    },
    {
      title: 'seccomp blocks unshare of a user namespace',
      needsLinux: 'seccomp',
      script: `docker run --rm $IMG unshare -U true`,
      code: 1,
      stderr: /Operation not permitted/,
    },
    {
      title: 'seccomp=unconfined turns it off',
      lightweight: {
        script: `echo '{}' >$T/p.json; docker run --rm --security-opt seccomp=unconfined $IMG echo on`,
        code: 0,
        stdout: 'on\n',
        stderr: /A program in WebAssembly makes no system calls\. SecurityOpt seccomp=.* discarded\./,
      },
      script: `docker run --rm --security-opt seccomp=unconfined $IMG grep Seccomp: /proc/self/status`,
      stdout: 'Seccomp:\t0\n',
    },
    {
      title: 'a seccomp profile of the user holds',
      lightweight: {
        script: `echo '{}' >$T/p.json; docker run --rm --security-opt seccomp=$T/p.json $IMG echo on`,
        code: 0,
        stdout: 'on\n',
        stderr: /A program in WebAssembly makes no system calls\. SecurityOpt seccomp=.* discarded\./,
      },
      script: `echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}' >$T/p.json; docker run --rm --security-opt seccomp=$T/p.json $IMG mkdir /x`,
      code: 1,
      stderr: /Operation not permitted/,
    },
    {
      title: 'no-new-privileges',
      needsLinux: 'programs that gain privileges',
      script: `docker run --rm --security-opt no-new-privileges $IMG grep NoNewPrivs /proc/self/status`,
      stdout: 'NoNewPrivs:\t1\n',
    },
    {
      title: 'an unknown security option is refused',
      script: `docker run --rm --security-opt nonsense=1 $IMG true`,
      code: 125,
      stderr: /invalid --security-opt/,
    },
    {
      title: '/proc/kcore and its like are masked and /proc/sys read-only',
      script: `docker run --rm $IMG sh -c 'cat /proc/kcore /proc/timer_list /proc/keys 2>/dev/null | head -c 9 | wc -c; echo 1 2>/dev/null >/proc/sys/kernel/panic || echo ro'`,
      stdout: '0\nro\n',
    },
    {
      title: '/sys is read-only',
      needsLinux: '/sys',
      script: `docker run --rm $IMG sh -c 'grep -c "^sysfs /sys sysfs ro" /proc/mounts'`,
      stdout: '1\n',
    },
    {
      title: 'mount is refused',
      script: `docker run --rm $IMG mount -t tmpfs x /mnt 2>/dev/null || echo refused`,
      stdout: 'refused\n',
    },
    {
      title: 'devices of the host cannot be read',
      script: `docker run --rm $IMG sh -c 'mknod /d b 254 0 2>/dev/null; head -c 1 /d 2>/dev/null || echo refused'`,
      stdout: 'refused\n',
    },
    {
      title: '--device gives one',
      lightweight: { code: 125, stdout: '', stderr: /Devices is not supported for containers of WebAssembly/ },
      script: `docker run --rm --device /dev/null:/dev/mynull $IMG sh -c 'ls -l /dev/mynull | cut -c1; echo x >/dev/mynull'`,
      stdout: 'c\n',
    },
    {
      title: 'the standard devices are there',
      // Terminals are /dev/tty alone, and there are no message queues.
      lightweight: {
        script: `docker run --rm $IMG sh -c 'cd /dev; ls -d null zero full random urandom tty fd stdin stdout stderr shm | wc -l'`,
        stdout: '11\n',
      },
      script: `docker run --rm $IMG sh -c 'cd /dev; ls -d null zero full random urandom tty ptmx fd stdin stdout stderr shm pts mqueue | wc -l'`,
      stdout: '14\n',
    },
    {
      title: '--pids-limit',
      lightweight: {
        script: `docker run --rm --pids-limit 6 $IMG sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 60 & done' 2>&1 | grep -c "Resource temporarily unavailable"`,
      },
      script: `docker run --rm --pids-limit 6 $IMG sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 60 & done' 2>&1 | grep -c "fork"`,
      stdout: /^[1-9]/,
      rootless: {
        script: `docker run --rm --pids-limit 6 $IMG echo on`,
        stdout: 'on\n',
        stderr:
          /Your kernel does not support PIDs limit capabilities or the cgroup is not mounted\. PIDs limit discarded\./,
      },
    },
    {
      title: 'a container that eats too much memory is killed and reported',
      // A program in WebAssembly is told that there is no more, and goes on or not.
      lightweight: {
        script: `docker run --rm -m 16m --memory-swap 16m $IMG sh -c 'x=a; while :; do x=$x$x; done'`,
        code: 2,
        stdout: '',
        stderr: /out of memory/,
      },
      script: `docker run --name $N -m 16m --memory-swap 16m $IMG sh -c 'x=a; while :; do x=$x$x; done' 2>/dev/null; echo $?; docker inspect -f '{{.State.OOMKilled}}' $N`,
      stdout: '137\ntrue\n',
      rootless: {
        script: `docker run --rm -m 16m --memory-swap 16m $IMG echo on; docker info`,
        stdout: /^on\n/,
        stderr: /Your kernel does not support memory limit capabilities[^]*WARNING: No memory limit support/,
      },
    },
    {
      title: 'memory below the minimum is refused',
      script: `docker run --rm -m 1m $IMG true`,
      code: 125,
      stderr: /[Mm]inimum memory limit allowed is 6MB/,
    },
    {
      title: '--cpus shows as a quota',
      script: `docker run -d --name $N --cpus 0.5 $IMG sleep 60 >/dev/null; docker inspect -f '{{.HostConfig.NanoCpus}}' $N`,
      stdout: '500000000\n',
    },
    {
      title: '--pid host sees the host',
      lightweight: { code: 125, stdout: '', stderr: /PidMode host is not supported for containers of WebAssembly/ },
      script: `docker run --rm --pid host $IMG sh -c '[ "$(ls -d /proc/[0-9]* | wc -l)" -gt 2 ]; [ "$$" -gt 2 ]'`,
    },
    {
      title: '--pid container:',
      lightweight: {
        code: 125,
        stdout: '',
        stderr: /PidMode container:\w+ is not supported for containers of WebAssembly/,
      },
      script: `docker run -d --name $N $IMG sleep 4321 >/dev/null; docker run --rm --pid container:$N $IMG ps`,
      stdout: /sleep 4321/,
    },
    {
      title: '--ipc container: shares shared memory',
      lightweight: {
        code: 125,
        stdout: '',
        stderr: /IpcMode container:\w+ is not supported for containers of WebAssembly/,
      },
      script: `docker run -d --name $N --ipc shareable $IMG sh -c 'echo x >/dev/shm/f; sleep 600' >/dev/null; docker run --rm --ipc container:$N $IMG sh -c 'until grep x /dev/shm/f 2>/dev/null; do sleep 0.1; done'`,
      stdout: 'x\n',
    },
    {
      title: '--uts host has the name of the host',
      lightweight: {
        script: 'docker run --rm --uts host $IMG true',
        code: 125,
        stdout: '',
        stderr: /UTSMode host is not supported for containers of WebAssembly/,
      },
      script: `[ "$(docker run --rm --uts host $IMG hostname)" = "$(hostname)" ]`,
    },
    {
      title: '--oom-score-adj',
      lightweight: {
        code: 125,
        stdout: '',
        stderr: /OomScoreAdj is not supported for containers of WebAssembly/,
      },
      script: `docker run --rm --oom-score-adj 500 $IMG cat /proc/self/oom_score_adj`,
      stdout: '500\n',
    },
    {
      title: '--stop-signal is what stop sends',
      script: `docker run -d --name $N --stop-signal USR1 $IMG sh -c 'trap "exit 21" USR1; echo up; while :; do sleep 0.1; done' >/dev/null; until docker logs $N | grep -q up; do sleep 0.1; done; docker stop $N >/dev/null; docker wait $N`,
      stdout: '21\n',
    },
    {
      title: '--label is in inspect',
      script: `docker create --name $N -l a=b -l c $IMG >/dev/null; docker inspect -f '{{index .Config.Labels "a"}}|{{index .Config.Labels "c"}}|' $N`,
      stdout: 'b||\n',
    },
    {
      title: 'only three descriptors are open in the process',
      // Those of its directories are there as well, and that by which they are listed.
      lightweight: {
        script: `docker run --rm $IMG ls /proc/self/fd | tr '\\n' ' '`,
        stdout: /^0 1 2 3 (?:4 )?(?:5 )?$/,
      },
      script: `docker run --rm $IMG sh -c 'ls /proc/1/fd | tr "\\n" " "'`,
      stdout: /^0 1 2 ([3-9]\d* )?$/,
    },
    {
      title: 'a working directory in /proc/self/fd leads nowhere',
      script: `for i in 3 4 5 6 7 8 9 10; do docker run --rm -w /proc/self/fd/$i $IMG cat ../../../../../../etc/hostname-of-host 2>/dev/null; done; [ -z "$(docker run --rm -w /proc/self/fd/7 $IMG ls ../../../../../root/.ssh 2>/dev/null)" ]`,
    },
  ]);
});
