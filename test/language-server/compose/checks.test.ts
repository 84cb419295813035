// What is wrong with Compose files, and that nothing is said of right ones.

import assert from 'node:assert/strict';
import type { CodeAction } from 'vscode-languageserver';
import { compose } from '../../../language-server/src/compose/language.ts';
import type { Context } from '../../../language-server/src/language/context.ts';
import { contextOf, plainDocument } from './workspace.ts';

function problems(text: string, context: Context = contextOf(), name = 'compose.yaml'): string[] {
  const view = compose.open(plainDocument(text, name));
  return (compose.features.diagnostics?.(view, context) ?? []).map(
    ({ code, range }) => `${String(code)} ${range.start.line}:${range.start.character}`,
  );
}

function actions(text: string, context: Context = contextOf()): CodeAction[] {
  const document = plainDocument(text);
  const asked = { diagnostics: [] };
  return compose.features.codeActions?.(compose.open(document), { start: 0, end: text.length }, asked, context) ?? [];
}

/** The text after the action of that title. */
function afterAction(text: string, title: string): string {
  const document = plainDocument(text);
  const action = actions(text).find((each) => each.title === title);
  const edits = action?.edit?.changes?.[document.uri] ?? [];
  assert.notEqual(edits.length, 0, `no action "${title}"`);
  return edits
    .toSorted((a, b) => document.offsetAt(b.range.start) - document.offsetAt(a.range.start))
    .reduce(
      (so, { range, newText }) =>
        so.slice(0, document.offsetAt(range.start)) + newText + so.slice(document.offsetAt(range.end)),
      text,
    );
}

