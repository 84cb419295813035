// RUN, stages and what becomes of the files that commands change.

import { from, noMounts, type RivalCase } from './case.ts';

const mountPoint = 'where something was mounted there is nothing, as with newer BuildKits';
const ofUser = 'the folder is of the user, as with BuildKit';

export const runCases: readonly RivalCase[] = [
  {
    title: 'files, modes, owners, links, devices',
    dockerfile: `${from}
RUN umask 027 && mkdir /n && echo a >/n/f && chmod 6755 /n/f && chown 33:29 /n/f && ln -s f /n/l && ln /n/f /n/h && mkfifo /n/p && mknod /n/c c 1 3 && mknod /n/b b 7 0 && touch -d @1000000001 /n/f
RUN ln /n/f /n/over
RUN echo 2 >>/n/h`,
  },
  {
    title: 'removed files and folders, several in one step, and made again',
    dockerfile: `${from}
RUN mkdir -p /a/b && touch /a/b/c /a/d /top
RUN rm /top /a/d /etc/nsswitch.conf && rm -r /var/www
RUN rm -r /a/b && mkdir /a/b && touch /a/b/new`,
  },
  {
    title: 'a folder for a file, a file for a folder, a link for a folder; renamed and changed files of the base',
    dockerfile: `${from}
RUN mkdir -p /x/y /d/e && echo 1 >/z && touch /d/e/f
RUN rm -r /x && echo 2 >/x && rm /z && mkdir /z && touch /z/in && mv /d /moved && ln -s moved /d
RUN mv /etc/os-release /etc/renamed && chmod 600 /etc/group && chown 33 /etc/passwd`,
  },
  {
    title: 'as a user, with the groups, in the folder',
    dockerfile: `${from}
WORKDIR /w
RUN chown www /w
USER www
RUN id >/w/id; pwd >>/w/id; echo $HOME >>/w/id
WORKDIR sub
USER 1234:99
RUN id >/tmp/id`,
    differs: {
      classic: { '/w/sub owner': ofUser },
      BuildKit: { '/w/id content': 'with all groups of the user, as docker run', '/tmp/id content': 'the same' },
      buildah: { '/w/sub owner': 'of the user when it is made, as with BuildKit' },
    },
  },
  {
    title: 'the environment, JSON form, several lines',
    dockerfile: `${from}
ENV A=1
ARG B=2
RUN env | grep -v -e HOSTNAME -e SHLVL -e container= | sort >/env
RUN ["/bin/busybox", "sh", "-c", "echo \\"$0 $PATH\\" >/o", "a b"]
RUN [ "touch", "/t w o" ]
RUN set -e; \\
  for i in 1 2; do \\
    echo "$i" >>/n; \\
  done`,
  },
  {
    title: 'VOLUME: what was there stays, COPY behind it',
    files: 'echo x >f',
    dockerfile: `${from}\nRUN mkdir /v && echo 1 >/v/a && chown 33 /v\nVOLUME /v\nCOPY f /v/f`,
  },
  {
    title: 'VOLUME: a command behind it',
    dockerfile: `${from}\nRUN mkdir /v && echo 1 >/v/a\nVOLUME /v\nRUN echo 2 >/v/b`,
    differs: {
      classic: { '/v/b type': 'what a command writes is kept, as by BuildKit' },
      buildah: { '/v/b type': 'what a command writes is kept, as by BuildKit' },
    },
  },
  {
    title: 'WORKDIR makes folders, through a link too',
    dockerfile: `${from}\nUSER www\nWORKDIR /made/by\nUSER root\nRUN ln -s /tmp /link\nWORKDIR /link/in`,
    differs: {
      classic: { '/made owner': ofUser, '/made/by owner': ofUser },
      buildah: {
        '/made owner': ofUser,
        '/made/by owner': ofUser,
        '/tmp/in type': 'WORKDIR makes its folder, as with docker, also where no command follows',
      },
    },
  },
  {
    title: 'stages by name, number and case',
    dockerfile: `${from} AS First
RUN echo 1 >/one
${from} AS third
COPY --from=first /one /a
COPY --from=0 /one /b
FROM third
COPY --from=FIRST /one /c`,
    unknown: { buildah: 'names of stages in any case' },
  },
  {
    title: 'a stage on a stage takes its configuration; --target',
    dockerfile: `${from} AS a
ENV A=1
WORKDIR /w
USER www
EXPOSE 1
VOLUME /v
LABEL l=a
SHELL ["/bin/sh","-ec"]
FROM a AS b
ENV B=$A
LABEL m=b
FROM b
RUN false`,
    args: ['--target', 'b'],
    differs: { buildah: { '/w type': 'WORKDIR makes its folder, as with docker, also where no command follows' } },
  },
  {
    title: 'mounts: context, stage, tmpfs',
    files: 'mkdir d; echo text >d/f',
    dockerfile: `${from} AS tools
RUN echo tool >/t
${from}
RUN --mount=target=/ctx cat /ctx/d/f >/f
RUN --mount=from=tools,source=/t,target=/tool cat /tool >/g
RUN --mount=type=bind,source=d,target=/rw/d,rw echo lost >/rw/d/new
RUN --mount=type=tmpfs,target=/scratch touch /scratch/x`,
    unknown: noMounts,
    differs: {
      BuildKit: {
        '/ctx type': mountPoint,
        '/rw type': mountPoint,
        '/rw/d type': mountPoint,
        '/scratch type': mountPoint,
      },
      buildah: { '/rw type': mountPoint },
    },
  },
  {
    title: 'mounts: cache',
    dockerfile: `${from}
RUN --mount=type=cache,target=/c echo 1 >/c/f
RUN --mount=type=cache,target=/c cat /c/f >/g; stat -c '%a %u' /c >/s
RUN --mount=type=cache,id=own,uid=33,gid=29,mode=0711,target=/e/d stat -c '%a %u:%g' /e/d >/t`,
    unknown: noMounts,
    differs: {
      BuildKit: { '/c type': mountPoint, '/e type': mountPoint, '/e/d type': mountPoint },
      buildah: { '/e type': mountPoint },
    },
  },
  {
    title: 'mounts: a secret that is given, and one that is not',
    files: 'echo s3cr3t >.secret; echo .secret >.dockerignore',
    dockerfile: `${from}
RUN --mount=type=secret,id=a sha256sum /run/secrets/a >/sum; stat -c '%a %u:%g' /run/secrets/a >/mode
RUN --mount=type=secret,id=a,target=/etc/tok,mode=0440,uid=33,gid=29 stat -c '%a %u:%g' /etc/tok >/mode2
RUN --mount=type=secret,id=b ls /run/secrets/b || touch /none`,
    args: ['--secret', 'id=a,src={}/.secret'],
    unknown: noMounts,
    differs: {
      BuildKit: { '/run type': mountPoint, '/run/secrets type': mountPoint },
      buildah: { '/run/secrets type': mountPoint },
    },
  },
  {
    title: 'a command that fails',
    dockerfile: `${from}\nRUN exit 3`,
    refused: /exit code: 3|non-zero code: 3|exit status 3/,
  },
  { title: 'an unknown instruction', dockerfile: `${from}\nFOO bar`, refused: /FOO/i },
];
