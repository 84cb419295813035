// Images on disk and what the engine says about itself: tags, removal, lists, events, disk usage, prune, info.

import { useEngine } from './engine.ts';
import { shellCases } from './shell-cases.ts';

describe('conformance: images and system', () => {
  const engine = useEngine();

  shellCases(engine, [
    {
      title: 'tag, images, rmi',
      script: `docker tag $IMG $N:a; docker images --format '{{.Repository}}:{{.Tag}}' $N | sed "s/$N/N/"; docker rmi $N:a | sed "s/$N/N/"; docker images -q $N`,
      stdout: 'N:a\nUntagged: N:a\n',
    },
    {
      title: 'a bad tag is refused',
      script: `docker tag $IMG 'Bad:UPPER tag'`,
      code: 1,
      stderr: /invalid reference format|is not a valid repository/,
    },
    {
      title: 'tag of an unknown image',
      script: `docker tag no-such-image:1 $N:a`,
      code: 1,
      stderr: /No such image: no-such-image:1/,
    },
    {
      title: 'an image in use is kept',
      script: `docker export $(docker create $IMG) | docker import - $N:1 >/dev/null; docker create $N:1 true >/dev/null; docker rmi $N:1`,
      code: 1,
      stderr:
        /conflict: unable to remove repository reference "c\w+:1" \(must force\) - container [0-9a-f]{12} is using its referenced image [0-9a-f]{12}/,
    },
    {
      title: 'rmi -f of an image in use removes the name',
      script: `docker export $(docker create $IMG) | docker import - $N:1 >/dev/null; docker create --name $N $N:1 true >/dev/null; docker rmi -f $N:1 >/dev/null; docker images -q $N; docker inspect -f '{{.Image}}' $N | grep -c sha256`,
      stdout: '1\n',
    },
    {
      title: 'rmi by id of an image with two names is refused',
      script: `docker export $(docker create $IMG) | docker import - $N:1 >/dev/null; docker tag $N:1 $N:2; docker rmi $(docker images -q $N:1)`,
      code: 1,
      stderr: /must be forced\) - image is referenced in multiple repositories|must be forced/,
    },
    {
      title: 'rmi -f by id removes all names',
      script: `docker export $(docker create $IMG) | docker import - $N:1 >/dev/null; docker tag $N:1 $N:2; docker rmi -f $(docker images -q $N:1) | sed "s/$N/N/" | sort | sed 's/sha256:.*/ID/'; docker images -q $N`,
      stdout: /Untagged: N:1\nUntagged: N:2\n$/,
    },
    {
      title: 'rmi of a layered image deletes its layers',
      script: `docker run --name $N $IMG touch /f; docker commit $N $N:1 >/dev/null; docker rm $N >/dev/null; docker rmi $N:1 | cut -d: -f1 | sort | uniq`,
      stdout: 'Deleted\nUntagged\n',
    },
    {
      title: 'rmi of an unknown image',
      script: `docker rmi no-such-image:1`,
      code: 1,
      stderr: /No such image: no-such-image:1/,
    },
    {
      title: 'ids of images work as prefixes, with and without sha256:',
      script: `id=$(docker inspect -f '{{.Id}}' $IMG); docker inspect -f x \${id:0:20}; hex=\${id#sha256:}; docker inspect -f y \${hex:0:10}; docker run --rm \${hex:0:12} echo z`,
      stdout: 'x\ny\nz\n',
    },
    {
      title: 'images filters by reference, dangling, label, before',
      script: `docker create --name $N $IMG >/dev/null; docker commit -c 'LABEL k=v' $N $N:1 >/dev/null; docker images -q -f label=k=v -f reference="$N*" | wc -l; docker images -q -f label=k=w -f reference="$N*" | wc -l; docker images -q -f dangling=true -f label=k=v | wc -l; docker images --format '{{.Repository}}' -f since=$IMG -f reference="$N*" | sed "s/$N/N/"`,
      stdout: '1\n0\n0\nN\n',
    },
    {
      title: 'images --no-trunc and --digests',
      script: `docker images --no-trunc --digests --format '{{.ID}} {{.Digest}}' $IMG`,
      stdout: /^sha256:[0-9a-f]{64} (<none>|sha256:[0-9a-f]{64})\n$/,
    },
    {
      title: 'image inspect',
      lightweight: { stdout: 'wasi layers 2 ["sh"] coracle-conformance:1\n' },
      script: `docker image inspect -f '{{.Os}} {{.RootFS.Type}} {{len .RootFS.Layers}} {{json .Config.Cmd}} {{index .RepoTags 0}}' $IMG`,
      stdout: 'linux layers 1 ["sh"] coracle-conformance:1\n',
    },
    {
      title: 'an image that is not here and cannot be pulled',
      script: `docker run --rm 127.0.0.1:1/nowhere/nothing:1 true`,
      code: 125,
      stderr: /Unable to find image '127\.0\.0\.1:1\/nowhere\/nothing:1' locally[^]*connection refused/,
    },
    {
      title: 'create --pull never of an unknown image',
      script: `docker create --pull never no-such-image:1`,
      code: 1,
      stderr: /No such image: no-such-image:1/,
    },
    {
      title: 'a commit of a running container pauses and resumes it',
      script: `docker run -d --name $N $IMG sleep 600 >/dev/null; docker commit $N $N:1 >/dev/null; docker inspect -f '{{.State.Status}}' $N`,
      stdout: 'running\n',
    },
    {
      title: 'dangling images are pruned',
      script: `docker create --name $N $IMG >/dev/null; a=$(docker commit -m 1 $N $N:x); docker commit -m 2 $N $N:x >/dev/null; docker rm $N >/dev/null; docker image prune -f | grep -c "eleted: $a"; docker images -q $N:x | wc -l`,
      stdout: '1\n1\n',
    },

    {
      title: 'version names client and server',
      lightweight: { stdout: /^wasi 1\.\d+\n$/ },
      script: `docker version --format '{{.Server.Os}} {{.Server.APIVersion}}'`,
      stdout: /^linux 1\.\d+\n$/,
    },
    {
      title: 'info',
      lightweight: { stdout: /^wasi \w+ [12] \d+ \w+\n$/ },
      script: `docker info --format '{{.OSType}} {{.Driver}} {{.CgroupVersion}} {{.NCPU}} {{.DefaultRuntime}}'`,
      stdout: /^linux \w+ [12] \d+ \w+\n$/,
    },
    {
      title: 'info counts containers',
      script: `docker create $IMG >/dev/null; docker run -d $IMG sleep 600 >/dev/null; docker info --format '{{.Containers}} {{.ContainersRunning}} {{.ContainersPaused}}'`,
      stdout: /^\d+ [1-9]\d* 0\n$/,
    },
    {
      title: 'events of a whole life, replayed',
      script: `from=$(date +%s); docker run --rm --name $N $IMG sh -c 'exit 3'; docker events --since $from --until $(($(date +%s) + 1)) --filter container=$N --format '{{.Type}} {{.Action}}' | grep -v ' attach'`,
      stdout: 'container create\ncontainer start\ncontainer die\ncontainer destroy\n',
    },
    {
      title: 'events filter by event and label, with attributes',
      script: `from=$(date +%s); docker run --rm -l k=$N $IMG sh -c 'exit 3'; docker events --since $from --until $(($(date +%s) + 1)) --filter event=die --filter label=k=$N --format '{{.Actor.Attributes.exitCode}} {{.Actor.Attributes.image}}'`,
      stdout: '3 coracle-conformance:1\n',
    },
    {
      title: 'events live',
      script: `docker create --name $N $IMG true >/dev/null; docker events --filter container=$N --filter event=start --format '{{.Action}}' >$T/e & p=$!; until [ -s $T/e ]; do docker start $N >/dev/null; sleep 0.5; done; kill $p; sort -u $T/e`,
      stdout: 'start\n',
    },
    {
      title: 'events of networks, volumes and images',
      script: `from=$(date +%s); docker network create $N >/dev/null; docker network rm $N >/dev/null; docker volume create $N >/dev/null; docker volume rm $N >/dev/null; docker tag $IMG $N:1; docker rmi $N:1 >/dev/null; docker events --since $from --until $(($(date +%s) + 1)) --format '{{.Type}} {{.Action}}' | sort -u`,
      stdout: /image tag\nimage untag\n[^]*network create\nnetwork destroy\n[^]*volume create\nvolume destroy\n/,
    },
    {
      title: 'system df',
      script: `docker volume create $N >/dev/null; docker system df --format '{{.Type}} {{.TotalCount}}'`,
      stdout: /^Images [1-9]\d*\nContainers \d+\nLocal Volumes [1-9]\d*\nBuild Cache \d+\n$/,
    },
    {
      title: 'system df -v knows the size of a volume',
      script: `docker run --rm -v $N:/d $IMG sh -c 'head -c 300000 /dev/zero >/d/f'; docker system df -v --format '{{json .Volumes}}' | grep -o '"Name":"'$N'"[^}]*"Size":"[^"]*"' | grep -o '"Size":.*'`,
      stdout: /^"Size":"30\d(\.\d+)?kB"\n$/,
    },
    {
      title: 'system prune',
      script: `docker create --name $N $IMG >/dev/null; docker network create $N >/dev/null; docker system prune -f | grep -c 'Total reclaimed space'; docker ps -aq -f name=$N; docker network ls -q -f name=$N`,
      stdout: '1\n',
    },
    {
      title: 'inspect finds what has that name',
      script: `docker volume create $N >/dev/null; docker inspect --type volume -f '{{.Name}}' $N | sed "s/$N/N/"; docker inspect -f '{{.Driver}}' $N`,
      stdout: 'N\nlocal\n',
    },
  ]);
});
