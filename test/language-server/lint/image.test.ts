// Rules that ask the image and the build's context: each is silent until it knows.

import assert from 'node:assert/strict';
import { analyse } from '../../../runtime/src/spec/dockerfile/analyse.ts';
import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import {
  noKnowledge,
  type FileFacts,
  type ImageFacts,
  type Knowledge,
  type Known,
  type ProgramFacts,
} from '../../../language-server/src/knowledge/knowledge.ts';
import { defaultSettings, Linter, type LintOptions } from '../../../language-server/src/lint/lint.ts';

const facts: ImageFacts = {
  digest: undefined,
  id: 'sha256:1',
  size: 1,
  created: undefined,
  platform: 'linux/amd64',
  env: ['PATH=/bin'],
  user: '',
  workingDir: '',
  entrypoint: [],
  cmd: [],
  exposedPorts: [],
  volumes: [],
  labels: {},
  shell: [],
  hasHealthcheck: false,
  stopSignal: undefined,
  onBuild: [],
};
const known = <T>(value: T): Known<T> => ({ kind: 'known', value });
const absent = { kind: 'absent' } as const;

/** An image with these files; its programs are in /bin. */
function image(files: Readonly<Record<string, Partial<ProgramFacts>>>, more: Partial<ImageFacts> = {}): Knowledge {
  const has = (path: string) => Object.hasOwn(files, path);
  const file = (name: string): FileFacts => ({ name, kind: 'file', size: 1, mode: 0o755, target: undefined });
  const program = (path: string): ProgramFacts => ({
    executable: true,
    architecture: undefined,
    interpreter: undefined,
    carriageReturn: false,
    ...files[path],
  });
  return {
    ...noKnowledge,
    image: () => known({ ...facts, ...more }),
    imageFile: (_image, path) => (has(path) ? known(file(path)) : absent),
    imageProgram: (_image, path) => (has(path) ? known(program(path)) : absent),
    imagePrograms: () => known(Object.keys(files).map((path) => path.slice(path.lastIndexOf('/') + 1))),
    imageUsers: () => known([{ name: 'root', id: 0 }]),
    imageGroups: () => known([{ name: 'root', id: 0 }]),
  };
}

function fired(id: string, text: string, options: Partial<LintOptions>): string[] {
  const model = analyse(parseDockerfile(text));
  const found = new Linter({ settings: defaultSettings, ...options }).lint(model);
  return found.filter((each) => each.code === id || each.ids.includes(id)).map(({ message }) => message);
}

function check(id: string, options: Partial<LintOptions>, bad: readonly string[], good: readonly string[]): void {
  for (const text of bad) {
    assert.equal(fired(id, text, options).length, 1, `${id} does not fire: ${text}`);
    const base = /FROM scratch/.test(text) ? 1 : 0;
    assert.equal(fired(id, text, {}).length, base, `${id} fires though nobody knows: ${text}`);
  }
  for (const text of good) assert.deepEqual(fired(id, text, options), [], text);
}

const withSh = image({ '/bin/sh': {}, '/etc/hosts': {} });

