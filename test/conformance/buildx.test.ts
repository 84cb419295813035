// Docker's own clients of BuildKit on the engine: `docker buildx build`, `docker compose build`, as Debian ships them.

import assert from 'node:assert/strict';
import { image, useEngine } from './engine.ts';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { buildClients, buildClientSuites, requireBuildClients } from '../helpers/build-clients.ts';
import { type Registry, requireRegistry, startRegistry } from '../helpers/registry.ts';
import { isRootless } from '../helpers/test-user.ts';
import { isLightweight, wasiArchive } from '../helpers/wasi-image.ts';
import { shellCases, type ShellCase } from './shell-cases.ts';

interface BuildCase extends ShellCase {
  /** What `Dockerfile` in the working directory says, which is the context. */
  readonly dockerfile: string;
}

const from = `FROM ${image}`;
const untilBegun = `until grep -q '[0-9] begun' $C/log; do sleep 0.1; done;`;
const interrupt = `docker buildx build --progress=plain -t $N:1 . >$C/log 2>&1 & ${untilBegun} kill -INT $!; wait $!;`;
const killClient = `docker buildx build --progress=plain . >$C/log 2>&1 & ${untilBegun} pkill -KILL -P $! ; kill -KILL $!;`;

// With root and without it, and with WebAssembly alone, it is the same API: the newest clients need not try it again.
for (const suite of isRootless() || isLightweight() ? buildClientSuites.slice(0, 1) : buildClientSuites) {
  describe(`conformance: buildx and Compose of Debian ${suite}`, () => {
    before(function (this: Mocha.Context) {
      requireBuildClients(this, suite);
    });
    const engine = useEngine();
    const begin = prelude(buildClients(suite));

    /** `build` shows plain progress on stdout; `$C` is a folder beside the context. */
    const cases = (rows: readonly BuildCase[]): void =>
      shellCases(
        engine,
        rows.map(({ dockerfile, script, lightweight, ...row }) => {
          const whole = (own: string) =>
            `${begin}\ncat >Dockerfile <<'END OF FILE'\n${dockerfile}\nEND OF FILE\n${own}`;
          const otherwise = lightweight && { ...lightweight, script: whole(lightweight.script ?? script) };
          return { ...row, script: whole(script), ...(otherwise && { lightweight: otherwise }) };
        }),
      );

    // Programs in WebAssembly are no processes of the host's to look for. The next to lock a cache waits until the last has ended.
    const locking = (id: string, command: string) =>
      `RUN --mount=type=cache,id=${id},sharing=locked,target=/c ${command}`;
    const lockIsFree = (id: string) =>
      `printf '${from}\\n${locking(id, 'echo free')}' | build - | grep -cE '[0-9.]+ free$'`;

    describe('docker buildx build', () => {
      cases([
        {
          title: 'steps with their output, and an image with its names',
          dockerfile: `${from}\nRUN echo hel""lo\nCMD ["x"]`,
          script: `build -t $N:1 -t $N:2 . >$C/log && grep -E '^#[0-9]+ (\\[2/2\\]|[0-9.]+ hello)' $C/log | sed 's/^#[0-9]* [0-9.]* //;s/^#[0-9]* //'; docker image inspect -f '{{.Config.Cmd}}{{len .RepoTags}}' $N:2`,
          stdout: '[2/2] RUN echo hel""lo\nhello\n[x]2\n',
        },
        {
          title: 'a second build has all steps cached and gives the same image',
          dockerfile: `${from}\nRUN echo $RANDOM >/r\nCOPY Dockerfile /d`,
          script: `build -t $N:1 . >/dev/null; build -t $N:2 . | grep -c CACHED; [ "$(id $N:1)" = "$(id $N:2)" ]`,
          stdout: '2\n',
        },
        {
          title: '--no-cache runs the steps again',
          dockerfile: `${from}\nRUN echo again`,
          script: `build . >/dev/null; build --no-cache . | grep -cE '^#[0-9]+ [0-9.]+ again$'`,
          stdout: '1\n',
        },
        {
          title: 'arguments, labels, --target',
          dockerfile: `${from} AS one\nARG A=1\nRUN echo "A is $A"\nLABEL l=$A\nFROM one\nRUN exit 9`,
          script: `build --build-arg A=2 --label m=3 --target one -t $N:1 . | grep -oE '[0-9.]+ A is .*' | sed 's/^[0-9.]* //'; docker image inspect -f '{{json .Config.Labels}}' $N:1`,
          stdout: 'A is 2\n{"l":"2","m":"3"}\n',
        },
        {
          title: 'a secret of the client, which is not kept',
          dockerfile: `${from}\nRUN --mount=type=secret,id=tok [ "$(cat /run/secrets/tok)" = s3cr3t-$(echo 1) ] && ls -l /run/secrets/tok | cut -c1-10`,
          script: `printf s3cr3t-1 >$C/tok; build --secret id=tok,src=$C/tok -t $N:1 . | grep -oE '[-]r-+$'; docker save $N:1 | grep -c s3cr3t-1`,
          code: 1,
          stdout: '-r--------\n0\n',
        },
        {
          title: 'a base that cannot be had is shown where it is named',
          dockerfile: `ARG X\nFROM 127.0.0.1:1/no/thing:1\nRUN true`,
          script: `build . 2>&1 | grep -A4 '^Dockerfile:' | tr -d ' '`,
          stdout: /^Dockerfile:2\n-+\n1\|ARGX\n2\|>>>FROM127\.0\.0\.1:1\/no\/thing:1\n3\|RUNtrue\n$/,
        },
        {
          title: 'a secret that is missing is named',
          dockerfile: `${from}\nRUN --mount=type=secret,id=tok,required=true true`,
          script: `build . 2>&1 | tail -1; exit \${PIPESTATUS[0]}`,
          code: 1,
          stdout: /failed to solve: .*secret tok: not found/,
        },
        {
          title: 'the agent of the client answers in a step',
          needsLinux: 'sockets of Unix, and a program of Linux that asks them',
          dockerfile: `${from}\nRUN --mount=type=ssh --mount=target=/l /l/ld-linux* --library-path /l /l/ssh-add -l`,
          script: `cp /usr/bin/ssh-add $(ldd /usr/bin/ssh-add | grep -oE '/[^ ]+') .; ssh-agent sh -c "ssh-add -q $C/key; $C/build --ssh default . 2>&1" >$C/log; grep -cE '[0-9.]+ 256 SHA256:' $C/log || cat $C/log`,
          stdout: '1\n',
        },
        {
          title: 'mounts of caches, of stages and of the context',
          dockerfile: `${from} AS other\nRUN echo other >/o\n${from}\nRUN --mount=type=cache,target=/c echo x >>/c/n; wc -l </c/n\nRUN --mount=from=other,source=/o,target=/o --mount=target=/ctx cat /o /ctx/f`,
          script: `echo file >f; build . | grep -oE '[0-9.]+ (1|other|file)$' | sed 's/^[0-9.]* //'`,
          stdout: '1\nother\nfile\n',
        },
        {
          title: 'a command that fails: its output, the line of the Dockerfile, its code; and no image',
          dockerfile: `${from}\nRUN echo before; exit 3\nRUN true`,
          script: `build -t $N:1 . >$C/log 2>&1; code=$?; grep -A12 '^------$' $C/log | sed 's/^[0-9.]* //'; docker images -q $N | wc -l; exit $code`,
          code: 1,
          stdout:
            /^------\n> \[2\/3\] RUN echo before; exit 3:\nbefore\n------\n(?:[^\n]*\n)*Dockerfile:2\n-{20}\n[^]*2 \| >>> RUN echo before; exit 3\n[^]*failed to solve: process "\/bin\/sh -c echo before; exit 3" did not complete successfully: exit code: 3\n0\n$/,
        },
        {
          title: 'a Dockerfile that makes no sense names its line',
          dockerfile: `${from}\nFOO bar`,
          script: `build . 2>&1 | grep -E '>>>|ERROR'; exit \${PIPESTATUS[0]}`,
          code: 1,
          stdout:
            /2 \| >>> FOO bar\nERROR: (?:failed to build: )?failed to solve: dockerfile parse error on line 2: unknown instruction: FOO/,
        },
        {
          title: 'no Dockerfile',
          dockerfile: '',
          script: `rm Dockerfile; build . 2>&1 | tail -1; exit \${PIPESTATUS[0]}`,
          code: 1,
          stdout: /failed to read dockerfile: open Dockerfile: no such file or directory/,
        },
        {
          title: 'what .dockerignore leaves out is not sent',
          dockerfile: `${from}\nCOPY . /c\nRUN cd /c && find . -type f | sort`,
          script: `mkdir d; echo 1 >d/keep; echo 2 >d/drop; printf '# no\\nd/drop\\n' >.dockerignore; build . | grep -oE ' \\./.*'`,
          stdout: ' ./.dockerignore\n ./Dockerfile\n ./d/keep\n',
        },
        {
          title: 'links, modes and empty folders of the context arrive',
          dockerfile: `${from}\nCOPY . /c\nRUN cd /c && [ "$(readlink l)" = f ] && [ a -ef b ] && [ -d e ] && [ "$(stat -c %a f)" = 751 ]`,
          script: `echo x >f; chmod 751 f; ln -s f l; echo y >a; ln a b; mkdir e; build . >/dev/null`,
        },
        {
          title: 'of 5,000 files only what has changed is sent again',
          dockerfile: `${from}\nCOPY d /d`,
          script:
            `mkdir d; i=0; while [ $i -lt 5000 ]; do echo "file $i" >d/$i; i=$((i+1)); done; touch -d '1 hour ago' d/* d . Dockerfile;` +
            ` sent() { build . | grep -oE 'transferring context:? .*' | tail -1 | grep -oE ' [0-9.]+[kM]?B' || echo ' 0'; }; sent; sent; printf 'changed!' >d/77; sent`,
          stdout: / 4[0-9.]+kB\n 0\n 8B\n$/,
        },
        {
          title: 'a Dockerfile from stdin, a context from stdin, packed and not',
          dockerfile: `${from}\nCOPY f /f\nRUN cat /f`,
          script: `echo con""tent >f; tar c . | build - | grep -cE '[0-9.]+ content$'; tar cz . | build - | grep -c CACHED; printf '${from}\\nRUN echo alone' | build - | grep -cE '[0-9.]+ alone$'; cat Dockerfile | build -f - . | grep -c 'COPY f /f'`,
          stdout: '1\n2\n1\n1\n',
        },
        {
          title: 'named contexts: a folder, an image',
          dockerfile: `FROM base\nCOPY --from=more /m /m\nRUN cat /m`,
          script: `mkdir $C/more; echo more >$C/more/m; build --build-context more=$C/more --build-context base=docker-image://$IMG . | grep -cE '[0-9.]+ more$'`,
          stdout: '1\n',
        },
        {
          title: '--iidfile and --metadata-file',
          dockerfile: `${from}\nLABEL a=b`,
          script: `build --iidfile $C/iid --metadata-file $C/meta -t $N:1 . >/dev/null; [ "$(cat $C/iid)" = "$(id $N:1)" ] && grep -c "\\"containerimage.config.digest\\": \\"$(id $N:1)\\"" $C/meta`,
          stdout: '1\n',
        },
        {
          title: 'two at the same time',
          dockerfile: `${from}\nARG A\nRUN echo $A; sleep 1; echo $A`,
          script: `build --build-arg A=1 -t $N:1 . >$C/1 & build --build-arg A=2 -t $N:2 . >$C/2 ; wait; grep -cE '[0-9.]+ 1$' $C/1; grep -cE '[0-9.]+ 2$' $C/2`,
          stdout: '2\n2\n',
        },
        {
          title: 'Ctrl-C ends the command that runs, and leaves nothing',
          dockerfile: `${from}\n${locking('interrupted', 'echo begun; sleep 4711')}`,
          script: `${interrupt} i=0; while pgrep -fx 'sleep 4711' >/dev/null && [ $i -lt 600 ]; do sleep 0.1; i=$((i+1)); done; pgrep -fxc 'sleep 4711'; docker images -q $N | wc -l`,
          stdout: '0\n0\n',
          lightweight: {
            script: `${interrupt} ${lockIsFree('interrupted')}; docker images -q $N | wc -l`,
            stdout: '1\n0\n',
          },
        },
        {
          title: 'a client that is killed ends its build',
          dockerfile: `${from}\n${locking('killed', 'echo begun; sleep 4812')}`,
          script: `${killClient} i=0; while pgrep -fx 'sleep 4812' >/dev/null && [ $i -lt 600 ]; do sleep 0.1; i=$((i+1)); done; pgrep -fxc 'sleep 4812'`,
          code: [0, 1],
          stdout: '0\n',
          lightweight: { script: `${killClient} ${lockIsFree('killed')}`, code: 0, stdout: '1\n' },
        },
        {
          title: 'other frontends are refused in clear words',
          dockerfile: `# syntax=example.com/other:1\n${from}`,
          script: `build . 2>&1 | tail -1; exit \${PIPESTATUS[0]}`,
          code: 1,
          stdout: /syntax=example.com\/other:1 cannot be used: this engine reads Dockerfiles by itself/,
        },
        {
          title: 'BUILDKIT_SYNTAX too',
          dockerfile: from,
          script: `build --build-arg BUILDKIT_SYNTAX=example.com/other:1 . 2>&1 | tail -1; exit \${PIPESTATUS[0]}`,
          code: 1,
          stdout: /example.com\/other:1.* cannot be (?:used|built here): this engine reads Dockerfiles by itself/,
        },
        {
          title: '# check=error=true refuses what the checks find something in',
          dockerfile: `# check=error=true\n${from} as b`,
          script: `build . 2>&1 | grep -m1 -o 'lint violation.*'; exit \${PIPESTATUS[0]}`,
          code: 1,
          stdout: 'lint violation found for rules: FromAsCasing\n',
        },
        {
          title: '# syntax=docker/dockerfile is ours',
          dockerfile: `# syntax=docker/dockerfile:1\n${from}\nRUN <<E\necho heredoc\nE`,
          script: `build . | grep -cE '[0-9.]+ heredoc$'`,
          stdout: '1\n',
        },
        {
          title: 'attestations that somebody asks for are refused, those that a client would like are left out',
          dockerfile: from,
          script: `unset BUILDX_NO_DEFAULT_ATTESTATIONS; build -t $N:1 . >/dev/null; echo $?; for attest in --provenance=mode=max --sbom=true; do build $attest . >$C/log; echo $?; grep -qiE 'attestations? (is|are) not supported' $C/log && echo told; done`,
          stdout: '0\n1\ntold\n1\ntold\n',
        },
        {
          title: 'several platforms at once are refused',
          dockerfile: from,
          script: `build --platform linux/amd64,linux/arm64 . 2>&1 | tail -1; exit \${PIPESTATUS[0]}`,
          code: 1,
          stdout: /one platform at a time can be built/,
        },
      ]);
    });

    describe('outputs', () => {
      cases([
        {
          title: 'a folder, with links, modes and nothing else',
          dockerfile: `${from} AS b\nRUN mkdir -p /o/d/e && cd /o && echo 1 >one && ln one two && ln -s one three && echo x >d/e/f && chmod 754 d/e/f && echo z >d.z\nFROM scratch\nCOPY --from=b /o /`,
          script: `build -o $C/out . >/dev/null && cd $C/out && find . | sort | tr '\\n' ' '; stat -c %a d/e/f; readlink three; [ one -ef two ] && cat two d/e/f`,
          stdout: '. ./d ./d.z ./d/e ./d/e/f ./one ./three ./two 754\none\n1\nx\n',
        },
        {
          title: 'a tar, on stdout too',
          dockerfile: `FROM scratch\nCOPY Dockerfile /d/f`,
          script: `build -o type=tar,dest=$C/t.tar . >/dev/null && tar tf $C/t.tar; docker buildx build -q -o - . 2>/dev/null | tar t`,
          stdout: 'd/\nd/f\nd/\nd/f\n',
        },
        {
          title: 'archives that engines load',
          dockerfile: `${from}\nLABEL a=$N`,
          script: `build -t $N:1 -o type=docker,dest=$C/d.tar . >/dev/null && docker load -q -i $C/d.tar | grep -c "$N:1"; build -t $N:2 -o type=oci,dest=$C/o.tar . >/dev/null && tar xOf $C/o.tar oci-layout index.json | grep -c imageLayoutVersion; build --load -t $N:3 . >/dev/null; id $N:3 | cut -c1-7`,
          stdout: '1\n1\nsha256:\n',
        },
        {
          title: 'an OCI layout in a folder, whose index the client keeps',
          dockerfile: `${from}\nCOPY Dockerfile /d`,
          script: `build -o type=oci,tar=false,dest=$C/layout,name=$N:1 . >/dev/null && grep -oE '"io.containerd.image.name":"[^"]*"' $C/layout/index.json | sed "s/$N/N/"; digest=$(grep -oE 'sha256:[0-9a-f]+' $C/layout/index.json | cut -d: -f2); sha256sum $C/layout/blobs/sha256/$digest | grep -c ^$digest; ls -A $C/layout/ingest | wc -l`,
          // Older ones write no names.
          stdout: `${suite === 'trixie' ? '' : '"io.containerd.image.name":"docker.io/library/N:1"\n'}1\n0\n`,
        },
        {
          title: 'nothing at all but the cache',
          dockerfile: `${from}\nRUN echo x >/x`,
          script: `before=$(docker images -qa | wc -l); build -o type=cacheonly . >/dev/null; [ $(docker images -qa | wc -l) = $before ] && build -t $N:1 . | grep -c CACHED`,
          stdout: '1\n',
        },
      ]);
    });

    describe('caches in folders of the client', () => {
      const emptied = 'docker builder prune -af >/dev/null';
      cases([
        {
          title: 'are written and read, and a second write sends nothing anew',
          dockerfile: `${from} AS one\nRUN echo $RANDOM >/one\nFROM ${image}\nRUN echo $RANDOM >/r\nCOPY --from=one /one /`,
          script: `build --cache-to type=local,dest=$C/cache,mode=max -t $N:1 . | grep -c 'DONE'  >/dev/null; ls $C/cache/blobs/sha256 | wc -l; docker rmi $N:1 >/dev/null; ${emptied}; build --cache-from type=local,src=$C/cache --cache-to type=local,dest=$C/cache,mode=max -t $N:2 . | grep -c CACHED; ls $C/cache/blobs/sha256 | wc -l; ls -A $C/cache/ingest | wc -l`,
          stdout: '5\n3\n5\n0\n',
        },
        {
          title: 'of several names in a folder the one that is asked for counts',
          dockerfile: `${from}\nARG A\nRUN echo $RANDOM$A >/r`,
          script: `for a in 1 2; do build --build-arg A=$a --cache-to type=local,dest=$C/cache,tag=t$a . >/dev/null; done; ${emptied}; for t in 1 2; do build --build-arg A=1 --cache-from type=local,src=$C/cache,tag=t$t . | grep -c CACHED; ${emptied}; done`,
          code: 0,
          stdout: '1\n0\n',
        },
        {
          title: 'that are broken are a warning, and what cannot be written fails the build or is none',
          dockerfile: `${from}\nRUN echo $RANDOM >/r`,
          script: `build --cache-to type=local,dest=$C/cache . >/dev/null; ${emptied}; for f in $C/cache/blobs/sha256/*; do chmod u+w $f; echo x >>$f; done; build --cache-from type=local,src=$C/cache . >$C/log; echo $?; grep -q 'is something else in the client' $C/log && echo told; grep -c CACHED $C/log; mkdir -p $C/file; echo >$C/file/blobs; build --cache-to type=local,dest=$C/file . >$C/log; [ $? != 0 ] && echo failed; build --cache-to type=local,dest=$C/file,ignore-error=true . >/dev/null; echo $?`,
          code: 0,
          stdout: '0\ntold\n0\nfailed\n0\n',
        },
      ]);
    });

    describe('registries', () => {
      let registry: Registry | undefined;
      before(async function (this: Mocha.Context) {
        requireRegistry(this);
        registry = await startRegistry({ user: { name: 'me', password: 'secret' } });
        await registry.push('base:1', await (isLightweight() ? wasiArchive('base:1') : busyboxArchive('base:1')));
      });
      after(async () => registry?.[Symbol.asyncDispose]());

      it('a private base image and a push, by what the client knows', async () => {
        const address = registry?.address ?? '';
        const auths = JSON.stringify({ [address]: { auth: Buffer.from('me:secret').toString('base64') } });
        const { code, stdout, stderr } = await engine().sh(
          `${begin}\nprintf 'FROM ${address}/base:1\\nRUN echo pulled\\n' >Dockerfile\n` +
            `build . | grep -cE 'ERROR.*(401|unauthorized|authentication required|no basic auth)'\n` +
            `sed -i 's|^{|{"auths":${auths},|' $C/config.json\n` +
            `build -t ${address}/own:1 --push . >$C/log || echo failed; grep -cE '[0-9.]+ pulled$' $C/log; ` +
            `curl -sfu me:secret http://${address}/v2/own/tags/list`,
        );
        assert.equal(code, 0, stdout + stderr);
        assert.match(stdout, /^[1-9]\n1\n{"name":"own","tags":\["1"\]}\n$/);
      });
    });

    describe('what is kept', () => {
      cases([
        {
          title: '--check tells findings, faults and that there are none',
          dockerfile: `${from.toLowerCase()} as x\nCMD echo hi`,
          script: `build --check . >$C/log 2>&1; echo $?; grep -oE 'JSONArgsRecommended|ConsistentInstructionCasing' $C/log | sort -u; printf '${from}\\nFOO\\n' >Bad; build --check -f Bad . >$C/log 2>&1; echo $?; grep -c 'unknown instruction: FOO' $C/log; printf '${from}\\n' >Good; build --check -f Good . >$C/log; echo $?; tail -1 $C/log`,
          // Before 0.14 it is not there.
          ...(suite === 'trixie'
            ? { script: `build --check . 2>&1 | grep -c 'unknown flag'`, stdout: '1\n' }
            : {
                stdout:
                  '1\nConsistentInstructionCasing\nJSONArgsRecommended\n1\n1\n0\nCheck complete, no warnings found.\n',
              }),
        },
        {
          title: 'du lists the cache, prune empties it',
          dockerfile: `${from}\nRUN echo ${suite} >/x`,
          script: `build . >/dev/null; docker buildx du --verbose | grep -c 'RUN echo ${suite} >/x'; docker buildx prune -af | grep -c ^Total; docker buildx du --verbose | grep -c 'RUN echo ${suite} >/x'`,
          code: 1,
          stdout: '1\n1\n0\n',
        },
        {
          title: 'the engine is a builder that runs',
          dockerfile: from,
          script: `docker buildx inspect | grep -E '^Status|^Driver' | tr -s ' '; docker buildx ls | grep -c running`,
          stdout: /^Driver: docker\nStatus: running\n[1-9]\n$/,
        },
        {
          title: 'history lists builds and shows their logs',
          dockerfile: `${from}\nRUN echo re""member`,
          ...(suite === 'trixie'
            ? { script: `docker buildx history ls 2>&1 | grep -c 'Usage'`, stdout: '1\n' }
            : {
                script: `build -t $N:1 . >/dev/null; ref=$(docker buildx history ls --format '{{.Ref}}' | head -1); docker buildx history logs $ref 2>&1 | grep -cE '[0-9.]+ remember$'; docker buildx history rm $ref; docker buildx history ls --format '{{.Ref}}' | grep -c $ref`,
                code: 1,
                stdout: '1\n0\n',
              }),
        },
      ]);
    });

    describe('docker compose build', () => {
      cases([
        {
          title: 'services with arguments, targets and secrets',
          dockerfile: `${from} AS a\nARG X\nRUN --mount=type=secret,id=s echo "$X $(cat /run/secrets/s)" >/x\nFROM a AS b\nRUN exit 9`,
          script:
            `printf 'name: %s\\nservices:\\n  web:\\n    image: %s:web\\n    build: { context: ., target: a, args: { X: one }, secrets: [s] }\\n  api:\\n    build: { context: ., target: a, args: { X: two }, secrets: [s] }\\nsecrets:\\n  s: { file: ../config/sec }\\n' $N $N >compose.yaml; printf hid >$C/sec; ` +
            `docker compose build >$C/log 2>&1 || { cat $C/log; exit 9; }; docker run --rm --entrypoint cat $N:web /x; docker run --rm --entrypoint cat $N-api /x`,
          stdout: 'one hid\ntwo hid\n',
        },
        {
          title: 'a failing step fails it',
          dockerfile: `${from}\nRUN exit 5`,
          script: `printf 'name: %s\\nservices:\\n  web: { build: . }\\n' $N >compose.yaml; docker compose build 2>&1 | grep -c 'did not complete successfully: exit code: 5'; exit \${PIPESTATUS[0]}`,
          code: [1, 17],
          stdout: /^[1-9]\n$/,
        },
      ]);
    });
  });
}

