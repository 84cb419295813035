// Images from a Dockerfile as clients of Docker's classic builder see it: lines, errors, the image's configuration and files, cache.
// What no classic builder of dockerd knows (heredocs, mounts) is asked of ours alone.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { tarOf } from '../helpers/busybox-image.ts';
import { ask } from '../helpers/engine-http.ts';
import { until } from '../helpers/poll.ts';
import { isLightweight } from '../helpers/wasi-image.ts';
import { image, useEngine } from './engine.ts';
import { shellCases, type ShellCase } from './shell-cases.ts';

interface BuildCase extends ShellCase {
  /** What `$T/Dockerfile` says; `$T` is the context and the working directory. */
  readonly dockerfile: string;
}

/** `built` is a build that succeeds, as `$N:1`, and says nothing. */
function buildCases(engine: ReturnType<typeof useEngine>, cases: readonly BuildCase[]): void {
  const prelude =
    'export DOCKER_BUILDKIT=0; built() { docker build -t $N:1 "$@" . >.log 2>&1 || { cat .log; exit 99; }; }; ' +
    // Which steps that make something were in the cache; others are not asked for alike.
    "cached() { grep -A1 -E '^Step [0-9/]+ : (RUN|COPY)' | grep -c 'Using cache'; };";
  shellCases(
    engine,
    cases.map(({ dockerfile, ...row }) => ({
      ...row,
      script: `${prelude}\ncat >Dockerfile <<'END OF FILE'\n${dockerfile}\nEND OF FILE\nprintf '.log\\n' >.dockerignore\n${row.script}`,
    })),
  );
}

const from = `FROM ${image}`;
const inspect = (format: string): string => `docker inspect -f '${format}' $N:1`;
/** Runs a command in the image that `built` made. */
const inside = (command: string): string => `docker run --rm --entrypoint sh $N:1 -c '${command}'`;
const isOurs = process.env['CONFORMANCE_HOST'] === undefined;

