// Instructions that set the configuration.

import { from, type RivalCase } from './case.ts';

export const configCases: readonly RivalCase[] = [
  {
    title: 'ENV in both forms, quotes, escapes, modifiers; values from before the line',
    dockerfile: `${from}
ENV A=1 B="two words" C='$A' D=\\$A
ENV E three  words
ENV F="a\\"b" G=a\\ b H=\${A}x I="\${NONE}"
ENV a=hello
ENV a=bye b=$a
ENV c=$a
ARG SET=s
ARG EMPTY=
ENV J=\${SET:-d} K=\${EMPTY:-d} L=\${NONE:-d} M=\${SET:+a} N=\${EMPTY:+a} O=\${NONE:+a} P=\${NONE:-\${SET}}
ENV PATH=/x:$PATH`,
    differs: { buildah: { 'config.Env': 'what is set again keeps its place, as with docker' } },
  },
  {
    title: 'ARG before FROM, in a stage, from the command line, and ENV of its name',
    dockerfile: `ARG TAG=1
ARG OUTER=o
FROM localhost/rivals:$TAG
ARG OUTER
ARG INNER=i
ARG UNSET
ARG X=arg
ENV X=env
LABEL o=$OUTER i=$INNER u="[$UNSET]" x=$X
RUN echo $OUTER $INNER $UNSET $X >/r`,
    args: ['--build-arg', 'INNER=given', '--build-arg', 'UNSET=now', '--build-arg', 'X=given'],
  },
  {
    title: 'LABEL, EXPOSE, VOLUME, STOPSIGNAL, USER, MAINTAINER',
    dockerfile: `${from}
LABEL a=1 b="two words" "c d"='e f' com.example.x="multi\\
line"
LABEL a=2 empty=""
EXPOSE 80 53/udp 8000-8003/tcp
ARG P=99
EXPOSE $P 80/tcp
VOLUME /v /w
VOLUME ["/x y", "/z"]
STOPSIGNAL SIGINT
USER www:audio
MAINTAINER Some One <some@one>`,
    args: ['--label', 'b=given', '--label', 'new=1'],
    differs: { buildah: { 'config.ExposedPorts': 'a range is so many ports, as with docker' } },
  },
  {
    title: 'WORKDIR, relative and with variables',
    dockerfile: `${from}\nWORKDIR /a\nWORKDIR b/../c\nENV D=/d\nWORKDIR $D/e\nWORKDIR ./f/`,
    differs: { buildah: { '/* type': 'WORKDIR makes its folder, as with docker, also where no command follows' } },
  },
  {
    title: 'CMD, ENTRYPOINT and HEALTHCHECK in shell form, with a SHELL of their own',
    dockerfile: `${from}
SHELL ["/bin/sh", "-ec"]
RUN echo "$0" >/s
HEALTHCHECK --interval=5s --timeout=1m30s --start-period=500ms --retries=4 CMD test -e /x || exit 1
ENTRYPOINT echo "a  b"
CMD c d`,
    differs: {
      buildah: {
        'config.Cmd': 'SHELL is for CMD too, as with docker',
        'config.Entrypoint': 'SHELL is for ENTRYPOINT too, as with docker',
      },
    },
  },
  {
    title: 'CMD, ENTRYPOINT and HEALTHCHECK in JSON form, with escapes',
    dockerfile: `${from}\nCMD [ "x" ,"\\"y\\"" ]\nENTRYPOINT ["/bin/echo", "a\\tb", "\\u00e9", "c\\\\d"]\nHEALTHCHECK CMD ["x", "y"]`,
  },
  {
    title: 'what looks like JSON and is none is for the shell; HEALTHCHECK NONE',
    dockerfile: `${from} AS a\nHEALTHCHECK CMD x\nFROM a\nCMD ['a', "b"]\nHEALTHCHECK NONE`,
  },
  {
    title: 'ENTRYPOINT forgets the CMD of the base',
    dockerfile: `${from} AS a\nCMD ["base"]\nFROM a\nENTRYPOINT ["e"]`,
  },
  {
    title: 'empty lists of CMD and ENTRYPOINT',
    dockerfile: `${from} AS a\nENTRYPOINT ["e"]\nCMD ["c"]\nFROM a\nENTRYPOINT []\nCMD []`,
  },
  {
    title: 'ONBUILD of a stage is done in the one on it',
    dockerfile: `${from} AS a
ONBUILD RUN echo triggered >/t
ONBUILD ENV ON=build
ONBUILD COPY f /f
FROM a AS b
RUN cat /t >/u
FROM b
LABEL once=yes`,
    files: 'echo f >f',
  },
  { title: 'ONBUILD in the image', dockerfile: `${from}\nONBUILD RUN echo "a  b"\nONBUILD WORKDIR /x` },
  {
    title: 'the escape directive',
    dockerfile: `# escape=\`\n${from}\nENV P=c:\\d Q=a\` b\nRUN echo a \`\n  b >/x`,
    differs: { buildah: { 'config.Env': 'the directive is for values as well, as with docker' } },
  },
  {
    title: 'instructions in any case, comments and blank lines between and inside of them',
    dockerfile: `# one

from localhost/rivals:1 as One
# two
  env A=1
	label b=c
Run   echo a \\
  # three

  && echo b   >/b  
   # four
LABEL a=b \\
# five
  c=d`,
  },
];
