// What fires each of hadolint's rules, what does not, and what its fix makes of a file.

import type { LintSettings } from '../../../language-server/src/lint/rule.ts';

export interface RuleCases {
  readonly bad: readonly string[];
  readonly good: readonly string[];
  /** A file and what the rule's fix makes of it. */
  readonly fix?: readonly (readonly [string, string])[];
  readonly settings?: Partial<LintSettings>;
}

const from = 'FROM debian:12\n';

/** Cases of rules about RUN: each text is what follows `RUN `. */
function run(
  bad: readonly string[],
  good: readonly string[],
  fix: readonly (readonly [string, string])[] = [],
): RuleCases {
  const whole = (text: string) => `${from}RUN ${text}\n`;
  return {
    bad: [...bad.map(whole), ...bad.slice(0, 1).map((text) => `${from}ONBUILD RUN ${text}\n`)],
    good: good.map(whole),
    fix: fix.map(([before, after]) => [whole(before), whole(after)]),
  };
}

const labels = (
  labelSchema: LintSettings['labelSchema'],
  bad: readonly string[],
  good: readonly string[],
): RuleCases => ({
  bad: bad.map((text) => `${from}LABEL ${text}\n`),
  good: good.map((text) => `${from}LABEL ${text}\n`),
  settings: { labelSchema },
});