describe('conformance: build, lines and errors', () => {
  const engine = useEngine();

  buildCases(engine, [
    {
      title: 'steps, output, id and names',
      dockerfile: `${from}\nRUN echo hello\nCMD ["x"]`,
      script: `docker build -t $N:1 -t $N:2 . 2>/dev/null`,
      stdout:
        /^(?:Sending build context[^\n]*\n)?Step 1\/3 : FROM coracle-conformance:1\n ---> [0-9a-f]{12}\nStep 2\/3 : RUN echo hello\n[^]*hello\n[^]* ---> [0-9a-f]{12}\nStep 3\/3 : CMD \["x"\]\n[^]* ---> [0-9a-f]{12}\nSuccessfully built [0-9a-f]{12}\nSuccessfully tagged c\w+:1\nSuccessfully tagged c\w+:2\n$/,
    },
    {
      title: 'what a command says to stderr is red',
      dockerfile: `${from}\nRUN echo oops >&2`,
      script: `docker build . 2>/dev/null | grep -c "$(printf '\\033\\[91moops')"`,
      stdout: '1\n',
    },
    {
      title: 'variables are filled in, but not in what a step is called',
      dockerfile: `ARG TAG=1\nFROM coracle-conformance:$TAG\nENV A=b\nLABEL l=$A`,
      script: `docker build -t $N:1 . 2>/dev/null | grep -E '^Step' | tr '\\n' ';'; ${inspect('{{.Config.Labels.l}}')}`,
      // What stands before the first FROM is a step for dockerd only.
      stdout:
        /Step (?:1\/3|2\/4) : FROM coracle-conformance:\$TAG;Step [23]\/[34] : ENV A=b;Step [34]\/[34] : LABEL l=\$A;b\n$/,
    },
    {
      title: '-q says the id alone',
      dockerfile: `${from}\nRUN echo hello; echo noise >&2\nLABEL a=b`,
      script: `docker build -q -t $N:1 . 2>/dev/null >.log; cat .log; [ "$(cat .log)" = "$(${inspect('{{.Id}}')})" ]`,
      stdout: /^sha256:[0-9a-f]{64}\n$/,
    },
    {
      title: '--iidfile holds the id',
      dockerfile: `${from}\nLABEL a=b`,
      script: `docker build --iidfile .iid -t $N:1 . >/dev/null 2>&1; [ "$(cat .iid)" = "$(${inspect('{{.Id}}')})" ]`,
    },
    {
      title: 'a command that fails gives its code and leaves no image',
      dockerfile: `${from}\nRUN echo before; exit 3`,
      script: `docker build -t $N:1 . 2>.err; code=$?; tail -1 .err; docker images -q $N | wc -l; docker ps -aq --filter ancestor=${image} | wc -l; exit $code`,
      code: 3,
      stdout: /before\n[^]*The command '\/bin\/sh -c echo before; exit 3' returned a non-zero code: 3\n0\n[01]\n$/,
    },
    {
      title: 'a command in exec form that fails',
      dockerfile: `${from}\nRUN ["sh", "-c", "exit 4"]`,
      script: `docker build .`,
      code: 4,
      stderr: /The command 'sh -c exit 4' returned a non-zero code: 4/,
    },
    {
      title: 'a command that is not there',
      dockerfile: `${from}\nRUN ["/no/such/program"]`,
      script: `docker build .`,
      code: [1, 127],
      stderr: /no such file or directory|returned a non-zero code: 127/,
    },
    {
      title: 'an unknown instruction',
      dockerfile: `${from}\nFOO bar`,
      script: `docker build .`,
      code: 1,
      stderr: /Error response from daemon: dockerfile parse error (?:on )?line 2: unknown instruction: FOO/i,
    },
    {
      title: 'a Dockerfile without FROM',
      dockerfile: `RUN true`,
      script: `docker build .`,
      code: 1,
      stderr: /no build stage in current context|before the first FROM/i,
    },
    {
      title: 'an empty Dockerfile',
      dockerfile: ``,
      script: `: >Dockerfile; docker build .`,
      code: 1,
      stderr: /cannot be empty|There is no FROM/,
    },
    {
      title: 'an unknown flag',
      dockerfile: `${from}\nCOPY --chwon=1 Dockerfile /`,
      script: `docker build .`,
      code: 1,
      stderr: /unknown flag: (?:--)?chwon|no flag --chwon/i,
    },
    {
      title: 'an argument that is missing',
      dockerfile: `${from}\nCOPY Dockerfile`,
      script: `docker build .`,
      code: 1,
      stderr: /COPY (?:requires at least two arguments|needs at least one source and a destination)/,
    },
    {
      title: 'a source that is missing',
      dockerfile: `${from}\nCOPY nope /`,
      script: `docker build .`,
      code: 1,
      stderr:
        /COPY failed: file not found in build context or excluded by \.dockerignore: stat nope: file does not exist/,
    },
    {
      title: 'a source outside of the context',
      dockerfile: `${from}\nCOPY ../../../etc/hostname /`,
      script: `docker build .`,
      code: 1,
      stderr: /COPY failed: (?:forbidden path outside the build context|file not found in build context)/i,
    },
    {
      title: 'a link out of the context does not lead out of it',
      dockerfile: `${from}\nCOPY link/hostname /`,
      script: `ln -s /etc link; docker build .`,
      code: 1,
      stderr: /COPY failed/,
    },
    {
      title: 'a stage that is not there',
      dockerfile: `${from} AS a\nLABEL a=b`,
      script: `docker build --target nope .`,
      code: 1,
      stderr:
        /target (?:stage )?"?nope"? (?:could not be found|in dockerfile)|failed to reach build target nope in Dockerfile/i,
    },
    {
      title: 'a base that is not here and cannot be pulled',
      dockerfile: `FROM 127.0.0.1:1/nowhere/nothing:1`,
      script: `docker build .`,
      code: 1,
      stderr: /127\.0\.0\.1:1.*connection refused/,
    },
    {
      title: 'a name for the image that is none',
      dockerfile: from,
      script: `docker build -t 'Bad:UPPER tag' .`,
      code: [1, 125],
      stderr: /invalid (?:argument|reference format)/,
    },
    {
      title: 'an argument that the Dockerfile does not know',
      dockerfile: `${from}\nLABEL a=b`,
      script: `docker build --build-arg nope=1 . 2>&1`,
      stdout: /\[Warning\] One or more build-args \[nope\] were not consumed/,
    },
    {
      title: 'a Dockerfile of another name, from stdin, and a context from stdin',
      dockerfile: `${from}\nLABEL a=1`,
      script: `mkdir d; sed s/a=1/a=2/ Dockerfile >d/Other; sed s/a=1/a=3/ Dockerfile >.third
        for args in "-f d/Other ." "-f - ." "-"; do docker build -q -t $N:1 $args <.third >/dev/null 2>&1; ${inspect('{{.Config.Labels.a}}')}; done
        tar cf .tar Dockerfile d; docker build -q -t $N:1 - <.tar >/dev/null 2>&1; ${inspect('{{.Config.Labels.a}}')}
        gzip .tar; docker build -q -t $N:1 -f d/Other - <.tar.gz >/dev/null 2>&1; ${inspect('{{.Config.Labels.a}}')}`,
      stdout: '2\n3\n3\n1\n2\n',
    },
  ]);
});

