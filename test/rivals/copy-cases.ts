// COPY and ADD.

import { from, type RivalCase } from './case.ts';

const bits = 'the bits of set-user-id and set-group-id are kept, as by BuildKit';

export const copyCases: readonly RivalCase[] = [
  {
    title: 'files: to a name, into a folder, renamed; the whole context',
    files: 'mkdir -p .hidden/d e; echo f >f; touch .dot e/f .hidden/d/x',
    dockerfile: `${from}
COPY f /name
COPY f /folder/
COPY f /tmp
COPY ./f /deep/er/name
WORKDIR /w
COPY . .`,
  },
  {
    title: 'modes, set-user-id, sticky; owners are not those of the context',
    files: `mkdir -p d/sticky; for n in suid sgid none; do echo $n >d/$n; done; echo x >f
chown 1234:55 f; chmod 4755 d/suid; chmod 2711 d/sgid; chmod 000 d/none; chmod 1777 d/sticky; chmod 750 d`,
    dockerfile: `${from}\nUSER www\nCOPY d /d\nCOPY d/suid d/sgid d/none /files/\nCOPY f /f\nADD f /g`,
    differs: {
      classic: { '/*/suid mode': bits, '/*/sgid mode': bits },
      buildah: { '/*/suid mode': bits, '/*/sgid mode': bits },
    },
  },
  {
    title: '--chown by name, number, user alone; folders made for it',
    files: 'mkdir d; echo x >d/x',
    dockerfile: `${from}
COPY --chown=www:audio d /a/d
COPY --chown=12:34 d/x /b/x
COPY --chown=www d /c
ADD --chown=33 d/x /e`,
    varies: {
      classic: { '/a owner': 'new folders on the way are of the same owner, as with BuildKit' },
      BuildKit: {
        '/a owner': 'new folders on the way are of the same owner, as with itself most of the time, and with buildah',
      },
    },
  },
  {
    title: '--chmod',
    files: 'mkdir d; echo x >d/x',
    dockerfile: `${from}\nCOPY --chmod=0640 d/x /x\nCOPY --chmod=755 d /d\nADD --chmod=600 d/x /y`,
    unknown: { classic: '--chmod' },
  },
  {
    title: 'wildcards',
    files: 'mkdir d1 d2; touch a.txt b.txt a.c ab.c a.md c.md d1/x d2/y',
    dockerfile: `${from}\nCOPY *.txt /star/\nCOPY ?.c /mark/\nCOPY [ab].md /class/\nCOPY d*/x /x/\nCOPY d? /folders/`,
  },
  {
    title: 'a pattern for what is special itself',
    files: `touch 'lit[1]' lit1`,
    dockerfile: `${from}\nCOPY lit[[]1] /lit/`,
    unknown: { buildah: 'a class that holds a bracket' },
  },
  {
    title: 'a folder copies what is in it; several to one place; variables',
    files: 'mkdir -p a/s b v1; echo 1 >a/f; echo 2 >a/s/g; echo 3 >b/f; echo x >v1/f',
    dockerfile: `${from}
COPY a b /both/
COPY a/ /one
COPY a/s/ b/f /mixed/
ARG V=1
ENV TO=/opt
WORKDIR /w
COPY v$V/f \${TO}/app/
COPY v\${V} rel`,
  },
  {
    title: 'symbolic links: kept inside, followed as a source; hard links',
    files: `mkdir d; echo x >d/f; ln -s f d/l; ln -s /etc/passwd d/abs; ln -s nowhere d/dangling; ln -s ../d d/up
ln -s d/f to-file; ln -s d to-folder; ln d/f d/hard; ln d/f c`,
    dockerfile: `${from}
COPY d /d
COPY to-file /file
COPY to-folder /folder
COPY to-folder/f /through
COPY . /all/`,
  },
  {
    title: 'over what is there: files, modes of folders, links to folders',
    files: 'mkdir -p etc/sub d; echo new >etc/os-release; chmod 700 etc; echo x >d/f',
    dockerfile: `${from}
RUN mkdir /etc/sub /real && chmod 711 /etc/sub && echo old >/etc/sub/kept && ln -s /real /link && ln -s real /rel
COPY etc /etc
COPY d /link/
COPY d/f /rel/g`,
  },
  {
    title: 'a destination that is a link to a file',
    files: 'echo new >f',
    dockerfile: `${from}\nRUN echo old >/target && ln -s /target /link\nCOPY f /link`,
    differs: {
      buildah: {
        '/link *': 'what the link leads to is written, as with docker',
        '/target *': 'what the link leads to is written, as with docker',
      },
    },
  },
  {
    title: 'names with blanks, JSON form, a dash, other letters',
    files: `echo 1 >'a b'; mkdir 'c d'; echo 2 >'c d/-x'; echo 3 >'é'`,
    dockerfile: `${from}\nCOPY ["a b", "c d", "/to here/"]\nCOPY é /é`,
  },
  {
    title: 'ADD unpacks archives, COPY does not; over what is there',
    files: `mkdir -p s/d o/etc o/link; echo x >s/d/f; ln -s f s/d/l; ln s/d/f s/d/h; chmod 4750 s/d/f; echo new >o/etc/os-release
tar -C s --mtime=@1000000000 --owner=33 --group=29 -cf a.tar d; tar -C o --mtime=@1000000000 -cf o.tar etc link
gzip -k a.tar; xz -k a.tar; bzip2 -k a.tar; echo p >plain.tar`,
    dockerfile: `${from}
RUN mkdir /real && ln -s /real /link
ADD a.tar /t/
ADD a.tar.gz /gz/
ADD a.tar.xz /xz
ADD a.tar.bz2 /bz/
ADD plain.tar /p/
COPY a.tar /c/
ADD o.tar /`,
  },
  {
    title: 'an archive that has an entry for its own root',
    files: 'mkdir s; chmod 700 s; echo x >s/f; tar -C s --mtime=@1000000000 --owner=33 --group=29 -cf a.tar .',
    dockerfile: `${from}\nADD a.tar /new/\nRUN mkdir -m 711 /there\nADD a.tar /there/\nADD a.tar /noslash`,
    differs: {
      buildah: {
        '/* mode': 'the folder that is unpacked into is not of the archive, as with docker',
        '/* owner': 'the same',
      },
    },
  },
  {
    title: 'dots and stars; --chown over what is there',
    files: 'mkdir -p d/e; echo x >d/f; echo y >d/e/g; touch d/.h',
    dockerfile: `${from}
RUN mkdir -p /there/e && chown 5:6 /there /there/e && chmod 700 /there/e && echo o >/there/e/old
COPY d/. /x/
COPY d/* /y/
COPY ./ /z
COPY d/e d/f /w/
COPY --chown=33:29 d/e /r/s/
COPY --chown=33:29 d /there
COPY --chown=33:29 d/f /there/n/m/f`,
    differs: {
      classic: {
        '/r owner': 'new folders on the way are of the same owner, as with BuildKit',
      },
    },
  },
  {
    title: '.dockerignore with exceptions',
    files: `mkdir -p a/b node_modules/x deep/node_modules
touch a/1 a/b/2.log a/b/keep.log top.log node_modules/x/y deep/node_modules/z secret .env
printf '# comment\\n\\n*.log\\n**/*.log\\n!a/b/keep.log\\n**/node_modules\\n/secret\\n.*\\nDockerfile\\n' >.dockerignore`,
    dockerfile: `${from}\nCOPY . /c/`,
  },
  {
    title: '.dockerignore of all but some',
    files: `mkdir -p src/lib docs; touch src/a src/lib/b src/lib/c.tmp docs/x README; printf '*\\n!src\\nsrc/**/*.tmp\\n' >.dockerignore`,
    dockerfile: `${from}\nCOPY . /c/`,
  },
  {
    title: '--from a stage: owners, modes, links',
    dockerfile: `${from} AS a
RUN mkdir -p /s/d && echo x >/s/f && chown 33:29 /s/f /s/d && chmod 4711 /s/f && chmod 1770 /s/d && ln -s f /s/l && ln /s/f /s/h && touch -d @1000000001 /s/f /s/d && ln -s s/f /lf && ln -s /s /abs
${from}
COPY --from=a /s /s
COPY --from=a /s/f /one/
COPY --from=a --chown=1:2 /s /t
COPY --from=a /lf /lf
COPY --from=a /abs/f /af
COPY --from=a /abs /abs`,
    differs: { classic: { '/t/f mode': bits, '/t/h mode': bits } },
  },
  {
    title: '--from an image has what the image has, and nothing of the engine',
    dockerfile: `${from}\nCOPY --from=localhost/rivals:1 /etc/os-release /os\nCOPY --from=localhost/rivals:1 /etc /e/`,
  },
  { title: 'a source that is missing', dockerfile: `${from}\nCOPY nope /x`, refused: /nope/ },
];