interface Case {
  readonly what: string;
  readonly text: string;
  readonly expected: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

const service = (body: string) => `services:\n  web:\n    image: nginx\n${body}`;

const cases: readonly Case[] = [
  { what: 'an empty file', text: '', expected: [] },
  { what: 'a plain service', text: service('    ports: ["80:80"]\n'), expected: [] },
  { what: 'keys of the user’s own', text: service('    x-mine: {a: 1}\nx-top: [1]\n'), expected: [] },
  { what: 'an unknown key', text: service('    prots: []\n'), expected: ['compose-unknown-key 3:4'] },
  {
    what: 'what the specification has beyond the schema of the package',
    text: `services:\n  web:\n    image: a\n    pre_start: [{command: [b], per_replica: true}]\n    build: {context: ., sbom: true, provenance: mode=max, no_cache_filter: x}\n    models: {m: }\nmodels: {m: {model: x}}\n`,
    expected: [],
  },
  {
    what: 'several documents',
    text: '---\nservices:\n  web:\n    image: a\n    depends_on: [db]\n---\nservices:\n  db:\n    image: b\n    imgae: c\n...\n',
    expected: ['compose-unknown-key 9:4'],
  },
  {
    what: 'the same key in one of them',
    text: 'name: a\n---\nname: b\nname: c\n',
    expected: ['compose-duplicate-key 3:0'],
  },
  { what: 'an unknown section', text: 'servces: {}\n', expected: ['compose-unknown-key 0:0'] },
  { what: 'a wrong type', text: service('    ports: 80\n'), expected: ['compose-type 3:11'] },
  { what: 'a number for a string', text: service('    hostname: 12\n'), expected: ['compose-type 3:14'] },
  { what: 'a filled-in number', text: service('    mem_swappiness: ${A:-1}\n    init: ${B:-true}\n'), expected: [] },
  { what: 'no value of a list of values', text: service('    cgroup: hots\n'), expected: ['compose-value 3:12'] },
  {
    what: 'a missing key',
    text: service('    depends_on: {web2: {restart: true}}\n  web2: {image: a}\n'),
    expected: ['compose-missing-key 3:23'],
  },
  { what: 'an item twice', text: service('    cap_add: [A, A]\n'), expected: ['compose-duplicate-item 3:17'] },
  { what: 'a key twice', text: service('    image: b\n'), expected: ['compose-duplicate-key 3:4'] },
  { what: 'a key without a colon', text: service('    ima\n'), expected: ['compose-syntax 3:4'] },
  {
    what: 'a quote that is not closed',
    text: service('    user: "a\n  db:\n    image: b\n'),
    expected: ['compose-syntax 3:11'],
  },
  { what: 'a tag of Compose', text: service('    ports: !reset []\n    command: !override [a]\n'), expected: [] },
  { what: 'another tag', text: service('    ports: !foo []\n'), expected: ['compose-syntax 3:11'] },
  { what: 'an alias of nothing', text: service('    labels: *foo\n'), expected: ['compose-undefined-anchor 3:12'] },
  {
    what: 'a merged part with an unknown key',
    text: 'x-a: &a\n  imge: x\nservices:\n  web:\n    image: a\n    <<: *a\n',
    expected: ['compose-unknown-key 1:2'],
  },
  { what: 'an undefined service', text: service('    depends_on: [db]\n'), expected: ['compose-undefined-name 3:17'] },
  {
    what: 'an undefined network',
    text: service('    networks: {a: {}, default: {}}\n'),
    expected: ['compose-undefined-name 3:15'],
  },
  {
    what: 'an undefined volume, a path, a device',
    text: service('    volumes: ["aa:/a", "./b:/b", "/c:/c", "~/d:/d", "${E:-x}:/e", "/anonymous"]\n'),
    expected: ['compose-undefined-name 3:15'],
  },
  {
    what: 'an undefined volume in long form',
    text: service(
      '    volumes:\n      - {type: volume, source: a, target: /a}\n      - {type: bind, source: a, target: /b}\n',
    ),
    expected: ['compose-undefined-name 4:31'],
  },
  {
    what: 'undefined secrets and configs',
    text: service('    secrets: [a]\n    configs: [{source: b, target: /b}]\n'),
    expected: ['compose-undefined-name 3:14', 'compose-undefined-name 4:23'],
  },
  {
    what: 'a name in a merged part',
    text: 'x-a: &a\n  networks: [n]\nservices:\n  web: {image: a, <<: *a}\n',
    expected: ['compose-undefined-name 1:13'],
  },
  {
    what: 'a name in an included file',
    text: `include: [other.yaml]\n${service('    networks: [far]\n')}`,
    files: { 'other.yaml': 'networks: {far: {}}\n' },
    expected: [],
  },
  {
    what: 'a service that waits for itself',
    text: service('    depends_on: [web]\n'),
    expected: ['compose-dependency-cycle 3:17'],
  },
  {
    what: 'services that wait for each other',
    text: service('    depends_on: [b]\n  b: {image: a, network_mode: "service:web"}\n'),
    expected: ['compose-dependency-cycle 3:17', 'compose-dependency-cycle 4:39'],
  },
  {
    what: 'a service that extends itself',
    text: service('    extends: b\n  b: {extends: {service: web}}\n'),
    expected: ['compose-extends-cycle 3:13', 'compose-extends-cycle 4:25'],
  },
  {
    what: 'a ring over files',
    text: service('    extends: {file: o.yaml, service: o}\n'),
    files: { 'o.yaml': 'services: {o: {extends: {file: compose.yaml, service: web}}}' },
    expected: ['compose-extends-cycle 3:37'],
  },
  {
    what: 'an extended service that is not there',
    text: service('    extends: {file: o.yaml, service: p}\n'),
    files: { 'o.yaml': 'services: {o: {image: a}}' },
    expected: ['compose-undefined-name 3:37'],
  },
  {
    what: 'files that include each other',
    text: `include:\n  - a.yaml\n${service('')}`,
    files: { 'a.yaml': 'include: [b.yaml]', 'b.yaml': 'include: [compose.yaml]' },
    expected: ['compose-include-cycle 1:4'],
  },
  {
    what: 'a file that includes itself',
    text: `include: [compose.yaml]\n${service('')}`,
    expected: ['compose-include-cycle 0:10'],
  },
  {
    what: 'two services on one port',
    text: service('    ports: ["8080:80"]\n  b: {image: a, ports: ["127.0.0.1:8079-8081:1-3"]}\n'),
    expected: ['compose-port-clash 4:24'],
  },
  {
    what: 'one port on two addresses, or two protocols',
    text: service('    ports: ["127.0.0.1:80:80", "127.0.0.2:80:80", "127.0.0.1:80:80/udp"]\n'),
    expected: [],
  },
  {
    what: 'one port twice in one service',
    text: service('    ports: ["80:80", "0.0.0.0:80:80", "80:81"]\n'),
    expected: ['compose-port-clash 3:38'],
  },
  {
    what: 'one port in two profiles',
    text: service('    ports: ["80:80"]\n    profiles: [a]\n  b: {image: a, ports: ["80:80"], profiles: [b]}\n'),
    expected: [],
  },
  {
    what: 'one port in the long form',
    text: service('    ports: [{target: 80, published: "8080"}]\n  b: {image: a, ports: ["8080:1"]}\n'),
    expected: ['compose-port-clash 4:24'],
  },
  {
    what: 'a port from .env',
    text: service('    ports: ["${PORT}:80"]\n  b: {image: a, ports: ["8080:1"]}\n'),
    files: { '.env': 'PORT=8080\n' },
    expected: ['compose-port-clash 4:24'],
  },
  {
    what: 'no port',
    text: service('    ports: ["80:x", "70000:1", "1:1/icmp"]\n'),
    expected: ['compose-invalid-port 3:12', 'compose-invalid-port 3:20', 'compose-invalid-port 3:31'],
  },
  {
    what: 'no duration, no policy',
    text: service('    stop_grace_period: 5 s\n    restart: sometimes\n'),
    expected: ['compose-invalid-duration 3:23', 'compose-value 4:13'],
  },
  {
    what: 'waiting for health of one that has none',
    text: service('    depends_on: {db: {condition: service_healthy}}\n  db: {image: a}\n'),
    expected: ['compose-missing-healthcheck 3:33'],
  },
  {
    what: 'waiting for health',
    text: service(
      '    depends_on: {db: {condition: service_healthy}}\n  db: {image: a, healthcheck: {test: "true"}}\n',
    ),
    expected: [],
  },
  {
    what: 'waiting for health that is turned off',
    text: service(
      '    depends_on: {db: {condition: service_healthy}}\n  db: {image: a, healthcheck: {disable: true}}\n',
    ),
    expected: ['compose-missing-healthcheck 3:33'],
  },
  {
    what: 'health of a Dockerfile',
    text: service('    depends_on: {db: {condition: service_healthy}}\n  db: {build: .}\n'),
    files: { Dockerfile: 'FROM a\nHEALTHCHECK CMD true\n' },
    expected: [],
  },
  {
    what: 'variables without a value',
    text: service('    user: $A-${B}-${C:-x}-${D-${E}}-$$F\n'),
    expected: ['compose-undefined-variable 3:10', 'compose-undefined-variable 3:13', 'compose-undefined-variable 3:30'],
  },
  {
    what: 'a required variable',
    text: service('    user: ${A:?say who}\n'),
    expected: ['compose-undefined-variable 3:10'],
  },
  {
    what: 'variables of .env',
    text: service('    user: $A\n'),
    files: { '.env': '# x\nexport A="b c" # d\n' },
    expected: [],
  },
  {
    what: 'variables beside escapes',
    text: service('    user: "a\\t${A:\\\n      -b}${B}"\n'),
    expected: ['compose-undefined-variable 4:11'],
  },
  {
    what: 'a dollar that begins nothing',
    text: service('    user: a$(b) $5 ${ c ${1}\n'),
    expected: ['compose-invalid-interpolation 3:19', 'compose-invalid-interpolation 3:24'],
  },
  { what: 'an obsolete version', text: `version: "3"\n${service('')}`, expected: ['compose-obsolete-version 0:0'] },
  { what: 'nothing to run', text: 'services:\n  web:\n    ports: []\n', expected: ['compose-nothing-to-run 1:2'] },
  {
    what: 'two ways to a network',
    text: service('    network_mode: host\n    networks: [default]\n'),
    expected: ['compose-network-mode 3:18'],
  },
  {
    what: 'one name for two containers',
    text: service('    container_name: a1\n  b: {image: a, container_name: a1}\n'),
    expected: ['compose-container-name 4:32'],
  },
  {
    what: 'one name for three containers',
    text: service('    container_name: a1\n    scale: 3\n'),
    expected: ['compose-container-name 3:20'],
  },
  {
    what: 'a missing env_file',
    text: service('    env_file: [a.env, {path: b.env, required: false}]\n'),
    files: { 'c.env': '' },
    expected: ['compose-missing-file 3:15'],
  },
  {
    what: 'no such stage, no such argument',
    text: 'services:\n  web:\n    build: {target: pord, args: {A: 1, B: 2, HTTP_PROXY: x}}\n',
    files: { Dockerfile: 'ARG A\nFROM a AS prod\n' },
    expected: ['compose-undefined-stage 2:20', 'compose-undefined-argument 2:39'],
  },
  {
    what: 'no Dockerfile',
    text: 'services:\n  web:\n    build: {context: ., dockerfile: Dockerfil}\n',
    files: { Dockerfile: '' },
    expected: ['compose-missing-file 2:36'],
  },
  { what: 'no image', text: 'services:\n  web:\n    image: Nginx\n', expected: ['compose-invalid-image 2:11'] },
  {
    what: 'what nobody uses',
    text: service('volumes: {a: {}}\nnetworks: {b: {}}\n'),
    expected: ['compose-unused-name 3:10', 'compose-unused-name 4:11'],
  },
];

describe('checks of Compose files', () => {
  for (const { what, text, expected, files } of cases) {
    it(what, () => assert.deepEqual(problems(text, contextOf(files)), expected));
  }

  it('takes the base of an override for known', () => {
    const files = { 'compose.yaml': service('  db: {image: b}\nnetworks: {n: {}}\n') };
    assert.deepEqual(
      problems(
        'services:\n  web:\n    depends_on: [db]\n    networks: [n]\n',
        contextOf(files),
        'compose.override.yaml',
      ),
      [],
    );
  });

  it('says of no name that it is missing while a file is still read', () => {
    const context = {
      ...contextOf(),
      files: { text: () => ({ kind: 'unknown' }) as const, list: () => ({ kind: 'unknown' }) as const },
    };
    assert.deepEqual(problems(`include: [far.yaml]\n${service('    networks: [n]\n    user: $A\n')}`, context), []);
  });

  it('asks the engine for ports, images, volumes and networks, and says nothing where nobody answers', () => {
    const text = service(
      '    ports: ["80:80"]\nvolumes: {vol: {external: true}}\nnetworks: {n: {external: true, name: real}}\n',
    );
    const used = text.replace('    ports', '    networks: [n]\n    volumes: ["vol:/v"]\n    ports');
    assert.deepEqual(problems(used), []);
    const container = { id: '1', name: 'other', project: 'x', service: 'y', state: 'running', status: '' };
    const ports = [{ host: '0.0.0.0', hostPort: 80, protocol: 'tcp' }];
    const context = contextOf(
      {},
      {
        image: () => ({ kind: 'absent' }),
        containers: () => ({ kind: 'known', value: [{ ...container, ports }] }),
        volumes: () => ({ kind: 'known', value: ['w'] }),
        networks: () => ({ kind: 'known', value: ['bridge'] }),
      },
    );
    assert.deepEqual(problems(used, context), [
      'compose-image-absent 2:11',
      'compose-port-in-use 5:12',
      'compose-external-absent 6:10',
      'compose-external-absent 7:11',
    ]);
    const own = contextOf(
      {},
      { containers: () => ({ kind: 'known', value: [{ ...container, project: 'shop', ports }] }) },
    );
    assert.deepEqual(problems(used, own), []);
  });

  it('obeys severities', () => {
    const context = contextOf();
    const settings = { ...context.settings, severities: { 'compose-obsolete-version': 'off' } as const };
    assert.deepEqual(problems(`version: "3"\n${service('')}`, { ...context, settings }), []);
  });

  it('mends', () => {
    assert.equal(afterAction(`version: "3"\n\n${service('')}`, 'Remove `version`'), service(''));
    assert.equal(
      afterAction('services:\n  web:\n    imge: a\n', 'Change to `image`'),
      'services:\n  web:\n    image: a\n',
    );
    assert.equal(afterAction(service('    hostname: 12\n'), 'Put in quotes'), service('    hostname: "12"\n'));
    assert.equal(
      afterAction(service('    networks: [n]\n'), 'Declare the network `n`'),
      service('    networks: [n]\n\nnetworks:\n  n:\n'),
    );
    const declared = afterAction(
      service('    volumes: ["aa:/a", "bb:/b"]\nvolumes:\n  bb:\n'),
      'Declare the volume `aa`',
    );
    assert.equal(declared, service('    volumes: ["aa:/a", "bb:/b"]\nvolumes:\n  aa:\n  bb:\n'));
  });

  it('fixes never bring a new problem', () => {
    for (const { text } of cases) {
      const before = problems(text);
      for (const { title } of actions(text)) {
        const after = problems(afterAction(text, title));
        assert.ok(
          after.length < before.length || title === 'Write `$${`' || title.startsWith('Change to'),
          `${title}\n${text}\n${after.join('\n')}`,
        );
      }
    }
  });
});