describe('conformance: build, configuration', () => {
  const engine = useEngine();

  buildCases(engine, [
    {
      title: 'instructions that are only configuration',
      dockerfile: `${from}
WORKDIR /w
WORKDIR sub
USER www:audio
ENTRYPOINT ["/bin/echo", "e"]
CMD c d
ENV A=1 B="two words"
ENV C three words
EXPOSE 80 53/udp
EXPOSE 8000-8002
VOLUME /v /x
VOLUME ["/data", "/other"]
LABEL a=1 "b c"="d e"
STOPSIGNAL SIGINT
MAINTAINER someone`,
      script: `built; for k in WorkingDir User Entrypoint Cmd ExposedPorts Volumes Labels StopSignal; do ${inspect('{{json .Config.$k}}').replaceAll("'", '"')}; done; ${inspect('{{json .Config.Env}} {{.Author}} {{.Os}}')}`,
      stdout: `"/w/sub"
"www:audio"
["/bin/echo","e"]
["/bin/sh","-c","c d"]
{"53/udp":{},"80/tcp":{},"8000/tcp":{},"8001/tcp":{},"8002/tcp":{}}
{"/data":{},"/other":{},"/v":{},"/x":{}}
{"a":"1","b c":"d e"}
"SIGINT"
["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","A=1","B=two words","C=three words"] someone ${isLightweight() ? 'wasi' : 'linux'}
`,
    },
    {
      title: 'HEALTHCHECK',
      dockerfile: `${from}\nHEALTHCHECK --interval=5s --timeout=1m --start-period=2s --retries=4 CMD test -e /x`,
      script: `built; ${inspect('{{json .Config.Healthcheck}}')}`,
      stdout:
        '{"Test":["CMD-SHELL","test -e /x"],"Interval":5000000000,"Timeout":60000000000,"StartPeriod":2000000000,"Retries":4}\n',
    },
    {
      title: 'HEALTHCHECK NONE, and one in exec form',
      dockerfile: `${from} AS a\nHEALTHCHECK CMD ["x", "y"]\nFROM a\nHEALTHCHECK NONE`,
      script: `built; ${inspect('{{json .Config.Healthcheck}}')}; built --target a; ${inspect('{{json .Config.Healthcheck}}')}`,
      stdout: '{"Test":["NONE"]}\n{"Test":["CMD","x","y"]}\n',
    },
    {
      title: 'ENTRYPOINT forgets the CMD of the base, and not one of its own file',
      dockerfile: `${from} AS a\nENTRYPOINT ["e"]\nFROM ${image}\nCMD ["c"]\nENTRYPOINT ["e"]`,
      script: `built; ${inspect('{{json .Config.Cmd}}')}; built --target a; ${inspect('{{json .Config.Cmd}}')}`,
      stdout: '["c"]\nnull\n',
    },
    {
      title: 'SHELL is what later commands run in',
      dockerfile: `${from}\nSHELL ["/bin/sh", "-ec"]\nRUN false; true\nCMD x`,
      script: `docker build . 2>&1 | grep -c "The command '/bin/sh -ec false; true' returned a non-zero code: 1"; sed -i /RUN/d Dockerfile; built; ${inspect('{{json .Config.Cmd}} {{json .Config.Shell}}')}`,
      stdout: '1\n["/bin/sh","-ec","x"] ["/bin/sh","-ec"]\n',
    },
    {
      title: 'ONBUILD waits for the image that stands on it, once',
      dockerfile: `${from}\nONBUILD RUN echo triggered >/t\nONBUILD LABEL on=build`,
      script: `docker build -t $N:base . >/dev/null 2>&1; docker inspect -f '{{json .Config.OnBuild}} {{json .Config.Labels}}' $N:base
        printf 'FROM %s:base\\nLABEL a=b' $N >Dockerfile; built; ${inspect('{{json .Config.OnBuild}} {{json .Config.Labels}}')}; ${inside('cat /t')}`,
      stdout:
        /^\["RUN echo triggered (?:>|\\u003e)\/t","LABEL on=build"\] (?:null|\{\})\n(?:null|\[\]) \{"a":"b","on":"build"\}\ntriggered\n$/,
    },
    {
      title: 'ARG and ENV, with their modifiers',
      dockerfile: `ARG G=global
${from}
ARG G
ARG D=default
ARG GIVEN=file
ARG EMPTY
ENV E=\${GIVEN:-none} F=\${EMPTY:-none} H=\${EMPTY:+some} I=\${D:+some} J=\\$D K='$D' L="a $D"
ENV abc=hello
ENV abc=bye def=$abc
RUN echo $G $D $GIVEN "$def" >/r`,
      script: `built --build-arg GIVEN=cli --build-arg G=cli2; ${inside('cat /r; echo "$E|$F|$H|$I|$J|$K|$L|$def|$D"')}`,
      stdout: 'cli2 default cli hello\ncli|none||some|$D|$D|a default|hello|\n',
    },
    {
      title: 'FROM takes the stage that the client names, whatever the default is',
      dockerfile: `ARG B=scratch\n${from} AS one\nRUN echo of one >/f\nFROM $B\nRUN cat /f >/g`,
      script: `built --build-arg B=one; ${inside('cat /g')}`,
      stdout: 'of one\n',
    },
    {
      title: 'an ARG ends with its stage, and ENV wins over it',
      dockerfile: `${from} AS a\nARG X=1\nARG Y=arg\nENV Y=env\nRUN echo $X $Y >/a\n${from}\nCOPY --from=a /a /a\nRUN echo "[$X] [$Y]" >>/a`,
      script: `built; ${inside('cat /a')}`,
      stdout: '1 env\n[] []\n',
    },
    {
      title: 'a value for an ARG without one in the file comes from the client, else the environment',
      dockerfile: `${from}\nARG X\nRUN echo "$X $http_proxy" >/x`,
      script: `export X=fromenv; built --build-arg X --build-arg http_proxy=p; ${inside('cat /x; echo "[$http_proxy]"')}; docker history --no-trunc $N:1 | grep -c http_proxy=p || true`,
      stdout: 'fromenv p\n[]\n0\n',
    },
    {
      title: '--label wins over LABEL',
      dockerfile: `${from}\nLABEL a=file b=file`,
      script: `built --label a=cli --label c=d; ${inspect('{{json .Config.Labels}}')}`,
      stdout: '{"a":"cli","b":"file","c":"d"}\n',
    },
    {
      title: 'the escape directive',
      dockerfile: `# escape=\`\n${from}\nRUN echo a \`\n  b >/x\nENV P=c:\\d`,
      script: `built; ${inside('cat /x; echo "$P"')}`,
      stdout: 'a b\nc:\\d\n',
    },
    {
      title: 'comments and empty lines within a command',
      dockerfile: `# first\n${from}\nRUN echo a \\\n# comment\n\n  && echo b`,
      script: `docker build . 2>/dev/null | grep -E '^[ab]$'`,
      stdout: 'a\nb\n',
    },
    {
      title: 'history tells each instruction, newest first',
      dockerfile: `${from}\nCOPY Dockerfile /d\nENV A=b\nRUN echo x`,
      script: `built; docker history --no-trunc --format '{{.CreatedBy}}' $N:1 | head -3 | sed 's,/bin/sh -c ,,; s/ # buildkit//; s/#(nop) *//; s/file:[0-9a-f]*/Dockerfile/; s/ in / /; s/^RUN //' | tr -s ' '`,
      stdout: /^echo x\nENV A=b\nCOPY Dockerfile \/d ?\n$/,
    },
  ]);
});