export const cases: Readonly<Record<string, RuleCases>> = {
  DL1001: {
    bad: [`# hadolint ignore=DL3008\n${from}`],
    good: [`# hadolint global ignore=DL3008\n${from}`, `# a word\n${from}`],
    settings: { severities: { DL1001: 'warning' } },
  },
  DL3000: {
    bad: [`${from}WORKDIR a/b\n`, `${from}WORKDIR ./a\n`, `${from}WORKDIR "a"\n`],
    good: [`${from}WORKDIR /a\n`, `${from}WORKDIR "/a b"\n`, `${from}WORKDIR $HOME\n`, `${from}WORKDIR C:\\a\n`],
    fix: [[`${from}WORKDIR /a\nWORKDIR b\nWORKDIR ./c\n`, `${from}WORKDIR /a\nWORKDIR /a/b\nWORKDIR /a/b/c\n`]],
  },
  DL3001: run(
    ['service nginx start', 'a && /usr/bin/ssh host', '["top"]'],
    ['apt-get install ssh', 'echo kill', 'topic'],
  ),
  DL3002: {
    bad: [`${from}USER root\n`, `${from}USER a\nUSER 0:0\n`, `${from}USER "root"\n`],
    good: [`${from}USER root\nUSER a\n`, `${from}USER 10\n`, from, `${from}USER rooty\n`],
  },
  DL3003: {
    bad: [`${from}RUN cd /a && b\n`, `${from}RUN (cd /a)\n`],
    good: [`${from}RUN echo cd\n`, `${from}RUN git -C /a b\n`, `${from}ONBUILD RUN cd /a\n`],
  },
  DL3004: run(['sudo apt-get update', 'a && sudo -u b c'], ['echo sudo', 'apt-get install sudo']),
  DL3006: {
    bad: ['FROM debian\n', 'FROM a.b/c AS d\n', 'FROM localhost:5000/a\n'],
    good: [
      'FROM debian:12\n',
      'FROM scratch\n',
      `FROM debian@sha256:${'a'.repeat(64)}\n`,
      `${from.trim()} AS a\nFROM a\n`,
      'ARG A=b:1\nFROM $A\n',
      'ARG A=b:1\nFROM ${A:-c:2}\n',
    ],
  },
  DL3007: {
    bad: ['FROM debian:latest\n'],
    good: [`FROM debian:latest@sha256:${'a'.repeat(64)}\n`, 'FROM debian:latest-slim\n'],
  },
  DL3008: run(
    [
      'apt-get install -y a',
      'apt-get -y install a=1 b',
      'x && apt-get install -y -t stable a',
      'A=b apt-get install "a"',
      '["apt-get", "install", "a"]',
    ],
    [
      'apt-get install -y a=1',
      'apt-get install ./a.deb',
      'apt-get install -y -t stable a=1',
      'apt-get update',
      'apt-get install a/stable',
      'echo apt-get install a',
    ],
  ),
  DL3009: {
    bad: [
      `${from}RUN apt-get update && apt-get install -y a=1\n`,
      `${from}RUN apt-get update\nRUN rm -rf /var/lib/apt/lists/*\n`,
      `FROM a:1 AS x\nRUN apt update\nFROM x\nRUN b\n`,
      `${from}ONBUILD RUN apt-get update\n`,
    ],
    good: [
      `${from}RUN apt-get update && rm -rf /var/lib/apt/lists/*\n`,
      `${from}RUN apt-get update && rm -r /var/lib/apt/lists\n`,
      `FROM a:1 AS x\nRUN apt-get update\nFROM b:1\nCOPY --from=x /a /a\n`,
      `${from}RUN --mount=type=cache,target=/var/lib/apt/lists apt-get update\n`,
      `${from}RUN --mount=type=cache,target=/var/cache/apt --mount=type=cache,target=/var/lib/apt apt-get update\n`,
    ],
    fix: [
      [
        `${from}RUN apt-get update && apt-get install -y a=1\n`,
        `${from}RUN apt-get update && apt-get install -y a=1 && rm -rf /var/lib/apt/lists/*\n`,
      ],
      [
        `${from}RUN apt-get update \\\n && apt-get install -y a=1 # why\n`,
        `${from}RUN apt-get update \\\n && apt-get install -y a=1 \\\n && rm -rf /var/lib/apt/lists/* # why\n`,
      ],
      [`${from}RUN <<E\napt-get update\nE\n`, `${from}RUN <<E\napt-get update\nrm -rf /var/lib/apt/lists/*\nE\n`],
    ],
  },
  DL3010: {
    bad: [
      `${from}COPY a.tar.gz /x/\nRUN tar -xzf /x/a.tar.gz\n`,
      `${from}COPY a /b.tgz\nRUN tar xf /b.tgz\n`,
      `${from}COPY a.xz /\nRUN unxz a.xz\n`,
    ],
    good: [
      `${from}COPY a.tar /x/\n`,
      `${from}COPY --from=b:1 /a.tar /\nRUN tar -xf a.tar\n`,
      `${from}COPY a.tar /\nRUN tar -cf b.tar a\n`,
    ],
  },
  DL3011: {
    bad: [`${from}EXPOSE 65536\n`, `${from}EXPOSE 80 70000/tcp\n`, `${from}EXPOSE 80-65536\n`],
    good: [`${from}EXPOSE 0 65535 80/udp\n`, `${from}EXPOSE $PORT\n`, `${from}EXPOSE 80-90\n`],
  },
  DL3012: {
    bad: [`${from}HEALTHCHECK CMD ["a"]\nHEALTHCHECK NONE\n`],
    good: [`${from}HEALTHCHECK NONE\nFROM a:1\nHEALTHCHECK NONE\n`],
    fix: [[`${from}HEALTHCHECK CMD ["a"]\nUSER 1\nHEALTHCHECK NONE\n`, `${from}USER 1\nHEALTHCHECK NONE\n`]],
  },
  DL3013: run(
    [
      'pip install a',
      'pip3 install a==1 b',
      'python3 -m pip install a',
      'pip install git+https://x/y',
      'pip install -i https://x a',
      'pipx install a',
    ],
    [
      'pip install a==1',
      'pip install "a>=1"',
      'pip install -r r.txt',
      'pip install .',
      'pip install a.whl',
      'pip install git+https://x/y@1',
      'pip install -c c.txt a',
      'pip list',
      'pip install --upgrade a~=1',
      'pipenv install a',
    ],
  ),
  DL3014: run(
    ['apt-get install a', 'apt-get -q install a'],
    [
      'apt-get install -y a',
      'apt-get -yq install a',
      'apt-get --assume-yes install a',
      'apt-get -qq install a',
      'apt-get -q -q install a',
      'apt-get -q=2 install a',
      'apt-get update',
    ],
    [
      ['apt-get install a=1', 'apt-get install -y a=1'],
      ['apt-get \\\n  -q install \\\n  a=1', 'apt-get \\\n  -q install -y \\\n  a=1'],
    ],
  ),
  DL3015: run(
    ['apt-get install -y a', 'apt-get -o X=y install -y a'],
    [
      'apt-get install -y --no-install-recommends a',
      'apt-get install -o APT::Install-Recommends=false a',
      'apt-get update',
    ],
    [['apt-get install -y a', 'apt-get install --no-install-recommends -y a']],
  ),
  DL3016: run(
    [
      'npm install a',
      'npm install -g a@1 b',
      'npm i a',
      'npm install @a/b',
      'npm install git+https://x/y.git',
      'npm install --registry http://x a',
    ],
    [
      'npm install',
      'npm install a@1',
      'npm install @a/b@1',
      'npm install ./a',
      'npm install a.tgz',
      'npm install git+https://x/y.git#1',
      'npm run a',
      'npm run install a',
    ],
  ),
  DL3018: run(
    ['apk add a', 'apk add --no-cache a=1 b', 'apk --update add -t x a'],
    ['apk add a=1', 'apk add "a>1"', 'apk add a~1', 'apk add ./a.apk', 'apk add --virtual x a=1', 'apk update'],
  ),
  DL3019: run(
    ['apk add a=1', 'apk add --update a=1'],
    [
      'apk add --no-cache a=1',
      'apk --no-cache add a=1',
      '--mount=type=cache,target=/var/cache/apk apk add a=1',
      'apk del a',
    ],
    [['apk add a=1', 'apk add --no-cache a=1']],
  ),
  DL3020: {
    bad: [`${from}ADD a /b\n`, `${from}ADD a.tar.gz b /c/\n`, `${from}ADD ["a", "/b"]\n`],
    good: [
      `${from}ADD a.tar.gz /b\n`,
      `${from}ADD https://a/b /c\n`,
      `${from}ADD git@a:b/c.git /d\n`,
      `${from}COPY a /b\n`,
    ],
    fix: [[`${from}ADD --chown=1 a /b\n`, `${from}COPY --chown=1 a /b\n`]],
  },
  DL3021: {
    bad: [`${from}COPY a b /c\n`, `${from}COPY ["a", "b", "/c"]\n`],
    good: [`${from}COPY a b /c/\n`, `${from}COPY a /c\n`, `${from}COPY ["a", "b", "/c/"]\n`],
    fix: [
      [`${from}COPY a b /c\n`, `${from}COPY a b /c/\n`],
      [`${from}COPY ["a", "b", "/c"]\n`, `${from}COPY ["a", "b", "/c/"]\n`],
    ],
  },
  DL3022: {
    bad: [`${from}COPY --from=x /a /b\n`, `${from}COPY --from=1 /a /b\n`],
    good: [
      `FROM a:1 AS x\nFROM b:1\nCOPY --from=x /a /b\nCOPY --from=0 /a /b\n`,
      `${from}COPY --from=a:1 /a /b\n`,
      `${from}COPY --from= /a /b\n`,
      `FROM a:1 AS x\nFROM b:1\nCOPY --from=X /a /b\n`,
    ],
  },
  DL3023: {
    bad: [`FROM a:1 AS x\nCOPY --from=x /a /b\n`],
    good: [`FROM a:1 AS x\nFROM b:1 AS y\nCOPY --from=x /a /b\n`],
  },
  DL3024: {
    bad: [`FROM a:1 AS x\nFROM b:1 AS x\n`, `FROM a:1 AS x\nFROM b:1 AS X\n`],
    good: [`FROM a:1 AS x\nFROM b:1 AS y\n`],
  },
  DL3025: {
    bad: [
      `${from}CMD a b\n`,
      `${from}ENTRYPOINT a\n`,
      `${from}HEALTHCHECK --retries=1 CMD a\n`,
      `${from}CMD ["a", b]\n`,
    ],
    good: [`${from}CMD ["a", "b"]\n`, `${from}HEALTHCHECK NONE\n`, `${from}RUN a\n`],
    fix: [
      [`${from}CMD a 'b c' "d"\n`, `${from}CMD ["a", "b c", "d"]\n`],
      [`${from}CMD exec \\\n  a\n`, `${from}CMD ["a"]\n`],
      [`${from}HEALTHCHECK --retries=1 CMD a b\n`, `${from}HEALTHCHECK --retries=1 CMD ["a", "b"]\n`],
    ],
  },
  DL3026: {
    bad: [
      'FROM a.b/c:1\n',
      'FROM c:1\n',
      'FROM x.c/a:1 AS y\nCOPY --from=a.b/c:1 /a /b\n',
      'FROM x.c/a:1\nRUN --mount=from=a.b/c:1,target=/d e\n',
    ],
    good: [
      'FROM x.c/a:1\n',
      'FROM y.d/b:1\n',
      'FROM scratch\n',
      'FROM x.c/a:1 AS z\nFROM z\nCOPY --from=z /a /b\nCOPY --from=0 /a /b\n',
      'FROM e.f/a:1\n',
    ],
    settings: { allowedRegistries: ['x.c', '*.d', 'e.*'] },
  },
  DL3027: run(
    ['apt install a', 'apt-get update && apt update'],
    ['apt-get install a', 'apt-cache search a', 'echo apt'],
    [
      ['apt install -y a=1', 'apt-get install -y a=1'],
      ['/usr/bin/apt show a', '/usr/bin/apt-cache show a'],
    ],
  ),
  DL3028: run(
    ['gem install a', 'gem i a:1 b', 'gem install --no-document a'],
    [
      'gem install a:1',
      'gem install a -v 1',
      'gem install a --version=1',
      'gem install --install-dir x a:1',
      'gem install a:1 -- --with-b c',
      'gem list',
    ],
  ),
  DL3029: {
    bad: ['FROM --platform=linux/amd64 a:1\n'],
    good: [
      'FROM a:1\n',
      'FROM --platform=$BUILDPLATFORM a:1\n',
      'FROM --platform=${TARGETPLATFORM:-linux/amd64} a:1\n',
    ],
  },
  DL3030: run(
    ['yum install a-1', 'yum localinstall a.rpm'],
    ['yum -y install a-1', 'yum install --assumeyes a-1', 'yum info a'],
    [['yum install a-1', 'yum install -y a-1']],
  ),
  DL3032: run(
    ['yum install -y a-1', 'yum clean all && yum install -y a-1'],
    [
      'yum install -y a-1 && yum clean all',
      'yum install -y a-1 && rm -rf /var/cache/yum',
      'yum info a',
      '--mount=type=cache,target=/var/cache/yum yum install -y a-1',
    ],
    [['yum install -y a-1', 'yum install -y a-1 && yum clean all']],
  ),
  DL3033: run(
    ['yum install -y a', 'yum install -y a-b', 'yum module install -y a'],
    ['yum install -y a-1', 'yum install -y a-b-1.2', 'yum install -y a.rpm', 'yum module install -y a:1', 'yum info a'],
  ),
  DL3034: run(
    ['zypper install a=1', 'zypper rm a'],
    ['zypper -n install a=1', 'zypper install -y a=1', 'zypper --non-interactive in a=1', 'zypper search a'],
    [['zypper in a=1', 'zypper in -y a=1']],
  ),
  DL3035: run(['zypper dup', 'zypper -n dist-upgrade'], ['zypper update', 'zypper search a']),
  DL3036: run(
    ['zypper install -y a=1', 'zypper clean && zypper in -y a=1'],
    [
      'zypper in -y a=1 && zypper clean',
      'zypper in -y a=1 && zypper cc -a',
      '--mount=type=cache,target=/var/cache/zypp zypper in -y a=1',
    ],
    [['zypper in -y a=1', 'zypper in -y a=1 && zypper clean']],
  ),
  DL3037: run(
    ['zypper install -y a', 'zypper in -y a=1 b'],
    ['zypper in -y a=1', 'zypper in -y "a>=1"', 'zypper in -y a.rpm'],
  ),
  DL3038: run(
    ['dnf install a-1', 'microdnf install a-1'],
    ['dnf -y install a-1', 'dnf install --assumeyes a-1'],
    [['microdnf install a-1', 'microdnf install -y a-1']],
  ),
  DL3040: run(
    ['dnf install -y a-1', 'microdnf update -y && microdnf install -y a-1', 'dnf -y upgrade'],
    [
      'dnf install -y a-1 && dnf clean all',
      '--mount=type=cache,target=/var/cache/libdnf5 dnf install -y a-1',
      'dnf info a',
    ],
    [['dnf install -y a-1', 'dnf install -y a-1 && dnf clean all']],
  ),
  DL3041: run(
    ['dnf install -y a', 'microdnf install -y a-b'],
    ['dnf install -y a-1', 'dnf install -y @a', 'dnf module install -y a:1', 'dnf group install -y a'],
  ),
  DL3042: {
    ...run(
      ['pip install a==1', 'python -m pip install a==1'],
      [
        'pip install --no-cache-dir a==1',
        'PIP_NO_CACHE_DIR=1 pip install a==1',
        '--mount=type=cache,target=/root/.cache/pip pip install a==1',
        'pip list',
        'pipx install a==1',
      ],
      [['pip install a==1', 'pip install --no-cache-dir a==1']],
    ),
  },
  DL3043: {
    bad: [`${from}ONBUILD ONBUILD RUN a\n`, `${from}ONBUILD FROM a:1\n`, `${from}ONBUILD MAINTAINER a\n`],
    good: [`${from}ONBUILD RUN a\n`],
  },
  DL3044: {
    bad: [`${from}ENV A=1 B=$A\n`, `${from}ENV A=1 B="x\${A}y"\n`, `${from}ENV A=$A/1 A=$A/2\n`],
    good: [
      `${from}ENV A=1\nENV B=$A\n`,
      `${from}ENV A=1 B=$AB\n`,
      `${from}ENV A=$A/x\n`,
      `${from}ARG A\nENV A=1 B=$A\n`,
    ],
  },
  DL3045: {
    bad: [`${from}COPY a b\n`, `${from}COPY a ./\n`, `FROM a:1\nWORKDIR /x\nFROM b:1\nCOPY a b\n`],
    good: [
      `${from}COPY a /b\n`,
      `${from}WORKDIR /x\nCOPY a b\n`,
      `${from}COPY a $B\n`,
      `${from}COPY a C:\\b\n`,
      `FROM a:1 AS x\nWORKDIR /x\nFROM x\nCOPY a b\n`,
    ],
  },
  DL3046: run(
    ['useradd -u 123456 a', 'useradd --uid 123456 a'],
    ['useradd -u 1234 a', 'useradd -l -u 123456 a', 'useradd --no-log-init -u 123456 a', 'useradd a'],
    [['useradd -u 123456 a', 'useradd -l -u 123456 a']],
  ),
  DL3047: run(
    ['wget http://a', 'a || wget -O b http://a'],
    [
      'wget -q http://a',
      'wget -nv http://a',
      'wget --progress=dot:giga http://a',
      'wget -o log http://a',
      'curl http://a',
    ],
    [['wget http://a', 'wget --progress=dot:giga http://a']],
  ),
  DL3048: {
    bad: [
      `${from}LABEL A=1\n`,
      `${from}LABEL 1a=1\n`,
      `${from}LABEL a.=1\n`,
      `${from}LABEL a..b=1\n`,
      `${from}LABEL com.docker.a=1\n`,
      `${from}LABEL "a b"=1\n`,
    ],
    good: [`${from}LABEL a=1 a.b-c.d/e=2\n`, `${from}LABEL a_b1=1\n`],
  },
  DL3049: {
    bad: [from, `${from}LABEL b=1\n`, `FROM a:1 AS x\nLABEL a=1\nFROM b:1\n`],
    good: [
      `${from}LABEL a=1\n`,
      `FROM a:1 AS x\nLABEL a=1\nFROM x\n`,
      `FROM a:1 AS x\nFROM b:1\nLABEL a=1\nCOPY --from=x /a /b\n`,
      `FROM a:1 AS x\nFROM x\nLABEL a=1\n`,
    ],
    settings: { labelSchema: { a: 'text' } },
  },
  DL3050: {
    ...labels({ a: 'text' }, ['b=1', 'a=1 b=2'], ['a=1']),
    settings: { labelSchema: { a: 'text' }, strictLabels: true },
  },
  DL3051: labels({ a: 'text' }, ['a=""', 'a='], ['a=1', 'b=""', 'a=$B']),
  DL3052: labels({ a: 'url' }, ['a=b', 'a="http://a b"'], ['a=https://a.b/c?d#e', 'b=c', 'a=$B']),
  DL3053: labels(
    { a: 'rfc3339' },
    ['a=b', 'a=2026-02-30T00:00:00Z', 'a=2026-01-01'],
    ['a=2026-01-01T00:00:00Z', 'a=2026-01-01T00:00:00.5+02:00'],
  ),
  DL3054: labels(
    { a: 'spdx' },
    ['a=b', 'a="MIT AND"'],
    ['a=MIT', 'a="MIT OR (Apache-2.0 AND GPL-2.0-only WITH Classpath-exception-2.0)"', 'a=GPL-2.0+'],
  ),
  DL3055: labels({ a: 'hash' }, ['a=b', 'a=1234567g', 'a=12345678'], ['a=1234567', `a=${'0a'.repeat(20)}`]),
  DL3056: labels({ a: 'semver' }, ['a=1', 'a=1.2', 'a=v1.2.3', 'a=01.2.3'], ['a=1.2.3', 'a=1.2.3-rc.1+b']),
  DL3057: {
    bad: [from, `${from}RUN a\n`, `FROM a:1 AS x\nHEALTHCHECK NONE\nFROM b:1\n`],
    good: [
      `${from}HEALTHCHECK NONE\n`,
      `FROM a:1 AS x\nHEALTHCHECK NONE\nFROM x\n`,
      `FROM a:1 AS x\nFROM x\nHEALTHCHECK NONE\n`,
    ],
    settings: { severities: { DL3057: 'info' } },
  },
  DL3058: labels({ a: 'email' }, ['a=b', 'a=b@', 'a="b c@d.e"'], ['a=b@c.d', 'a=b.c+d@e.f']),
  DL3059: {
    bad: [`${from}RUN a\nRUN b\n`, `${from}RUN a\n# c\nRUN b\n`, `${from}RUN --network=none a\nRUN --network=none b\n`],
    good: [
      `${from}RUN a\nUSER 1\nRUN b\n`,
      `${from}RUN a && b\nRUN c\n`,
      `${from}RUN a\nRUN b; c\n`,
      `${from}RUN --network=none a\nRUN b\n`,
    ],
    fix: [[`${from}RUN a\nRUN b\n`, `${from}RUN a \\\n    && b\n`]],
  },
  DL3060: {
    bad: [`${from}RUN yarn install\n`, `${from}RUN yarn cache clean && yarn install\n`],
    good: [
      `${from}RUN yarn install && yarn cache clean\n`,
      `${from}RUN --mount=type=cache,target=/root/.cache/yarn yarn install\n`,
      `FROM a:1 AS x\nRUN yarn install\nFROM b:1\nCOPY --from=x /a /b\n`,
      `${from}RUN yarn build\n`,
    ],
    fix: [[`${from}RUN yarn install\n`, `${from}RUN yarn install && yarn cache clean\n`]],
  },
  DL3061: {
    bad: [`RUN a\n${from}`, `ARG A=1\nUSER 1\n${from}`, 'LABEL a=1\n'],
    good: [from, `ARG A=1\n# c\n${from}RUN a\n`],
  },
  DL3062: run(
    ['go install a/b', 'go get -u a/b@latest', 'go run a/b@latest c'],
    ['go install a/b@v1', 'go get ./...', 'go run . a', 'go build a/b', 'go install -tags x a/b@v1', 'go get'],
  ),
  DL3063: {
    bad: ['FROM a:1 AS scratch\n', 'FROM a:1 AS context\n'],
    good: ['FROM a:1 AS scratchy\n', 'FROM scratch\n'],
  },
  DL3064: {
    bad: [`${from}ARG API_KEY\n`, `${from}ENV A=1 my_password=b\n`, `${from}ENV GITHUB_TOKEN=a\n`],
    good: [`${from}ARG KEY\n`, `${from}ENV A=token\n`],
  },
  DL3065: {
    bad: ['FROM --platform=$TARGETPLATFORM a:1\n', 'FROM --platform=${TARGETPLATFORM} a:1\n'],
    good: ['FROM --platform=$BUILDPLATFORM a:1\n', 'FROM a:1\n'],
    fix: [['FROM --platform=$TARGETPLATFORM a:1\n', 'FROM a:1\n']],
  },
  DL3066: {
    bad: [`${from}USER a\n`, `${from}USER a:1\n`],
    good: [`${from}USER 1\n`, `${from}USER 1:a\n`, `${from}ARG U\nUSER $U\n`, `${from}ARG U\nUSER \${U}:1\n`],
  },
  DL3067: {
    bad: [`FROM a:1 AS x\nFROM b:1\nCOPY --from=x / /\n`],
    good: [`FROM a:1 AS x\nFROM b:1\nCOPY --from=x /a /\n`, `${from}COPY / /\n`],
  },
  DL4000: {
    bad: [`${from}MAINTAINER a\n`],
    good: [`${from}LABEL a=b\n`],
    fix: [[`${from}MAINTAINER A <a@b.c>\n`, `${from}LABEL org.opencontainers.image.authors="A <a@b.c>"\n`]],
  },
  DL4001: {
    bad: [`${from}RUN wget -q a && curl b\n`, `${from}RUN wget -q a\nRUN curl b\n`],
    good: [
      `${from}RUN curl a\nRUN curl b\n`,
      `FROM a:1\nRUN curl a\nFROM b:1\nRUN wget -q b\n`,
      `${from}RUN apt-get install curl wget\n`,
    ],
  },
  DL4003: {
    bad: [`${from}CMD ["a"]\nCMD ["b"]\n`],
    good: [`${from}CMD ["a"]\nFROM b:1\nCMD ["b"]\n`],
    fix: [[`${from}CMD ["a"]\nCMD ["b"]\nCMD ["c"]\n`, `${from}CMD ["c"]\n`]],
  },
  DL4004: {
    bad: [`${from}ENTRYPOINT ["a"]\nENTRYPOINT ["b"]\n`],
    good: [`${from}ENTRYPOINT ["a"]\nFROM b:1\nENTRYPOINT ["b"]\n`],
    fix: [[`${from}ENTRYPOINT ["a"]\nENTRYPOINT ["b"]\n`, `${from}ENTRYPOINT ["b"]\n`]],
  },
  DL4005: run(['ln -sf /bin/bash /bin/sh', 'a && ln -s /bin/bash /bin/sh'], ['ln -s /a /b', 'echo /bin/sh']),
  DL4006: {
    bad: [
      `${from}RUN a | b\n`,
      `${from}RUN x=$(a | b)\n`,
      `${from}SHELL ["/bin/sh", "-c"]\nRUN a | b\n`,
      `FROM a:1\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nFROM b:1\nRUN a | b\n`,
    ],
    good: [
      `${from}SHELL ["/bin/bash", "-eo", "pipefail", "-c"]\nRUN a | b\n`,
      `${from}RUN a || b\n`,
      `${from}SHELL ["pwsh", "-c"]\nRUN a | b\n`,
      `FROM a:1 AS x\nSHELL ["/bin/ash", "-o", "pipefail", "-c"]\nFROM x\nRUN a | b\n`,
      `${from}RUN echo "a | b"\n`,
    ],
    fix: [[`${from}RUN a | b\n`, `${from}SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN a | b\n`]],
  },
};
