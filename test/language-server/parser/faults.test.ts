// What the builder refuses, at its place, and what it does not.

import assert from 'node:assert/strict';
import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import { faults, instruction, model } from './helpers.ts';

/** A file with one line below a FROM, and what is wrong with it. */
type Case = readonly [string, ...string[]];

const lines: Record<string, readonly Case[]> = {
  instructions: [
    ['COPPY a b', 'unknown-instruction "COPPY"'],
    ['R\\UN a', 'unknown-instruction "R\\\\UN"'],
    ['run a'],
    ['RUN'],
    ['CMD'],
    ['ENTRYPOINT []'],
  ],
  pairs: [
    ['ENV', 'missing-argument "ENV"'],
    ['ENV a', 'missing-value "a"'],
    ['ENV a=b c', 'missing-equals "c"'],
    ['ENV =b', 'blank-name "=b"'],
    ['LABEL a= b=""'],
    ['LABEL a', 'missing-value "a"'],
    ['ARG', 'missing-argument "ARG"'],
    ['ARG a b=c'],
    ['ARG =', 'blank-name "="'],
    ['ENV a="b', 'missing-double-quote "\\"b"'],
    ["ENV a='b", 'missing-single-quote "\'b"'],
    ['ENV a="b\\"', 'missing-double-quote "\\"b\\\\\\""'],
  ],
  substitutions: [
    ['USER ${a', 'missing-brace "${a"'],
    ['USER ${a:-b', 'missing-brace "${a:-b"'],
    ['USER ${}', 'bad-substitution "${}"'],
    ['USER ${:a}', 'bad-substitution "${:a}"'],
    ['USER ${a^b}', 'unsupported-modifier "^"'],
    ['USER ${a:}', 'unsupported-modifier ":"'],
    ['USER ${a:#b}', 'unsupported-modifier ":#"'],
    ['USER ${a/b}', 'missing-slash "${a/b}"'],
    ['USER ${a/b/c}${a//b/}${a%%"}"}'],
    ['USER ${a#\\x}', 'invalid-pattern "\\\\x"'],
    ['USER ${a/\\./b}', 'invalid-pattern "\\\\."'],
    ['USER ${a#\\*}${a%%\\}}${a//\\//\\.}${a%$b}'],
    ['RUN echo ${a^^}'],
    ['COPY <<E /a\n${a^}\nE', 'unsupported-modifier "^"'],
    ["COPY <<'E' /a\n${a^}\nE"],
    ['RUN <<E\n${a^}\nE'],
  ],
  'COPY and ADD': [
    ['COPY a', 'missing-destination "a"'],
    ['COPY', 'missing-destination "COPY"'],
    ['COPY ["a"]', 'missing-destination "a"'],
    ['COPY <<E\nE', 'missing-destination "COPY"'],
    ['COPY a <<E\nE', 'heredoc-destination "<<E"'],
    ['COPY <<E /a\nE'],
    ['COPY a b c'],
    ['COPY --form=a b c', 'unknown-flag "--form"'],
    ['COPY --from a b', 'missing-flag-value "from"'],
    ['COPY --chown=a --chown=b c d', 'duplicate-flag "--chown"'],
    ['COPY --exclude=a --exclude=b c d'],
    ['COPY --link=yes a b', 'invalid-boolean "yes"'],
    ['COPY --link=FALSE a b'],
    ['COPY --link= a b', 'missing-flag-value "link"'],
    ['COPY --checksum=x a b', 'unknown-flag "--checksum"'],
    ['COPY -- --a b'],
    ['COPY --from=$a b c', 'from-variable "$a"'],
    ['COPY --chmod=0755 a b'],
    ['COPY --chmod=u+x,go-w a b'],
    ['COPY --chmod=$m a b'],
    ['COPY --chmod=999 a b', 'invalid-mode "999"'],
    ['COPY --chmod=77777 a b', 'invalid-mode "77777"'],
    ['COPY --chmod=zz a b', 'invalid-mode "zz"'],
    ['COPY https://example.com/a b', 'remote-copy "https://example.com/a"'],
    ['COPY git@example.com:a/b.git b', 'remote-copy "git@example.com:a/b.git"'],
    ['ADD https://example.com/a git@example.com:a/b.git b'],
    ['ADD --unpack=true --keep-git-dir --link a b'],
    ['ADD --checksum=sha256:12 https://example.com/a b', 'invalid-checksum "sha256:12"'],
    ['ADD --checksum=0123abc https://example.com/a.git b'],
    ['ADD --checksum=sha256:12 a b', 'checksum-sources "--checksum=sha256:12"'],
    ['ADD --checksum=$c https://a/b https://a/c d', 'checksum-sources "--checksum=$c"'],
    ['ADD https://a.b/c.git?ref=v1&subdir=d&submodules d'],
    ['ADD https://a.b/c.git?reff=v1 d', 'invalid-git-query "https://a.b/c.git?reff=v1"'],
    ['ADD https://a.b/c.git?ref= d', 'invalid-git-query "https://a.b/c.git?ref="'],
    ['ADD https://a.b/c.git?ref=v1#v2 d', 'git-conflict "https://a.b/c.git?ref=v1#v2"'],
    ['ADD --keep-git-dir=false git@a.b:c?keep-git-dir d', 'git-conflict "git@a.b:c?keep-git-dir"'],
    ['ADD https://a.b/c?reff=v1 d'],
    ['COPY C:\\\\a C:\\\\b\\\\'],
  ],
  RUN: [
    ['RUN --mount=type=cache,target=/a --mount=type=tmpfs,target=/b,size=64m x'],
    ['RUN --mount=type=foo,target=/a x', 'unsupported-mount-type "foo"'],
    ['RUN --mount=type=$t,sharing=locked,target=/a x'],
    ['RUN --mount=targt=/a x', 'unknown-mount-key "targt"'],
    ['RUN --mount=target x', 'missing-mount-value "target"'],
    ['RUN --mount=target=/a,rw x'],
    ['RUN --mount=target=/a,rw=perhaps x', 'invalid-mount-value "perhaps"'],
    ['RUN --mount=type=cache,target=/a,sharing=looked x', 'unsupported-sharing "looked"'],
    ['RUN --mount=target=/a,sharing=locked x', 'mount-key-not-allowed "sharing"'],
    ['RUN --mount=target=/a,required x', 'mount-key-not-allowed "required"'],
    ['RUN --mount=target=/a,size=1g x', 'mount-key-not-allowed "size"'],
    ['RUN --mount=target=/a,mode=0777 x', 'mount-key-not-allowed "mode"'],
    ['RUN --mount=type=cache,target=/a,mode=0999 x', 'invalid-mount-value "0999"'],
    ['RUN --mount=type=cache,target=/a,uid=me x', 'invalid-mount-value "me"'],
    ['RUN --mount=type=secret x', 'missing-secret-id "--mount=type=secret"'],
    ['RUN --mount=type=secret,id=a,source=b x', 'mount-key-not-allowed "source=b"'],
    ['RUN --mount=type=secret,id=a,from=b x', 'mount-key-not-allowed "from"'],
    ['RUN --mount=type=secret,id=a,env=B,required x'],
    ['RUN --mount=type=ssh x'],
    ['RUN --mount=from=$a,target=/a x', 'mount-from-variable "$a"'],
    ['RUN --mount=type=bind,target=/ x', 'invalid-mount-target "/"'],
    ['RUN --mount=type=cache,target=/a, x', 'unknown-mount-key ""'],
    ['RUN --network=none --security=insecure --device=a.b/c=d,required x'],
    ['RUN --network=bridge x', 'invalid-network "bridge"'],
    ['RUN --netwrk=none x', 'unknown-flag "--netwrk"'],
    ['RUN --security=off x', 'invalid-security "off"'],
    ['RUN --device=a,colour=b x', 'unknown-device-key "colour"'],
    ['RUN --device=a,required=x x', 'invalid-device-value "x"'],
    ['CMD --x', 'unknown-flag "--x"'],
  ],
  HEALTHCHECK: [
    ['HEALTHCHECK', 'missing-argument "HEALTHCHECK"'],
    ['HEALTHCHECK NONE'],
    ['HEALTHCHECK none'],
    ['HEALTHCHECK --interval=x NONE'],
    ['HEALTHCHECK NONE a b', 'healthcheck-none-arguments "a b"'],
    ['HEALTHCHECK CMD', 'healthcheck-missing-command "CMD"'],
    ['HEALTHCHECK CMD []', 'healthcheck-missing-command "CMD"'],
    ['HEALTHCHECK TEST', 'healthcheck-type "TEST"'],
    ['HEALTHCHECK --interval=1m30.5s --timeout=0s --start-period=0 --start-interval=1ms --retries=0 CMD x'],
    ['HEALTHCHECK --interval=10 CMD x', 'missing-duration-unit "10"'],
    ['HEALTHCHECK --interval=1x CMD x', 'unknown-duration-unit "1x"'],
    ['HEALTHCHECK --interval=a CMD x', 'invalid-duration "a"'],
    ['HEALTHCHECK --interval=1us CMD x', 'short-duration "1us"'],
    ['HEALTHCHECK --interval=-1s CMD x', 'short-duration "-1s"'],
    ['HEALTHCHECK --retries=a CMD x', 'invalid-number "a"'],
    ['HEALTHCHECK --retries=-1 CMD x', 'negative-retries "-1"'],
    ['HEALTHCHECK --retrys=1 CMD x', 'unknown-flag "--retrys"'],
    ['HEALTHCHECK -- CMD x'],
  ],
  values: [
    ['EXPOSE', 'missing-argument "EXPOSE"'],
    ['EXPOSE 80 90-95/udp $p 1.2.3.4:80:81 [::1]:80:80 8080:80 80-81:90-91 0'],
    ['EXPOSE a', 'invalid-port "a"'],
    ['EXPOSE 80000', 'invalid-port "80000"'],
    ['EXPOSE 9-8', 'invalid-port "9-8"'],
    ['EXPOSE 80/x', 'invalid-protocol "80/x"'],
    ['EXPOSE 80/'],
    ['EXPOSE /tcp', 'invalid-port "/tcp"'],
    ['EXPOSE a:80', 'invalid-host-port "a:80"'],
    ['EXPOSE 1.2.3:80:80', 'invalid-address "1.2.3:80:80"'],
    ['EXPOSE 80-82:90-91', 'invalid-port-range "80-82:90-91"'],
    ['STOPSIGNAL', 'missing-argument "STOPSIGNAL"'],
    ['STOPSIGNAL SIGTERM'],
    ['STOPSIGNAL sigrtmin+3'],
    ['STOPSIGNAL 9'],
    ['STOPSIGNAL $s'],
    ['STOPSIGNAL SIGTREM', 'invalid-signal "SIGTREM"'],
    ['STOPSIGNAL 0', 'invalid-signal "0"'],
    ['STOPSIGNAL SIGTERM extra', 'invalid-signal "SIGTERM extra"'],
    ['USER', 'missing-argument "USER"'],
    ['WORKDIR', 'missing-argument "WORKDIR"'],
    ['MAINTAINER', 'missing-argument "MAINTAINER"'],
    ['VOLUME', 'missing-argument "VOLUME"'],
    ['VOLUME []', 'missing-argument "[]"'],
    ['VOLUME ["a", " "]', 'empty-volume "\\" \\""'],
    ['SHELL', 'missing-argument "SHELL"'],
    ['SHELL []', 'empty-shell "[]"'],
    ['SHELL bash -c', 'shell-not-json "bash -c"'],
    ['SHELL ["a"]'],
  ],
  ONBUILD: [
    ['ONBUILD', 'missing-argument "ONBUILD"'],
    ['ONBUILD RUN x'],
    ['ONBUILD onbuild RUN x', 'onbuild-chained "onbuild"'],
    ['ONBUILD FROM x', 'onbuild-trigger "FROM"'],
    ['ONBUILD MAINTAINER x', 'onbuild-trigger "MAINTAINER"'],
    ['ONBUILD COPPY a b', 'unknown-instruction "COPPY"'],
    ['ONBUILD EXPOSE a', 'invalid-port "a"'],
    ['ONBUILD COPY --from=later a b'],
  ],
};