describe('conformance: build, files', () => {
  const engine = useEngine();

  buildCases(engine, [
    {
      title: 'stages, by name and number, and a whole image',
      dockerfile: `${from} AS first
RUN echo 1 >/one; mkdir /d; echo 2 >/d/two
FROM ${image} AS second
COPY --from=first /one /d /from/
COPY --from=0 /d/two /number
FROM ${image}
COPY --from=second /from /all
COPY --from=second /number /number
COPY --from=${image} /etc/os-release /os`,
      script: `built; ${inside('cat /all/one /all/two /number; head -1 /os; ls -a / | grep -c -e "^one$" -e "^from$"')} || true`,
      stdout: '1\n2\n2\nID=busybox\n0\n',
    },
    {
      title: '--target ends at a stage',
      dockerfile: `${from} AS a\nLABEL stage=a\nFROM a AS b\nLABEL stage=b\nRUN false`,
      script: `built --target A; ${inspect('{{.Config.Labels.stage}}')}`,
      stdout: 'a\n',
    },
    {
      title: 'WORKDIR is made, and commands run in it as the user with their groups',
      dockerfile: `${from}\nWORKDIR /a/b\nUSER www\nRUN id -un >/tmp/id; id -Gn >>/tmp/id; pwd >>/tmp/id\nWORKDIR c\nUSER 1234:99\nRUN id -u >>/tmp/x; id -g >>/tmp/x; pwd >>/tmp/x`,
      script: `built; ${inside('cat /tmp/id /tmp/x; stat -c "%U %a" /a/b/c')}`,
      stdout: /^www\n(?:www audio|audio www)\n\/a\/b\n1234\n99\n\/a\/b\/c\n\w+ 755\n$/,
      // A program in WebAssembly has one group.
      lightweight: { stdout: /^www\nwww\n\/a\/b\n1234\n99\n\/a\/b\/c\n\w+ 755\n$/ },
    },
    {
      title: 'what a command changes: files, modes, owners, links, removals',
      dockerfile: `${from}\nRUN touch /gone /f && chown 33:29 /f && chmod 4750 /f && ln -s f /l && ln /f /h && rm -r /var/www && mkdir /e && echo '<new>' >/etc/os-release\nRUN rm /gone`,
      script: `built; ${inside('stat -c "%a %u:%g %h %F" /f; readlink /l; cat /etc/os-release; ls -d /gone /var/www 2>/dev/null; ls -A /e | wc -l')}`,
      stdout: '4750 33:29 2 regular empty file\nf\n<new>\n0\n',
    },
    {
      title: 'names of the network are not in the image',
      dockerfile: `${from}\nRUN grep -q localhost /etc/hosts && echo ok`,
      script: `built; docker export $(docker create $N:1) >.tar; tar tvf .tar | grep -E 'etc/(hosts|resolv.conf)$' | awk '{ print $3 }' | sort -u`,
      stdout: '0\n',
    },
    {
      title: '--add-host, --network none, --shm-size, --ulimit',
      dockerfile: `${from}\nRUN grep -w -e there -e other /etc/hosts; ${isLightweight() ? 'echo lo' : 'ls /sys/class/net'}; df -m /dev/shm | tail -1 | awk '{ print $2 }'; ulimit -n`,
      script: `docker build --add-host there:10.1.2.3 --add-host other:10.1.2.4 --network none --shm-size 16m --ulimit nofile=123:123 . 2>/dev/null | grep -v -e '^ *--->' -e Removing -e '^S'`,
      stdout: /^10\.1\.2\.3\s+there\n10\.1\.2\.4\s+other\nlo\n16\n123\n$/,
      lightweight: { stdout: /^10\.1\.2\.3\s+there\n10\.1\.2\.4\s+other\nlo\n16\nunlimited\n$/ },
    },
    {
      title: "--network container: has that one's address and names",
      dockerfile: `${from}\nRUN hostname; grep there /etc/hosts`,
      script: `docker run -d --name $N -h other --add-host there:10.1.2.3 $IMG sleep 100 >/dev/null; docker build --network container:$N . 2>/dev/null | grep -e ^other -e there$`,
      stdout: /^other\n10\.1\.2\.3\s+there\n$/,
    },
    {
      title: '--cache-from images that are here and that are not, --iidfile',
      dockerfile: `${from}\nRUN echo one >/one`,
      script: `built; docker build --cache-from $N:1 --cache-from nothing-there:1 --iidfile .iid -q . >/dev/null; [ "$(${inspect('{{.Id}}')})" = "$(cat .iid)" ] && echo same`,
      stdout: 'same\n',
    },
    {
      title: '--cache-from images of which none is here leaves the cache alone',
      dockerfile: `${from}\nENV A=b\nRUN cat /proc/sys/kernel/random/uuid >/u`,
      script: `built; docker build --cache-from $N:1 -t $N:2 . 2>/dev/null | grep -c 'Using cache'; docker build --cache-from nothing-there:1 -t $N:2 . 2>/dev/null | grep -c 'Using cache' || true; docker run --rm $N:1 cat /u >.a; docker run --rm $N:2 cat /u | cmp -s - .a || echo differ`,
      stdout: '2\n0\ndiffer\n',
    },
    {
      title: "COPY of a file, into a folder, of a folder's contents",
      dockerfile: `${from}\nCOPY f /file\nCOPY f /folder/\nCOPY d /contents\nCOPY d/ /etc/\nCOPY f d/a /both/\nWORKDIR /w\nCOPY f .\nCOPY f rel/x\nCOPY . /all/`,
      script: `echo 1 >f; mkdir -p d/e; echo 2 >d/a; echo 3 >d/e/b; built; ${inside('cat /file /folder/f /contents/a /contents/e/b /etc/a /both/f /both/a /w/f /w/rel/x; ls -A /all | tr "\\n" " "')}`,
      stdout: '1\n1\n2\n3\n2\n1\n2\n1\n1\n.dockerignore Dockerfile d f ',
    },
    {
      title: "owners and modes of copied files: root's, the modes kept",
      dockerfile: `${from}\nUSER www\nCOPY d /d\nCOPY --chown=www:audio d /named\nCOPY --chown=12:34 d/x /numbers\nCOPY --chown=www d/x /user`,
      script: `mkdir -p d/sub; chmod 700 d/sub; echo >d/x; chmod 751 d/x; built; ${inside('stat -c "%a %U:%G" /d/sub /d/x /named/sub /named/x /user; stat -c %u:%g /numbers')}`,
      stdout: '700 root:root\n751 root:root\n700 www:audio\n751 www:audio\n751 www:www\n12:34\n',
    },
    {
      title: 'links in the context stay links',
      dockerfile: `${from}\nCOPY d /d\nCOPY to-file /file`,
      script: `mkdir d; echo x >d/f; ln -s f d/l; ln -s /etc/passwd d/abs; ln -s nowhere d/dangling; ln -s d/f to-file; built; ${inside('readlink /d/l; readlink /d/abs; readlink /d/dangling; cat /file; [ -L /file ] || echo file')}`,
      stdout: 'f\n/etc/passwd\nnowhere\nx\nfile\n',
    },
    {
      title: 'a destination that is a link, and one that is there',
      dockerfile: `${from}\nRUN mkdir /real && echo old >/real/f && echo kept >/real/g && ln -s /real /link\nCOPY d /link/\nCOPY d/f /real/g2`,
      script: `mkdir d; echo new >d/f; built; ${inside('cat /real/f /real/g /real/g2; readlink /link')}`,
      stdout: 'new\nkept\nnew\n/real\n',
    },
    {
      title: 'patterns',
      dockerfile: `${from}\nCOPY *.txt /star/\nCOPY ?.c /mark/\nCOPY [ab].md /class/\nCOPY d*/x /x/\nCOPY lit[[]1] /lit/`,
      script: `mkdir d1 d2; touch a.txt b.txt a.c ab.c a.md c.md d1/x 'lit[1]' d2/y; built; ${inside('cd /; echo star/* mark/* class/* x/* lit/*')}`,
      stdout: 'star/a.txt star/b.txt mark/a.c class/a.md x/x lit/lit[1]\n',
    },
    {
      title: 'names with blanks, and in JSON form',
      dockerfile: `${from}\nCOPY ["a b", "c d/"]\nCOPY ["a b", "/x y"]`,
      script: `echo 1 >'a b'; built; ${inside('cat "/c d/a b" "/x y"')}`,
      stdout: '1\n1\n',
    },
    {
      title: '.dockerignore: patterns, exceptions, order; the Dockerfile itself',
      dockerfile: `${from}\nCOPY . /c/`,
      script: `mkdir -p a/b node_modules/x deep/node_modules; touch a/1 a/b/2.log a/b/keep.log top.log node_modules/x/y deep/node_modules/z secret; printf '# comment\\n*.log\\n**/*.log\\n!a/b/keep.log\\n**/node_modules\\n/secret\\nDockerfile\\n.*\\n' >.dockerignore; built; ${inside('cd /c; find . -type f | sort')}`,
      stdout: './a/1\n./a/b/keep.log\n',
    },
    {
      title: 'a source that .dockerignore leaves out',
      dockerfile: `${from}\nCOPY secret /`,
      script: `touch secret; echo secret >.dockerignore; docker build .`,
      code: 1,
      stderr:
        /COPY failed: file not found in build context or excluded by \.dockerignore: stat secret: file does not exist/,
    },
    {
      title: 'ADD unpacks local archives, COPY does not',
      dockerfile: `${from}\nADD a.tar /t/\nADD a.tar.gz /gz/\nCOPY a.tar /c/\nADD plain /p/`,
      script: `mkdir -p s/d; echo x >s/d/f; ln -s f s/d/l; chmod 600 s/d/f; tar -C s --owner=33 --group=29 -cf a.tar d; gzip -k a.tar; echo p >plain; built; ${inside('cat /t/d/f /gz/d/l /p/plain; stat -c "%a %u:%g" /t/d/f; ls /c')}`,
      stdout: 'x\nx\np\n600 33:29\na.tar\n',
    },
    {
      title: 'empty folders and sticky ones',
      dockerfile: `${from}\nCOPY d /d`,
      script: `mkdir -p d/empty d/sticky; chmod 1777 d/sticky; built; ${inside('stat -c %a /d/sticky /d/empty')}`,
      stdout: '1777\n755\n',
    },
    {
      title: 'times of copied files are kept',
      dockerfile: `${from}\nCOPY f /f`,
      script: `echo x >f; touch -d @1000000000 f; built; ${inside('stat -c %Y /f')}`,
      stdout: '1000000000\n',
    },
  ]);
});

