import assert from 'node:assert/strict';
import { noKnowledge, type FileFacts, type Knowledge } from '../../../language-server/src/knowledge/knowledge.ts';
import { defaultSettings } from '../../../language-server/src/language/settings.ts';
import { accept, at, completions, contextWith, labels } from './ask.ts';

function has(offered: readonly string[], ...wanted: string[]): void {
  for (const label of wanted) assert.ok(offered.includes(label), `${label} is not in ${offered.join(' ')}`);
}

function hasNot(offered: readonly string[], ...unwanted: string[]): void {
  for (const label of unwanted) assert.ok(!offered.includes(label), `${label} is in ${offered.join(' ')}`);
}

const known = <T>(value: T) => ({ kind: 'known', value }) as const;

const image: Knowledge = {
  ...noKnowledge,
  image: () =>
    known({
      digest: 'sha256:1',
      id: 'sha256:2',
      size: 7_000_000,
      created: '2026-01-02T00:00:00Z',
      platform: 'linux/amd64',
      env: ['PATH=/opt/bin:/bin', 'LANG=C.UTF-8'],
      user: '',
      workingDir: '',
      entrypoint: [],
      cmd: ['sh'],
      exposedPorts: [],
      volumes: [],
      labels: {},
      shell: [],
      hasHealthcheck: false,
      stopSignal: undefined,
      onBuild: [],
    }),
  images: () => known([{ reference: 'alpine:3.20', size: 7_000_000, created: '2026-01-02T00:00:00Z', where: 'store' }]),
  tags: (repository) =>
    known([{ reference: `${repository}:edge`, size: undefined, created: undefined, where: 'registry' }]),
  repositories: (registry) => known([`${registry}/team/web`]),
  logIns: () => known(['mine.example', 'docker.io']),
  imageFiles: (_reference, path): ReturnType<Knowledge['imageFiles']> => {
    const entry = (name: string, kind: FileFacts['kind']): FileFacts => ({
      name,
      kind,
      size: 1,
      mode: 0o755,
      target: undefined,
    });
    if (path === '/') return known([entry('etc', 'directory'), entry('init', 'file')]);
    return path === '/etc/' ? known([entry('hosts', 'file')]) : { kind: 'absent' };
  },
  imageUsers: () =>
    known([
      { name: 'root', id: 0 },
      { name: 'www', id: 33 },
    ]),
  imageGroups: () => known([{ name: 'staff', id: 50 }]),
  imagePrograms: (_reference, path) => known(path.includes('/opt/bin') ? ['apk', 'tool'] : []),
};
const engine = contextWith({ knowledge: image });