describe('rules that ask the image', () => {
  it('missing-source', () => {
    const contextFile = (path: string): Known<FileFacts> =>
      path === 'a' || path === 'dir/b'
        ? known({ name: path, kind: 'file', size: 1, mode: 0o644, target: undefined })
        : absent;
    check(
      'missing-source',
      { contextFile, knowledge: withSh },
      [
        'FROM a\nCOPY nosuch /x\n',
        'FROM a\nCOPY ["a", "no such", "/x/"]\n',
        'FROM a\nCOPY --from=img /nosuch /x\n',
        'FROM img AS one\nFROM a\nCOPY --from=one nosuch /x\n',
      ],
      [
        'FROM a\nCOPY a dir/b /x/\n',
        'FROM a\nCOPY nosuch* $X /x/\n',
        'FROM a\nADD https://example.com/nosuch /x\n',
        'FROM a\nCOPY --from=img /etc/hosts etc/hosts /x/\n',
        'FROM img AS one\nRUN touch /nosuch\nFROM a\nCOPY --from=one /nosuch /x\n',
        'FROM a\nCOPY <<EOF /x\nnosuch\nEOF\n',
      ],
    );
  });

  it('missing-shell', () => {
    check(
      'missing-shell',
      { knowledge: image({}) },
      ['FROM img\nRUN ls\n', 'FROM scratch\nRUN ls\n', 'FROM scratch AS a\nFROM a\nRUN <<EOF\nls\nEOF\n'],
      ['FROM img\nRUN ["/x"]\n', 'FROM scratch\nCOPY --from=x / /\nRUN ls\n', 'FROM img\nSHELL ["/x"]\nRUN ls\n'],
    );
    check('missing-shell', { knowledge: withSh }, [], ['FROM img\nRUN ls\n']);
  });

  it('missing-program', () => {
    const knowledge = image({
      '/bin/ok': { architecture: 'amd64' },
      '/bin/arm': { architecture: 'arm64' },
      '/bin/plain': { executable: false },
      '/bin/script': { interpreter: '/bin/nosuch' },
      '/bin/fine': { interpreter: '/bin/ok' },
      '/bin/windows': { interpreter: '/bin/ok', carriageReturn: true },
    });
    check(
      'missing-program',
      { knowledge },
      ['nosuch', '/bin/nosuch', '/bin/arm', '/bin/plain', '/bin/script', '/bin/windows'].flatMap((name) => [
        `FROM img\nENTRYPOINT ["${name}"]\n`,
        `FROM img\nUSER 1\nCMD ["${name}", "x"]\n`,
      ]),
      [
        'FROM img\nENTRYPOINT ["ok"]\nCMD ["nosuch"]\n',
        'FROM img\nENTRYPOINT ["/bin/fine"]\n',
        'FROM img\nRUN make nosuch\nENTRYPOINT ["nosuch"]\n',
        'FROM img\nCOPY x /bin/\nENTRYPOINT ["nosuch"]\n',
        'FROM img\nENTRYPOINT nosuch\n',
        'FROM img\nENTRYPOINT ["$nosuch"]\n',
      ],
    );
  });

  it('missing-user', () => {
    check(
      'missing-user',
      { knowledge: withSh },
      [
        'FROM img\nUSER app\n',
        'FROM img\nUSER root:app\n',
        'FROM img\nRUN mkdir /x && chown root /x\nUSER app\n',
        'FROM img\nCOPY --chown=app x /\n',
      ],
      [
        'FROM img\nUSER root\n',
        'FROM img\nUSER 1000:1000\n',
        'FROM img\nUSER $APP\n',
        'FROM img\nRUN adduser app\nUSER app\n',
        'FROM img\nCOPY passwd /etc/\nUSER app\n',
      ],
    );
  });

  it('InvalidBaseImagePlatform', () => {
    check(
      'InvalidBaseImagePlatform',
      { knowledge: withSh },
      ['FROM --platform=linux/arm64 img\n', 'FROM --platform=linux/arm/v7 img\n'],
      [
        'FROM --platform=linux/amd64 img\n',
        'FROM --platform=linux/x86_64 img\n',
        'FROM --platform=$BUILDPLATFORM img\n',
        'FROM img\n',
      ],
    );
  });

  it('is heard before rules that guess', () => {
    const guesses = [
      ['WorkdirRelativePath', 'FROM img\nWORKDIR app\n', { workingDir: '/srv' }],
      ['DL3045', 'FROM img\nCOPY a b\n', { workingDir: '/srv' }],
      ['DL4006', 'FROM img\nRUN a | b\n', { shell: ['/bin/bash', '-o', 'pipefail', '-c'] }],
    ] as const;
    for (const [id, text, more] of guesses) {
      assert.equal(fired(id, text, {}).length, 1, `${id} does not guess`);
      assert.equal(fired(id, text, { knowledge: withSh }).length, 1, `${id} does not say what is so`);
      assert.deepEqual(fired(id, text, { knowledge: image({ '/bin/sh': {} }, more) }), [], `${id} does not ask`);
    }
  });
});