describe('conformance: build, cache', () => {
  const engine = useEngine();
  const again = `docker build -t $N:2 . 2>/dev/null`;

  buildCases(engine, [
    {
      title: 'the second build uses the cache and gives the same image',
      dockerfile: `${from}\nRUN echo \${RANDOM} >/r\nCOPY f /f\nENV A=b`,
      script: `echo 1 >f; built; ${again} | cached; [ "$(${inspect('{{.Id}}')})" = "$(docker inspect -f '{{.Id}}' $N:2)" ] && echo same`,
      stdout: '2\nsame\n',
    },
    {
      title: 'a file of other content misses, one of another time does not',
      dockerfile: `${from}\nRUN echo x\nCOPY f /f\nRUN echo y`,
      script: `echo 1 >f; built; touch -d @5 f; ${again} | cached; echo 2 >f; ${again} | cached; docker run --rm $N:2 cat /f`,
      stdout: '3\n1\n2\n',
    },
    {
      title: 'a file of another mode or name misses',
      dockerfile: `${from}\nCOPY d /d`,
      script: `mkdir d; echo 1 >d/f; built; chmod 600 d/f; ${again} | cached; chmod 644 d/f; mv d/f d/g; ${again} | cached; mv d/g d/f; ${again} | cached`,
      code: 0,
      stdout: '0\n0\n1\n',
    },
    {
      title: 'a file that is not copied changes nothing',
      dockerfile: `${from}\nCOPY f /f`,
      script: `echo 1 >f; built; echo new >other; ${again} | cached`,
      stdout: '1\n',
    },
    {
      title: '--no-cache runs everything again',
      dockerfile: `${from}\nRUN cat /proc/sys/kernel/random/uuid >/u`,
      script: `built; ${inside('cat /u')} >.a; built --no-cache; ${inside('cat /u')} >.b; cmp -s .a .b || echo differ; grep -c 'Using cache' .log || true`,
      stdout: 'differ\n0\n',
    },
    {
      title: 'an argument counts for commands after it, a proxy does not',
      dockerfile: `${from}\nRUN echo before\nARG V=1\nRUN echo $V`,
      script: `built --build-arg HTTP_PROXY=a; ${again} --build-arg HTTP_PROXY=b | cached; ${again} --build-arg HTTP_PROXY=b --build-arg V=2 | cached`,
      stdout: '2\n1\n',
    },
    {
      title: 'a command that failed is run again, and what was before it is not',
      dockerfile: `${from}\nRUN echo before\nRUN exit 1`,
      script: `docker build . >/dev/null 2>&1; docker build . 2>/dev/null | cached`,
      stdout: '1\n',
    },
    {
      title: 'another base misses',
      dockerfile: `ARG B=${image}\nFROM $B\nRUN cat /proc/sys/kernel/random/uuid >/u`,
      script: `docker export $(docker create $IMG) | docker import -c 'ENV PATH=/bin' - $N:base >/dev/null; built; docker build -t $N:2 --build-arg B=$N:base . 2>/dev/null | cached; true`,
      stdout: '0\n',
    },
    {
      title: 'build prune takes the cache and leaves images',
      dockerfile: `${from}\nRUN cat /proc/sys/kernel/random/uuid >/u`,
      script: `built; docker builder prune -af >/dev/null 2>&1; ${inside('cat /u')} | wc -l`,
      stdout: '1\n',
    },
  ]);
});