describe('completion in Dockerfiles', () => {
  it('offers instructions and idioms where one begins', () => {
    has(labels(at('FROM a', '|')), 'RUN', 'COPY', 'RUN <<EOF', 'RUN apt-get install');
    assert.equal(accept(at('FROM a', 'ru|'), 'RUN'), 'FROM a\nRUN ');
    assert.equal(accept(at('from a', 'ru|'), 'run'), 'from a\nrun ');
  });

  it('offers no snippet to a client that knows none', () => {
    const context = contextWith({ client: { ...contextWith().client, snippets: false } });
    hasNot(labels(at('|'), context), 'RUN <<EOF');
  });

  it('offers nothing in comments, and instructions that ONBUILD may keep', () => {
    assert.deepEqual(labels(at('FROM a', '# c|')), []);
    const offered = labels(at('FROM a', 'ONBUILD |'));
    has(offered, 'RUN', 'COPY');
    hasNot(offered, 'FROM', 'ONBUILD', 'MAINTAINER');
  });

  it('offers parser directives and their values', () => {
    assert.deepEqual(labels(at('# |')), ['syntax', 'escape', 'check']);
    has(labels(at('# syntax=|')), 'docker/dockerfile:1');
    has(labels(at('# check=|')), 'skip=', 'error=true');
    assert.deepEqual(labels(at('FROM a', '# |')), []);
  });

  it('offers the checks of check=skip= that are not there yet', () => {
    const offered = labels(at('# check=skip=StageNameCasing,|'));
    has(offered, 'FromAsCasing', 'UndefinedVar');
    hasNot(offered, 'StageNameCasing');
    assert.equal(accept(at('# check=skip=Fr|'), 'FromAsCasing'), '# check=skip=FromAsCasing');
  });

  it('offers flags that are not there yet', () => {
    const offered = labels(at('FROM a', 'COPY --link --|'));
    has(offered, '--from', '--chmod', '--exclude', '--parents');
    hasNot(offered, '--link');
    has(labels(at('FROM a', 'RUN --mount=type=ssh --|')), '--mount', '--network', '--security');
    has(labels(at('FROM a', 'ADD --|')), '--checksum', '--unpack', '--keep-git-dir');
    assert.equal(accept(at('FROM a', 'COPY --fr|'), '--from'), 'FROM a\nCOPY --from=');
  });

  it('offers values of flags', () => {
    has(labels(at('FROM --platform=|')), 'linux/arm64', '$BUILDPLATFORM');
    has(labels(at('FROM a', 'RUN --network=|')), 'none', 'host');
    has(labels(at('FROM a', 'COPY --chmod=|')), '0755', 'u=rwX,go=rX');
    has(labels(at('FROM a', 'HEALTHCHECK --interval=|')), '30s');
  });

  it('offers mounts, their keys and values, and none twice', () => {
    has(labels(at('FROM a', 'RUN --mount=|')), 'type=cache', 'type=secret');
    has(labels(at('FROM a', 'RUN --mount=type=|')), 'bind', 'cache', 'tmpfs', 'secret', 'ssh');
    const keys = labels(at('FROM a', 'RUN --mount=type=cache,target=/x,|'));
    has(keys, 'sharing', 'id', 'ro');
    hasNot(keys, 'target', 'env');
    assert.deepEqual(labels(at('FROM a', 'RUN --mount=type=cache,sharing=|')), ['shared', 'locked', 'private']);
    has(labels(at('FROM a', 'RUN --mount=type=cache,target=|')), '/root/.npm');
    has(labels(at('FROM a', 'RUN --mount=type=cache,id=npm,target=/a x', 'RUN --mount=type=cache,id=|')), 'npm');
    assert.equal(
      accept(at('FROM a', 'RUN --mount=type=cache,sh|'), 'sharing'),
      'FROM a\nRUN --mount=type=cache,sharing=',
    );
  });

  it('offers earlier stages, and never the stage itself', () => {
    const file = ['FROM a AS one', 'FROM b AS two', 'COPY --from=|', 'FROM c AS three'];
    const offered = labels(at(...file));
    has(offered, 'one');
    hasNot(offered, 'two', 'three');
    has(labels(at('FROM a AS one', 'FROM |')), 'one', 'scratch');
    hasNot(labels(at('FROM a', 'FROM |')), '0');
    has(labels(at('FROM a AS one', 'FROM b', 'RUN --mount=type=bind,from=|')), 'one');
  });

  it('offers images of the store with size and age, and tags of the registry', () => {
    const item = completions(at('FROM |'), engine).find(({ label }) => label === 'alpine:3.20');
    assert.match(item?.detail ?? '', /on this machine, 7MB, 2026-01-02/);
    hasNot(labels(at('FROM alpine:|'), engine), 'alpine:edge');
    const asking = contextWith({ knowledge: image, settings: { ...defaultSettings, askRegistries: true } });
    has(labels(at('FROM alpine:|'), asking), 'alpine:edge');
    assert.equal(accept(at('FROM alp|'), 'alpine:3.20', engine), 'FROM alpine:3.20');
  });

  it('asks a registry that the user has logged in to, once its name stands there, and no other', () => {
    has(labels(at('FROM mine.example/|'), engine), 'mine.example/team/web');
    has(labels(at('FROM mine.example/team/web:|'), engine), 'mine.example/team/web:edge');
    assert.equal(accept(at('FROM mine.example/te|'), 'mine.example/team/web', engine), 'FROM mine.example/team/web');
    for (const typed of ['theirs.example/|', 'mine.exampl|', 'mine.example|', 'team/|']) {
      hasNot(labels(at(`FROM ${typed}`), engine), 'theirs.example/team/web', 'mine.example/team/web', 'team/team/web');
    }
    hasNot(labels(at('FROM theirs.example/x:|'), engine), 'theirs.example/x:edge');
    // Of Docker Hub only where it is named: every other word would go there.
    hasNot(labels(at('FROM team/x:|'), engine), 'team/x:edge');
    has(labels(at('FROM docker.io/team/x:|'), engine), 'docker.io/team/x:edge');
    const asking = contextWith({ knowledge: image, settings: { ...defaultSettings, askRegistries: true } });
    has(labels(at('FROM theirs.example/|'), asking), 'theirs.example/team/web');
    hasNot(labels(at('FROM team/|'), asking), 'team/team/web');
  });

  it('offers well-known images without any engine', () => {
    has(labels(at('FROM |')), 'alpine', 'node');
  });

  it('offers variables with their values, those of the stage alone', () => {
    const file = ['ARG V=1', 'FROM a:$V AS x', 'ARG V', 'ENV NAME=x$V', 'RUN echo $|', 'ENV LATER=1'];
    const items = completions(at(...file));
    assert.equal(items.find(({ label }) => label === 'NAME')?.detail, 'x1');
    hasNot(
      items.map(({ label }) => label),
      'LATER',
    );
    has(labels(at('ARG V=1', 'ARG W=2', 'FROM $|')), 'V', 'W', 'TARGETARCH');
    assert.equal(accept(at('FROM a', 'ENV NAME=1', 'WORKDIR /${N|'), 'NAME'), 'FROM a\nENV NAME=1\nWORKDIR /${NAME}');
    assert.equal(accept(at('FROM a', 'ENV NAME=1', 'WORKDIR /${N|}'), 'NAME'), 'FROM a\nENV NAME=1\nWORKDIR /${NAME}');
    has(labels(at('FROM a', 'RUN $|'), engine), 'LANG');
    has(labels(at('FROM a', 'ENV A=1', 'WORKDIR ${A:|')), ':-', ':+', ':?');
  });

  it('offers files of the context, those that .dockerignore excludes last', () => {
    const context = contextWith(
      {},
      { '.dockerignore': 'secret*\n', src: undefined, 'src/a.c': '1', 'secret.key': '2' },
    );
    const items = completions(at('FROM a', 'COPY |'), context);
    has(
      items.map(({ label }) => label),
      'src/',
      'secret.key',
    );
    assert.match(items.find(({ label }) => label === 'secret.key')?.detail ?? '', /excluded/);
    assert.deepEqual(labels(at('FROM a', 'COPY src/|'), context), ['a.c']);
    assert.equal(accept(at('FROM a', 'COPY src/a|'), 'a.c', context), 'FROM a\nCOPY src/a.c');
    assert.deepEqual(labels(at('FROM a', 'COPY ../|'), context), []);
    has(labels(at('FROM a', 'COPY ["|'), context), 'src/');
  });

  it('offers the real files of the image that is copied from', () => {
    has(labels(at('FROM a', 'COPY --from=img |'), engine), '/etc/', '/init');
    assert.deepEqual(labels(at('FROM a', 'COPY --from=img /etc/|'), engine), ['hosts']);
    has(labels(at('FROM img AS one', 'FROM b', 'COPY --from=one /etc/|'), engine), 'hosts');
  });

  it('offers destinations: folders that the file names, and those of the base image', () => {
    has(labels(at('FROM a', 'WORKDIR /app', 'COPY x |'), engine), '/app/', '/etc/');
  });

  it('offers users and groups of the base image, and those that the file makes', () => {
    has(labels(at('FROM a', 'USER |'), engine), 'root', 'www');
    has(labels(at('FROM a', 'USER www:|'), engine), 'staff');
    has(labels(at('FROM a', 'RUN useradd -m app', 'USER |')), 'app', 'root');
    has(labels(at('FROM a', 'COPY --chown=|'), engine), 'www');
  });

  it('offers programs of the real PATH as first words, then their commands and options', () => {
    const offered = labels(at('FROM a', 'RUN |'), engine);
    has(offered, 'apk', 'tool');
    hasNot(offered, 'apt-get');
    has(labels(at('FROM a', 'RUN |')), 'apt-get', 'apk');
    has(labels(at('FROM a', 'RUN apt-get |')), 'install', 'update');
    has(labels(at('FROM a', 'RUN apt-get update && \\', '    apt-get install |')), '--no-install-recommends', '-y');
    hasNot(labels(at('FROM a', 'RUN apt-get install -y |')), '-y', 'update');
    has(labels(at('FROM a', 'RUN <<EOF', 'npm |', 'EOF')), 'ci');
    has(labels(at('FROM a', 'RUN X=1 sudo |')), 'curl');
  });

  it('offers ports, signals, labels, shells and healthchecks', () => {
    has(labels(at('FROM a', 'EXPOSE |')), '80', '53/udp');
    has(labels(at('FROM a', 'STOPSIGNAL |')), 'SIGTERM', 'SIGQUIT');
    has(labels(at('FROM a', 'LABEL |')), 'org.opencontainers.image.source');
    has(labels(at('FROM a', 'SHELL |')), '["/bin/bash", "-o", "pipefail", "-c"]');
    has(labels(at('FROM a', 'HEALTHCHECK |')), 'CMD', 'NONE', '--interval');
    has(labels(at('FROM a', 'HEALTHCHECK CMD cu|')), 'curl');
    has(labels(at('FROM a |')), 'AS');
  });

  it('answers in any place of a broken file', () => {
    const text = 'FROM a\nRUN --mount=type=cache,target="/x y" <<EOF "a\nb$\nCOPY ["a", "\nENV A="${B:-${C\n';
    for (let offset = 0; offset <= text.length; offset++) {
      const { view } = at(text.slice(0, offset));
      assert.ok(Array.isArray(completions({ view, offset, text: view.document.text })));
    }
  });
});