describe('faults of an instruction', () => {
  for (const [name, cases] of Object.entries(lines)) {
    it(name, () => {
      for (const [line, ...expected] of cases) assert.deepEqual(faults(`FROM scratch\n${line}\n`), expected, line);
    });
  }

  it('says what was probably meant', () => {
    const meant = (text: string) => instruction(text).faults.map(({ suggestion }) => suggestion);
    assert.deepEqual(meant('COPPY a b'), ['COPY']);
    assert.deepEqual(meant('form a'), ['from']);
    assert.deepEqual(meant('NOTHINGLIKE a b'), [undefined]);
    assert.deepEqual(meant('RUN --netwrk=none x'), ['--network']);
    assert.deepEqual(meant('RUN --mount=type=cahce,target=/a x'), ['cache']);
    assert.deepEqual(meant('RUN --mount=targt=/a x'), ['target']);
    assert.deepEqual(meant('STOPSIGNAL SIGTREM'), ['SIGTERM']);
    assert.deepEqual(meant('HEALTHCHECK CND x'), ['CMD']);
  });
});

describe('faults of a file', () => {
  const files: readonly Case[] = [
    ['', 'no-stage ""'],
    ['# only a comment\n', 'no-stage ""'],
    ['ARG a\n', 'no-stage "ARG"'],
    ['ARG a\nRUN b\nRUN c\nFROM d\n', 'no-stage-yet "RUN"'],
    ['FROM', 'missing-argument "FROM"'],
    ['FROM a AS', 'from-arguments "AS"'],
    ['FROM a b', 'from-arguments "b"'],
    ['FROM a AS b c', 'from-arguments "c"'],
    ['FROM a A$ b', 'from-as "A$"'],
    ['FROM a AS 1b', 'invalid-stage-name "1b"'],
    ['FROM a AS B_c.d-1'],
    ['FROM --platform a', 'missing-flag-value "platform"'],
    ['FROM --platfrom=linux a', 'unknown-flag "--platfrom"'],
    ['FROM -- a'],
    ['FROM a:', 'invalid-reference "a:"'],
    ['FROM A', 'invalid-reference "A"'],
    ['FROM a@sha256:12', 'invalid-reference "a@sha256:12"'],
    ['FROM localhost:5000/a/b:c'],
    ['FROM ""', 'blank-base-name "\\"\\""'],
    ['FROM $a', 'blank-base-name "$a"'],
    ['ARG a\nFROM $a'],
    ['ARG a=b:\nFROM $a'],
    ['FROM ${a:-b}'],
    ['FROM b-$TARGETARCH'],
    ['FROM --platform=$BULIDPLATFORM a', 'empty-platform "$BULIDPLATFORM"'],
    ['FROM --platform=$TARGETPLATFORM a'],
    ['FROM --platform=a/b/c/d a', 'invalid-platform "a/b/c/d"'],
    ['FROM a\nENV PORT=b\nEXPOSE 80 $PORT', 'invalid-port "$PORT"'],
    ['ARG P=80 S=SIGTREM\nFROM a\nARG P\nARG S\nEXPOSE $P\nSTOPSIGNAL $S', 'invalid-signal "$S"'],
    ['FROM a\nARG P\nEXPOSE $P $Q\nENV R="80 81"\nEXPOSE $R\nEXPOSE ""'],
    ['FROM a AS b\nCOPY --from=b c d', 'own-stage "b"'],
    ['FROM a AS b\nCOPY --from=C d e\nFROM a AS c', 'later-stage "C"'],
    ['FROM a AS b\nRUN --mount=from=c,target=/x d\nFROM a AS c', 'later-stage "c"'],
    ['FROM a AS b\nCOPY --from=c d e\nFROM a AS c\nCOPY --from=b d e', 'stage-circle "c"'],
    ['FROM a\nCOPY --from=0 b c', 'own-stage "0"'],
    ['FROM a\nFROM b\nCOPY --from=0 b c\nCOPY --from=image:tag b c'],
    ['FROM a\nCOPY --from=3 b c', 'invalid-stage-index "3"'],
    ['FROM a\nCOPY --from=B:c d e', 'invalid-from "B:c"'],
    ['FROM a AS b\nFROM b AS a\nFROM a\nCOPY --from=a x y'],
    ['# escape=x\nFROM a', 'invalid-escape "x"'],
    ['# check=foo=bar\nFROM a', 'invalid-check-option "foo=bar"'],
    ['# check=skip=A; error=true\nFROM a', 'invalid-check-option "skip=A; error=true"'],
    ['# check=skip=A;error=maybe\nFROM a', 'invalid-check-option "skip=A;error=maybe"'],
    ['# syntax=a\n# syntax=b\nFROM a', 'duplicate-directive "syntax=b"'],
    ['# escape=`\nFROM a\nCOPY a C:\\b\\'],
  ];
  for (const [text, ...expected] of files) {
    it(JSON.stringify(text), () => assert.deepEqual(faults(text), expected));
  }

  it('names the stage that was meant', () => {
    const [fault] = model('FROM a AS build\nFROM Build\n').faults;
    assert.equal(fault?.suggestion, 'build');
  });

  it('keeps messages short whatever the file has', () => {
    const long = 'X\u0001'.repeat(20_000);
    const lines = [
      long,
      `FROM ${long}`,
      `COPY --${long}=a b c`,
      `EXPOSE ${long}`,
      `STOPSIGNAL ${long}`,
      `RUN --mount=${long}=a b`,
    ];
    const { file, faults: ofModel } = model(`FROM a\n${lines.join('\n')}\nRUN <<${'y'.repeat(9000)}\n`);
    const all = [...file.items.flatMap((item) => item.faults), ...ofModel];
    assert.ok(all.length >= lines.length);
    for (const { message } of all)
      assert.ok(message.length < 400 && !message.includes('\u0001'), message.slice(0, 100));
  });

  it('counts bytes of a line as the builder does', () => {
    const codes = (text: string) => parseDockerfile(text).items.flatMap((item) => item.faults.map(({ code }) => code));
    const line = (length: number, char = 'x') => `RUN ${char.repeat(length - 4)}`;
    assert.deepEqual(codes(line(65_535)), []);
    assert.deepEqual(codes(`${line(65_535)}\n`), []);
    assert.deepEqual(codes(line(65_536)), ['line-too-long']);
    assert.deepEqual(codes(`${line(65_536)}\n`), ['line-too-long']);
    assert.deepEqual(codes(line(30_000, 'é')), []);
    assert.deepEqual(codes(line(40_000, 'é')), ['line-too-long']);
    assert.deepEqual(codes(`# ${'x'.repeat(70_000)}\nFROM a`), ['line-too-long']);
  });

  it('takes bounded time for many stages that need each other', () => {
    const count = 3000;
    const text = Array.from(
      { length: count },
      (_, index) => `FROM a AS s${String(index)}\nCOPY --from=s${String((index + 1) % count)} a b\n`,
    ).join('');
    const before = process.cpuUsage();
    assert.equal(model(text).faults.length, count - 1);
    assert.ok(process.cpuUsage(before).user < 3_000_000);
  });
});