describe('conformance: build, beyond a classic builder', () => {
  before(function () {
    if (!isOurs) this.skip();
  });
  const engine = useEngine();

  buildCases(engine, [
    {
      title: 'heredocs in RUN, with and without an interpreter',
      dockerfile: `${from}\nRUN <<EOF\necho one\necho two >/two\nEOF\nRUN <<SCRIPT\n#!/bin/sh -e\necho three >/three\nSCRIPT\nRUN cat <<A >/a && cat <<-B >/b\n$HOME\nA\n\tb\nB`,
      script: `built; ${inside('cat /two /three /a /b')}`,
      stdout: 'two\nthree\n/root\nb\n',
    },
    {
      title: 'heredocs in COPY, with and without expansion',
      dockerfile: `${from}\nARG V=value\nCOPY <<one <<"two" /d/\n1 $V\none\n2 $V\ntwo\nCOPY --chmod=700 <<EOF /bin/hello\n#!/bin/sh\necho hello\nEOF`,
      script: `built; ${inside('cat /d/one /d/two; hello; stat -c %a /bin/hello')}`,
      stdout: '1 value\n2 $V\nhello\n700\n',
    },
    {
      title: 'RUN --mount: context, stage, tmpfs, cache',
      dockerfile: `${from} AS tools\nRUN echo tool >/t
FROM ${image}
RUN --mount=target=/ctx cat /ctx/f >/f && ! touch /ctx/new
RUN --mount=from=tools,source=/t,target=/tool cat /tool >/tool-text
RUN --mount=type=tmpfs,target=/scratch touch /scratch/x && grep -q ' /scratch tmpfs' /proc/mounts
RUN --mount=type=cache,target=/cache,id=conformance echo \${PPID} >>/cache/log; wc -l </cache/log >/lines
RUN --mount=type=cache,target=/cache,id=conformance cat /cache/log | wc -l >>/lines`,
      script: `echo text >f; built; ${inside('cat /f /tool-text; wc -l </lines; ls -A / | grep -c -e ctx -e tool$ -e scratch -e cache')} || true`,
      stdout: 'text\ntool\n2\n0\n',
    },
    {
      title: 'stages that nobody needs are not run',
      dockerfile: `${from} AS broken\nRUN false\n${from}\nLABEL a=b`,
      script: `built; grep -c '^Step' .log`,
      stdout: '2\n',
    },
    {
      title: 'a pattern that matches nothing copies nothing',
      dockerfile: `${from}\nCOPY f nope* /d/`,
      script: `touch f; built; ${inside('ls /d')}`,
      stdout: 'f\n',
    },
    {
      title: 'several sources need no slash to go into a folder',
      dockerfile: `${from}\nCOPY f g /d`,
      script: `touch f g; built; ${inside('ls /d')}`,
      stdout: 'f\ng\n',
    },
    {
      title: 'COPY --chmod, --parents, --exclude',
      dockerfile: `${from}\nCOPY --chmod=0640 f /f\nCOPY --parents d/e/x /p/\nCOPY --exclude=*.log d /d/`,
      script: `mkdir -p d/e; touch f d/e/x d/y d/z.log; built; ${inside('stat -c %a /f; find /p /d -type f | sort')}`,
      stdout: '640\n/d/e/x\n/d/y\n/p/d/e/x\n',
    },
  ]);
});

