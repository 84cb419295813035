// Files of containers and what is made of them: cp, diff, commit, export, import, save, load, mounts and volumes.

import { useEngine } from './engine.ts';
import { shellCases } from './shell-cases.ts';

const sleeper = 'docker run -d --name $N $IMG sleep 600 >/dev/null';
const stopped = 'docker create --name $N $IMG >/dev/null';

describe('conformance: files', () => {
  const engine = useEngine();

  shellCases(engine, [
    {
      title: 'cp into a running container and out again',
      script: `${sleeper}; echo hi >$T/f; docker cp $T/f $N:/tmp/g; docker exec $N cat /tmp/g; docker cp $N:/tmp/g $T/h; cat $T/h`,
      stdout: 'hi\nhi\n',
    },
    {
      title: 'cp works on a stopped container',
      script: `${stopped}; echo hi >$T/f; docker cp $T/f $N:/g; docker cp $N:/g - | tar xO`,
      stdout: 'hi\n',
    },
    {
      title: 'cp of a folder',
      script: `${stopped}; mkdir -p $T/d/e; echo 1 >$T/d/a; echo 2 >$T/d/e/b; docker cp $T/d $N:/new; docker cp $T/d $N:/tmp; docker cp $N:/new/e/b $T/b; docker cp $N:/tmp/d/a $T/a; cat $T/a $T/b`,
      stdout: '1\n2\n',
    },
    {
      title: 'cp of the contents of a folder',
      script: `${stopped}; mkdir $T/d; echo 1 >$T/d/a; docker cp $T/d/. $N:/tmp; docker cp $N:/tmp/. $T/out; cat $T/out/a`,
      stdout: '1\n',
    },
    {
      title: 'cp from stdin',
      script: `${stopped}; mkdir $T/d; echo 1 >$T/d/a; tar -C $T/d -cf - a | docker cp - $N:/tmp; docker cp $N:/tmp/a - | tar xO`,
      stdout: '1\n',
    },
    {
      title: 'cp keeps links as links, -L follows them',
      script: `docker run --name $N $IMG sh -c 'echo x >/f; ln -s /f /l'; docker cp $N:/l $T/l; readlink $T/l; docker cp -L $N:/l $T/m; cat $T/m`,
      stdout: '/f\nx\n',
    },
    {
      title: 'cp through a link stays in the container',
      script: `docker run --name $N $IMG ln -s /etc /l; echo evil >$T/coracle-evil; docker cp $T/coracle-evil $N:/l/; docker cp $N:/etc/coracle-evil - | tar xO; [ ! -e /etc/coracle-evil ]`,
      stdout: 'evil\n',
    },
    {
      title: 'cp through a link that points above the root stays in the container',
      script: `docker run --name $N $IMG ln -s ../../../../../../tmp /up; echo x >$T/f; docker cp $T/f $N:/up/coracle-evil; docker cp $N:/tmp/coracle-evil - | tar xO; [ ! -e /tmp/coracle-evil ]`,
      stdout: 'x\n',
    },
    {
      title: 'cp and export of what every container has, before its first start',
      script: `${stopped}; docker cp $N:/etc/resolv.conf $T/r; wc -c <$T/r; docker export $N | tar t | grep -E '^(.dockerenv|etc/mtab|dev/console)$' | sort`,
      stdout: '0\n.dockerenv\ndev/console\netc/mtab\n',
    },
    {
      title: 'a container can be told by /.dockerenv, and its image does not have it',
      script: `docker run --name $N $IMG sh -c 'ls -a / | grep dockerenv; readlink /etc/mtab; touch /new'; docker diff $N`,
      stdout: '.dockerenv\n/proc/mounts\nA /new\n',
    },
    {
      title: 'cp of a missing path',
      script: `${stopped}; docker cp $N:/no/such $T/x`,
      code: 1,
      stderr: /Could not find the file \/no\/such in container \w+|No such container:path/,
    },
    {
      title: 'cp into a missing folder',
      script: `${stopped}; echo x >$T/f; docker cp $T/f $N:/no/such/f`,
      code: 1,
      stderr: /[Cc]ould not find the file \/no\/such|no such directory|No such container:path/i,
    },
    {
      title: 'cp -a keeps owners',
      script: `${sleeper}; echo x >$T/f; chown 33:33 $T/f; docker cp -a $T/f $N:/a; docker exec $N stat -c %u:%g /a`,
      stdout: '33:33\n',
      // Only root can give files away.
      rootless: {
        script: `${sleeper}; echo x >$T/f; docker cp -a $T/f $N:/a; [ "$(docker exec $N stat -c %u:%g /a)" = "$(id -u):$(id -g)" ]`,
        stdout: '',
      },
    },
    {
      title: 'cp into a volume',
      script: `docker run -d --name $N -v $N-v:/data $IMG sleep 600 >/dev/null; echo x >$T/f; docker cp $T/f $N:/data/f; docker exec $N cat /data/f`,
      stdout: 'x\n',
    },
    {
      title: 'cp into a read-only bind is refused',
      script: `mkdir $T/d; docker run -d --name $N -v $T/d:/d:ro $IMG sleep 600 >/dev/null; echo x >$T/f; docker cp $T/f $N:/d/f`,
      code: 1,
      stderr: /read-only/,
    },
    {
      title: 'diff',
      script: `docker run --name $N $IMG sh -c 'echo x >/added; echo x >>/etc/passwd; rm /etc/os-release /etc/nsswitch.conf; mkdir /new; touch /new/f'; docker diff $N | sort`,
      stdout: 'A /added\nA /new\nA /new/f\nC /etc\nC /etc/passwd\nD /etc/nsswitch.conf\nD /etc/os-release\n',
    },
    {
      title: 'diff does not show what the engine mounts',
      script: `docker run --name $N -v /vol $IMG true; docker diff $N`,
      stdout: /^(A \/vol\n)?$/,
    },
    {
      title: 'commit keeps files and deletions',
      script: `docker run --name $N $IMG sh -c 'echo x >/added; rm /etc/os-release; rm -r /home; mkdir /home'; docker commit $N $N:1 >/dev/null; docker run --rm $N:1 sh -c 'cat /added; ls /etc/os-release 2>/dev/null; ls -d /home'`,
      stdout: 'x\n/home\n',
    },
    {
      title: 'several removed files stay removed where the image is loaded again',
      script: `docker run --name $N $IMG rm -r /etc/os-release /etc/nsswitch.conf /home; docker commit $N $N:1 >/dev/null; docker save $N:1 >i.tar; docker rm $N >/dev/null; docker rmi $N:1 >/dev/null; docker load -q -i i.tar >/dev/null; docker run --rm $N:1 ls -d /etc/os-release /etc/nsswitch.conf /home /etc/passwd 2>/dev/null`,
      // As the tools of the image have it.
      code: [1, 2],
      stdout: '/etc/passwd\n',
    },
    {
      title: 'commit -c, -m, -a',
      script: `${stopped}; docker commit -m why -a who -c 'ENV A=b' -c 'EXPOSE 80' -c 'WORKDIR /tmp' -c 'USER www' -c 'LABEL x=y' -c 'VOLUME /v' $N $N:1 >/dev/null; docker inspect -f '{{.Comment}} {{.Author}} {{.Config.ExposedPorts}} {{.Config.WorkingDir}} {{.Config.User}} {{.Config.Labels.x}} {{.Config.Volumes}}' $N:1; docker run --rm $N:1 sh -c 'echo $A $(pwd) $(id -un)'`,
      stdout: /^why who map\[80\/tcp:\{\}\] \/tmp www y map\[\/v:\{\}\]\nb \/tmp www\n$/,
    },
    {
      title: 'history shows the layers',
      script: `docker run --name $N $IMG sh -c 'echo x >/f'; docker commit -m note $N $N:1 >/dev/null; docker history --no-trunc --format '{{.CreatedBy}}|{{.Comment}}' $N:1`,
      stdout: /^sh -c 'echo x >\/f'\|note\n|^sh -c echo x >\/f\|note\n/,
    },
    {
      title: 'export gives the whole root',
      script: `docker run --name $N $IMG sh -c 'echo x >/f'; docker export $N | tar xO f; docker export $N | tar t | grep -c '^bin/sh$'`,
      stdout: 'x\n1\n',
    },
    {
      title: 'import makes an image',
      script: `docker export $(docker create $IMG) | docker import -c 'CMD ["echo","imported"]' -m note - $N:1 | grep -c sha256:; docker run --rm $N:1; docker inspect -f '{{.Comment}}' $N:1`,
      stdout: '1\nimported\nnote\n',
    },
    {
      title: 'save and load keep id, tag and contents',
      script: `docker run --name $N $IMG sh -c 'echo x >/f'; docker commit $N $N:1 >/dev/null; a=$(docker inspect -f '{{.Id}}' $N:1); docker save $N:1 >$T/i.tar; docker rm $N >/dev/null; docker rmi $N:1 >/dev/null; docker load <$T/i.tar | sed "s/$N/N/"; [ "$(docker inspect -f '{{.Id}}' $N:1)" = "$a" ]; docker run --rm $N:1 cat /f`,
      stdout: 'Loaded image: N:1\nx\n',
    },
    {
      title: 'load takes gzip',
      script: `docker tag $IMG $N:z; docker save $N:z | gzip >$T/i.tgz; docker rmi $N:z >/dev/null; docker load -i $T/i.tgz | sed "s/$N/N/"`,
      stdout: 'Loaded image: N:z\n',
    },
    {
      title: 'save of two images',
      script: `docker tag $IMG $N:a; docker tag $IMG $N:b; docker save $N:a $N:b | tar xO manifest.json | grep -o "$N:[ab]" | sed "s/$N//" | sort`,
      stdout: ':a\n:b\n',
    },
    { title: 'load of rubbish is refused', script: `head -c 10000 /dev/urandom >$T/x; docker load -i $T/x`, code: 1 },
    {
      title: '-v binds a folder',
      script: `mkdir $T/d; echo in >$T/d/f; docker run --rm -v $T/d:/d $IMG sh -c 'cat /d/f; echo out >/d/g'; cat $T/d/g`,
      stdout: 'in\nout\n',
    },
    {
      title: '-v :ro refuses writes',
      script: `mkdir $T/d; docker run --rm -v $T/d:/d:ro $IMG touch /d/x`,
      code: 1,
      stderr: /Read-only file system/,
    },
    {
      title: '-v makes a missing folder of the host',
      script: `docker run --rm -v $T/made:/d $IMG touch /d/x; ls $T/made`,
      stdout: 'x\n',
    },
    {
      title: '--mount refuses a missing folder of the host',
      script: `docker run --rm --mount type=bind,source=$T/no,target=/d $IMG true`,
      code: 125,
      stderr: /bind source path does not exist: .*\/no/,
    },
    {
      title: '-v binds a single file',
      script: `echo one >$T/f; docker run --rm -v $T/f:/etc/motd $IMG cat /etc/motd`,
      stdout: 'one\n',
    },
    {
      title: 'a bind below a bind',
      script: `mkdir -p $T/a $T/b; echo x >$T/b/f; docker run --rm -v $T/b:/m/sub -v $T/a:/m $IMG cat /m/sub/f`,
      stdout: 'x\n',
    },
    {
      title: 'a relative target is refused',
      script: `docker run --rm -v $T:relative $IMG true`,
      code: 125,
      stderr: /invalid|must be an absolute path|mount path must be absolute/,
    },
    {
      title: 'two mounts on one target are refused',
      script: `docker run --rm -v $T:/d -v /tmp:/d $IMG true`,
      code: 125,
      stderr: /[Dd]uplicate mount point: \/d/,
    },
    {
      title: 'a named volume keeps data between containers',
      script: `docker run --rm -v $N:/d $IMG sh -c 'echo x >/d/f'; docker run --rm -v $N:/d $IMG cat /d/f`,
      stdout: 'x\n',
    },
    {
      title: 'a new volume takes over what the image has there',
      script: `docker run --rm -v $N:/etc $IMG sh -c 'grep -c root /etc/passwd; stat -c %a /etc'; docker run --rm -v $N-t:/tmp $IMG stat -c %a /tmp; docker run --rm -v $N-w:/bin:nocopy --entrypoint '' $IMG sh -c true`,
      code: 127,
      stdout: '1\n755\n1777\n',
    },
    {
      title: '--mount type=volume with a subfolder of what was there before',
      script: `docker volume create $N >/dev/null; docker run --rm --mount type=volume,source=$N,target=/d $IMG touch /d/x; docker run --rm --mount type=volume,source=$N,target=/d,readonly $IMG sh -c 'ls /d; touch /d/y 2>/dev/null || echo ro'`,
      stdout: 'x\nro\n',
    },
    {
      title: '--mount type=tmpfs',
      script: `docker run --rm --mount type=tmpfs,target=/t,tmpfs-size=65536,tmpfs-mode=1770 $IMG sh -c 'stat -c %a /t; grep " /t " /proc/mounts'`,
      stdout: /^1770\ntmpfs .*size=64k/,
    },
    {
      title: '--volumes-from',
      script: `docker create --name $N -v /data $IMG >/dev/null; docker run --rm --volumes-from $N $IMG sh -c 'echo x >/data/f'; docker run --rm --volumes-from $N:ro $IMG sh -c 'cat /data/f; touch /data/g 2>/dev/null || echo ro'`,
      stdout: 'x\nro\n',
    },
    {
      title: 'volume create, inspect, ls, rm',
      script: `docker volume create --label a=b $N; docker volume inspect -f '{{.Driver}} {{.Labels.a}} {{.Scope}}' $N; docker volume ls -q -f label=a=b -f name=$N; docker volume rm $N`,
      stdout: /^(c\w+)\nlocal b local\n\1\n\1\n$/,
    },
    {
      title: 'a volume in use is kept',
      script: `docker create --name $N -v $N:/d $IMG >/dev/null; docker volume rm $N`,
      code: 1,
      stderr: /volume is in use - \[[0-9a-f]{64}\]/,
    },
    {
      title: 'an unknown volume',
      script: `docker volume inspect no-such-volume`,
      code: 1,
      stderr: /[Nn]o such volume/,
    },
    {
      title: 'a bad volume name is refused',
      script: `docker volume create a/b`,
      code: 1,
      stderr: /includes invalid characters for a local volume name/,
    },
    {
      title: 'an unknown volume driver is refused',
      script: `docker volume create -d nonsense $N`,
      code: 1,
      stderr: /nonsense/,
    },
    {
      title: 'a read-only bind of the local driver is read-only',
      needsLinux: 'mounts of the local driver',
      script: `mkdir $T/d; docker volume create -o type=none -o o=bind,ro -o device=$T/d $N >/dev/null; docker run --rm -v $N:/v $IMG touch /v/x`,
      code: 1,
      stderr: /Read-only file system/,
    },
    {
      title: 'a local volume that binds a folder',
      needsLinux: 'mounts of the local driver',
      script: `mkdir $T/d; docker volume create -o type=none -o o=bind -o device=$T/d $N >/dev/null; docker run --rm -v $N:/v $IMG touch /v/x; ls $T/d`,
      stdout: 'x\n',
    },
    {
      title: 'a local volume that is a tmpfs',
      needsLinux: 'mounts of the local driver',
      script: `docker volume create -o type=tmpfs -o o=size=64k -o device=tmpfs $N >/dev/null; docker run --rm -v $N:/v $IMG grep ' /v ' /proc/mounts`,
      stdout: /^tmpfs .*size=64k/,
    },
    {
      title: 'volume prune leaves what is used',
      script: `docker create -v $N-used:/d $IMG >/dev/null; docker create -v /anon --name $N $IMG >/dev/null; docker rm $N >/dev/null; docker volume prune -f | grep -c '^[0-9a-f]\\{64\\}$'; docker volume ls -q -f name=$N-used | wc -l`,
      stdout: '1\n1\n',
    },
    {
      title: 'rm -v removes anonymous volumes only',
      script: `docker create --name $N -v /anon -v $N-named:/d $IMG >/dev/null; a=$(docker inspect -f '{{range .Mounts}}{{if eq .Destination "/anon"}}{{.Name}}{{end}}{{end}}' $N); docker rm -v $N >/dev/null; docker volume inspect $a >/dev/null 2>&1 || echo gone; docker volume ls -q -f name=$N-named | wc -l`,
      stdout: 'gone\n1\n',
    },
    {
      title: 'inspect shows mounts',
      script: `docker create --name $N -v $T:/b:ro -v $N:/v $IMG >/dev/null; docker inspect -f '{{range .Mounts}}{{.Type}} {{.Destination}} {{.RW}}{{"\\n"}}{{end}}' $N | sort`,
      stdout: '\nbind /b false\nvolume /v true\n',
    },
    {
      title: 'an image path that is a link is not followed out by a mount',
      script: `docker run --name $N $IMG sh -c 'ln -s /../../../../../../tmp /v'; docker commit $N $N:1 >/dev/null; docker run --rm -v /v/coracle-evil $N:1 true; [ ! -e /tmp/coracle-evil ]`,
    },
  ]);
});