describe('conformance: POST /build?version=2', () => {
  const engine = useEngine();
  const post = (query: string): string =>
    `curl -s --unix-socket \${DOCKER_HOST#unix://} -X POST -H 'Content-Type: application/x-tar' --data-binary @- 'http://d/build?version=2&${query}'`;

  shellCases(engine, [
    {
      title: 'traces in base64, then the id of the image',
      script: `printf '${from}\\nCOPY f /f\\nRUN cat /f\\n' >Dockerfile; echo trac""ed >f; tar c Dockerfile f | ${post('t=v2:1')} >.out; grep -oE '"aux":"[^"]*' .out | cut -c8- | while read -r l; do echo "$l" | base64 -d; done | grep -ac traced; [ "$(tail -1 .out | grep -oE 'sha256:[0-9a-f]+')" = "$(docker image inspect -f '{{.Id}}' v2:1)" ] && tail -1 .out | cut -c1-21`,
      stdout: '1\n{"id":"moby.image.id"\n',
    },
    {
      title: 'a command that fails',
      script: `printf '${from}\\nRUN exit 4\\n' >Dockerfile; tar c Dockerfile | ${post('')} | tail -1`,
      stdout: /"error":"process \\"\/bin\/sh -c exit 4\\" did not complete successfully: exit code: 4"/,
    },
    {
      title: 'a folder of the client needs its session',
      script: post('remote=client-session').replace('--data-binary @- ', ''),
      stdout: '{"message":"remote=client-session needs a session"}\n',
    },
  ]);
});

/** A folder of its own for the context, with the clients on the path. */
function prelude(clients: string): string {
  return `C=$T/config; mkdir -p $C $T/context; cd $T/context
printf '{"cliPluginsExtraDirs":["${clients}/cli-plugins"]}' >$C/config.json
export DOCKER_CONFIG=$C PATH=${clients}:$PATH BUILDX_NO_DEFAULT_ATTESTATIONS=1
printf '#!/bin/sh\\nexec docker buildx build --progress=plain "$@"\\n' >$C/build; chmod +x $C/build
build() { $C/build "$@" 2>&1; }
id() { docker image inspect -f '{{.Id}}' $1; }
ssh-keygen -q -t ed25519 -N '' -f $C/key`;
}