describe('conformance: build, the API', () => {
  const engine = useEngine();

  async function context(dockerfile: string, files: Parameters<typeof tarOf>[0] = {}): Promise<Readable> {
    return Readable.from([await tarOf({ Dockerfile: dockerfile, ...files })]);
  }

  interface Message {
    readonly stream?: string;
    readonly aux?: { readonly ID?: string };
    readonly error?: string;
    readonly errorDetail?: { readonly code?: number; readonly message?: string };
  }

  /** A build's messages, to the end. */
  async function build(tar: Readable, options: object): Promise<readonly Message[]> {
    const stream = await engine().docker.buildImage(tar, options);
    const lines = (await text(stream as Readable)).trim().split('\n');
    return lines.map((line) => JSON.parse(line) as Message);
  }

  it('tells the id in a message of its own', async () => {
    const name = engine().name();
    const messages = await build(await context(`${from}\nLABEL a=b`), { t: name });
    const ids = messages.flatMap(({ aux }) => (aux?.ID === undefined ? [] : [aux.ID]));
    const { Id } = await engine().docker.getImage(name).inspect();
    assert.equal(ids.at(-1), Id);
    assert.match(messages.at(-1)?.stream ?? '', new RegExp(`^Successfully tagged ${name}:latest\n$`));
    assert.deepEqual(
      messages.slice(0, 2).map(({ stream }) => stream),
      [`Step 1/2 : ${from}`, '\n'],
    );
  });

  it('ends a failure with its code and message', async () => {
    const messages = await build(await context(`${from}\nRUN exit 7`), {});
    assert.deepEqual(messages.at(-1), {
      errorDetail: { code: 7, message: "The command '/bin/sh -c exit 7' returned a non-zero code: 7" },
      error: "The command '/bin/sh -c exit 7' returned a non-zero code: 7",
    });
  });

  const refused: readonly {
    title: string;
    dockerfile?: string;
    query?: string;
    status: number | readonly number[];
    message: RegExp;
  }[] = [
    { title: 'a syntax error', dockerfile: `${from}\nFOO`, status: 400, message: /parse error.* line 2.*FOO/i },
    { title: 'no Dockerfile', status: [400, 500], message: /Cannot locate specified Dockerfile: Dockerfile/i },
    { title: 'arguments that are not JSON', dockerfile: from, query: 'buildargs=x', status: 400, message: /./ },
    {
      title: 'a bad name',
      dockerfile: from,
      query: 't=A:B:C',
      status: [400, 500],
      message: /invalid reference format/,
    },
    {
      title: 'an unknown query isolation',
      dockerfile: from,
      query: 'isolation=hyperv',
      status: 400,
      message: /solation/,
    },
  ];
  for (const { title, dockerfile, query = '', status, message } of refused) {
    it(`refuses ${title} before the first message`, async () => {
      const body = Buffer.from(await tarOf(dockerfile === undefined ? { other: '' } : { Dockerfile: dockerfile }));
      const headers = { 'content-type': 'application/x-tar' };
      const answer = await ask(engine().socket, `/build?${query}`, { method: 'POST', headers, body });
      assert([status].flat().includes(answer.status), `${answer.status} ${answer.body}`);
      assert.match(answer.body, message);
    });
  }

  it('takes arguments, labels, a target and another file', async () => {
    const name = engine().name();
    const tar = await context('', { 'sub/File': `${from} AS a\nARG X\nENV X=$X\nFROM a\nRUN false` });
    const options = { t: name, dockerfile: 'sub/File', target: 'a', buildargs: { X: 'y' }, labels: { l: 'm' } };
    await build(tar, options);
    const { Config } = await engine().docker.getImage(name).inspect();
    assert.equal(Config.Labels['l'], 'm');
    assert(Config.Env?.includes('X=y'));
  });

  it('ends with the connection, and leaves no container and no image', async () => {
    const images = (await engine().docker.listImages({ all: true })).length;
    const containers = (await engine().docker.listContainers({ all: true })).length;
    const name = engine().name();
    const marker = `sleep 7${process.pid}`;
    const stream = (await engine().docker.buildImage(await context(`${from}\nRUN echo begun; ${marker}`), {
      t: name,
    })) as Readable;
    let told = '';
    stream.on('data', (chunk: Buffer) => (told += String(chunk)));
    await until('the step runs', () => Promise.resolve(told.includes('begun\\n')));
    (stream as Readable & { destroy(): void }).destroy();
    await until('nothing of it is left', async () => {
      const left = await engine().docker.listContainers({ all: true });
      return left.length === containers;
    });
    assert.equal((await engine().docker.listImages({ all: true })).length, images);
    await assert.rejects(engine().docker.getImage(name).inspect(), /No such image/i);
  });

  it('builds at the same time', async () => {
    const names = [0, 1, 2].map(() => engine().name());
    await Promise.all(
      names.map(async (name) => build(await context(`${from}\nRUN echo ${name} >/n`, {}), { t: name, nocache: true })),
    );
    for (const name of names) {
      const { stdout } = await engine().sh(`docker run --rm ${name} cat /n`);
      assert.equal(stdout, `${name}\n`);
    }
  });

  it('prunes by the API', async () => {
    const answer = await ask(engine().socket, '/build/prune?all=1', { method: 'POST' });
    assert.equal(answer.status, 200, answer.body);
    const { SpaceReclaimed } = JSON.parse(answer.body) as { SpaceReclaimed: number };
    assert(Number.isInteger(SpaceReclaimed));
  });
});
