// What an editor shows and does in Compose files.

import assert from 'node:assert/strict';
import type { CompletionItem, MarkupContent, TextEdit } from 'vscode-languageserver';
import { compose } from '../../../language-server/src/compose/language.ts';
import { Refusal } from '../../../language-server/src/language/context.ts';
import type { ContainerFacts, Knowledge } from '../../../language-server/src/knowledge/knowledge.ts';
import { contextOf, documentOf, plainDocument, root } from './workspace.ts';

const { features } = compose;

const files = {
  '.env': 'TAG=1.2\nPASSWORD=x\n',
  Dockerfile: 'ARG VERSION=3\nFROM alpine AS base\nFROM base AS dev\n',
  'web/Dockerfile': 'FROM x AS site\n',
  'src/main.ts': '',
  'other.yaml': 'services:\n  basis:\n    image: foo\n',
};

const container: ContainerFacts = {
  id: '1',
  name: 'shop-web-1',
  project: 'shop',
  service: 'web',
  state: 'running',
  status: 'Up 2 hours (healthy)',
  ports: [],
};

const knowledge: Partial<Knowledge> = {
  images: () => ({
    kind: 'known',
    value: [{ reference: 'nginx:1.27', size: 1_000_000, created: '2026-01-01T00:00:00Z', where: 'store' }],
  }),
  tags: (repository) => ({
    kind: 'known',
    value: [{ reference: `${repository}:1.28`, size: undefined, created: undefined, where: 'registry' }],
  }),
  repositories: (registry) => ({ kind: 'known', value: [`${registry}/team/web`] }),
  logIns: () => ({ kind: 'known', value: ['mine.example'] }),
  containers: () => ({ kind: 'known', value: [container] }),
};

const context = contextOf(files, knowledge);

const rest = `
  db:
    image: x
    profiles: [debug]
networks:
  front:
volumes:
  data:
x-a: &part {image: y}
`;

function complete(marked: string): CompletionItem[] {
  const { document, offset } = documentOf(marked);
  const result = features.completion?.(compose.open(document), offset, undefined, context) ?? [];
  return Array.isArray(result) ? result : result.items;
}

const newText = ({ textEdit }: CompletionItem): string => (textEdit as TextEdit).newText;

/** Text after `label` was accepted. */
function accepted(marked: string, label: string): string {
  const { document } = documentOf(marked);
  const item = complete(marked).find((each) => each.label === label);
  assert.ok(item !== undefined, `no completion "${label}"`);
  const { range, newText: text } = item.textEdit as TextEdit;
  return (
    document.text.slice(0, document.offsetAt(range.start)) + text + document.text.slice(document.offsetAt(range.end))
  );
}

function hover(marked: string): string {
  const { document, offset } = documentOf(marked);
  return (
    (features.hover?.(compose.open(document), offset, context)?.contents as MarkupContent | undefined)?.value ?? ''
  );
}

/** Names at the places that a feature gives, by file. */
function renamed(marked: string, name: string): Record<string, string[]> {
  const { document, offset } = documentOf(marked);
  const changes = features.rename?.(compose.open(document), offset, name, context)?.changes ?? {};
  return Object.fromEntries(
    Object.entries(changes).map(([uri, edits]) => [
      uri.slice(root.length + 1),
      edits.map(({ range }) => `${range.start.line}:${range.start.character}-${range.end.character}`),
    ]),
  );
}

describe('completion in Compose files', () => {
  const offered: readonly {
    readonly at: string;
    readonly first: readonly string[];
    readonly none?: readonly string[];
  }[] = [
    { at: '|', first: ['services:\n  ', 'name: ', 'include:\n  - '] },
    { at: 'services:\n  web:\n    |', first: ['image: ', 'ports:\n  - ', 'environment:\n  '] },
    { at: 'services:\n  web:\n    image: a\n    |', first: ['build: '], none: ['image: '] },
    { at: 'services:\n  web: {|}', first: ['image: ', 'ports: '] },
    { at: 'services:\n  web:\n    restart: |', first: ['always', '"no"', 'unless-stopped'] },
    { at: 'services:\n  web:\n    privileged: |', first: ['true', 'false'] },
    { at: 'services:\n  web:\n    cgroup: |', first: ['host', 'private'] },
    { at: 'services:\n  web:\n    image: ng|', first: ['nginx:1.27', 'postgres'] },
    { at: 'services:\n  web:\n    image: nginx:|', first: ['nginx:1.27'], none: ['nginx:1.28'] },
    { at: 'services:\n  web:\n    image: mine.example/|', first: ['mine.example/team/web'] },
    { at: 'services:\n  web:\n    image: mine.example/x:|', first: ['mine.example/x:1.28'] },
    { at: 'services:\n  web:\n    image: theirs.example/|', first: [], none: ['theirs.example/team/web'] },
    { at: `services:\n  web:\n    depends_on:\n      - |${rest}`, first: ['db'], none: ['web'] },
    { at: `services:\n  web:\n    depends_on: [|]${rest}`, first: ['db'] },
    { at: `services:\n  web:\n    depends_on:\n      |${rest}`, first: ['db:\n  condition: '] },
    { at: `services:\n  web:\n    depends_on:\n      db:\n        condition: |${rest}`, first: ['service_healthy'] },
    { at: `services:\n  web:\n    networks: [|]${rest}`, first: ['front'] },
    { at: `services:\n  web:\n    network_mode: |${rest}`, first: ['service:db', 'host'] },
    { at: `services:\n  web:\n    volumes:\n      - |${rest}`, first: ['data:', './src/', 'type: '] },
    { at: `services:\n  web:\n    volumes:\n      - ./|${rest}`, first: ['src/'] },
    { at: `services:\n  web:\n    volumes:\n      - type: volume\n        source: |${rest}`, first: ['data'] },
    { at: `services:\n  web:\n    volumes:\n      - type: |${rest}`, first: ['volume', 'bind', 'tmpfs'] },
    { at: `services:\n  web:\n    profiles: [|]${rest}`, first: ['debug'] },
    { at: `services:\n  web:\n    <<: |${rest}`, first: ['*part'] },
    { at: 'services:\n  web:\n    extends:\n      file: other.yaml\n      service: |', first: ['basis'] },
    { at: 'services:\n  web:\n    build:\n      target: |', first: ['base', 'dev'] },
    { at: 'services:\n  web:\n    build:\n      context: ./web\n      target: |', first: ['site'], none: ['dev'] },
    { at: 'services:\n  web:\n    build:\n      args:\n        |', first: ['VERSION: '] },
    { at: 'services:\n  web:\n    build:\n      args:\n        - |', first: ['VERSION='] },
    { at: 'services:\n  web:\n    build: |', first: ['./src/', './web/'], none: ['./Dockerfile'] },
    { at: 'services:\n  web:\n    env_file: |', first: ['./.env'] },
    { at: 'services:\n  web:\n    image: a:${|', first: ['TAG}'] },
    { at: 'services:\n  web:\n    image: a:${TA|}', first: ['TAG'] },
    { at: 'services:\n  web:\n    healthcheck:\n      interval: |', first: ['10s'] },
    { at: 'include:\n  - |', first: ['./other.yaml'] },
  ];
  for (const { at, first, none = [] } of offered) {
    it(at.split('|')[0]?.split('\n').slice(-2).join(' ⏎ ') ?? at, () => {
      const texts = complete(at).map(newText);
      for (const text of first)
        assert.ok(texts.includes(text), `${JSON.stringify(text)} is not in ${JSON.stringify(texts)}`);
      for (const text of none) assert.ok(!texts.includes(text), `${JSON.stringify(text)} is offered`);
    });
  }

  it('replaces what was typed', () => {
    assert.equal(accepted('services:\n  web:\n    ima|\n', 'image'), 'services:\n  web:\n    image: \n');
    assert.equal(accepted('services:\n  web:\n    im|age: x\n', 'image'), 'services:\n  web:\n    image: x\n');
    assert.equal(accepted('services:\n  web:\n    restart:|\n', 'always'), 'services:\n  web:\n    restart: always\n');
    assert.equal(
      accepted('services:\n  web:\n    image: "ng|"\n', 'nginx:1.27'),
      'services:\n  web:\n    image: "nginx:1.27"\n',
    );
  });

  it('offers keys of the file where its others begin, and nowhere else', () => {
    const offers = (marked: string) => complete(marked).length > 0;
    assert.ok(offers(' services:\n   a:\n |\n'));
    assert.ok(!offers(' services:\n   a:\n|\n'));
    assert.ok(!offers(' |\nservices:\n  a:\n'));
    assert.ok(!offers('|{}'));
    assert.ok(offers(' |'));
  });

  it('says nothing in comments and texts', () => {
    assert.deepEqual(complete('# ser|'), []);
    assert.deepEqual(complete('services:\n  web:\n    command: >\n      ser|'), []);
  });
});

describe('hover in Compose files', () => {
  const service = `services:\n  web:\n    image: nginx:\${TAG}\n    depends_on: [db]\n    build: {target: dev}${rest}`;
  it('tells of keys, objects, variables, stages and what runs', () => {
    assert.match(hover(service.replace('image: nginx', 'im|age: nginx')), /\*\*image\*\*: a string/);
    assert.match(hover(service.replace('[db]', '[d|b]')), /db:\n {2}image: x/);
    assert.match(hover(service.replace('${TAG}', '${T|AG}')), /`1\.2`.*`\.env`/s);
    assert.match(hover(service.replace('target: dev', 'target: d|ev')), /Stage `dev`.*`base`/);
    assert.match(hover(service.replace('  web:', '  w|eb:')), /Up 2 hours/);
    assert.match(hover('x: &a {b: 1}\ny: *|a'), /b: 1/);
    assert.match(hover('x: &|a {b: 1}\ny: *a'), /b: 1/);
    const mount = '    volumes:\n      - type: bind\n        bind: {recursive: en|abled}\n';
    assert.match(hover(`services:\n  web:\n${mount}`), /`enabled`, `disabled`/);
    assert.equal(hover('services:\n  web: {image: "${NOT|:-there}"}').split('\n')[0], 'Becomes `there`.');
  });

  it('shows a stranger’s text as code', () => {
    const image = { kind: 'known', value: { ...imageFacts, user: '`[x](http://evil)' } } as const;
    const { document, offset } = documentOf('services: {a: {image: ng|inx}}');
    const shown = features.hover?.(compose.open(document), offset, contextOf({}, { image: () => image }));
    assert.match((shown?.contents as MarkupContent | undefined)?.value ?? '', /user: ` \[x\]\(http:\/\/evil\)`/);
  });
});

const imageFacts = {
  digest: undefined,
  id: 'a',
  size: 1,
  created: undefined,
  platform: 'linux/amd64',
  env: [],
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

describe('names in Compose files', () => {
  const text = `services:\n  web: &w\n    image: nginx:\${TAG}\n    depends_on: [db]\n    network_mode: service:db\n    extends: {file: other.yaml, service: basis}\n    labels: *l\n    build: {target: dev, args: [VERSION=1]}${rest}`;

  function definition(marked: string): string[] {
    const { document, offset } = documentOf(marked);
    const places = features.definition?.(compose.open(document), offset, context) ?? [];
    return places.map((place) =>
      'uri' in place
        ? `${place.uri.slice(root.length + 1)} ${place.range.start.line}:${place.range.start.character}`
        : '',
    );
  }

  it('leads to definitions, in this file and in others', () => {
    assert.deepEqual(definition(text.replace('[db]', '[d|b]')), ['compose.yaml 8:2']);
    assert.deepEqual(definition(text.replace('service:db', 'service:d|b')), ['compose.yaml 8:2']);
    assert.deepEqual(definition(text.replace('${TAG}', '${T|AG}')), ['.env 0:0']);
    assert.deepEqual(definition(text.replace('service: basis', 'service: b|asis')), ['other.yaml 1:2']);
    assert.deepEqual(definition(text.replace('other.yaml', 'o|ther.yaml')), ['other.yaml 0:0']);
    assert.deepEqual(definition(text.replace('target: dev', 'target: d|ev')), ['Dockerfile 2:13']);
    assert.deepEqual(definition(text.replace('VERSION=1', 'V|ERSION=1')), ['Dockerfile 0:4']);
    assert.deepEqual(definition(text.replace('*l', '*l').replace('&w', '&|w')), ['compose.yaml 1:8']);
  });

  it('knows a volume whose place is not written yet', () => {
    const mounted = (mount: string) =>
      definition(`services:\n  web:\n    volumes:\n      - ${mount}\nvolumes:\n  data:\n`);
    assert.deepEqual(mounted('da|ta'), ['compose.yaml 5:2']);
    assert.deepEqual(mounted('source: da|ta'), ['compose.yaml 5:2']);
    assert.deepEqual(mounted('type: bind\n        source: da|ta'), []);
    assert.deepEqual(mounted('./da|ta'), []);
  });

  it('takes several documents for one file', () => {
    const two = '---\nservices:\n  web:\n    depends_on: [d|b]\n---\nservices:\n  db:\n    image: x\n';
    assert.deepEqual(definition(two), ['compose.yaml 6:2']);
    assert.deepEqual(renamed(two, 'store'), { 'compose.yaml': ['6:2-4', '3:17-19'] });
  });

  it('renames everywhere', () => {
    assert.deepEqual(renamed(text.replace('[db]', '[d|b]'), 'store'), {
      'compose.yaml': ['8:2-4', '3:17-19', '4:26-28'],
    });
    assert.deepEqual(renamed(text.replace('${TAG}', '${T|AG}'), 'TAG2'), {
      'compose.yaml': ['2:19-22'],
      '.env': ['0:0-3'],
    });
    assert.deepEqual(renamed('x: &a|\n  b: 1\ny: *a\nz: &a 2\nw: *a\n', 'c'), { 'compose.yaml': ['0:4-5', '2:4-5'] });
    assert.deepEqual(renamed('services: {a: {image: b, profiles: [on|e]}, c: {image: b, profiles: ["one"]}}', 'two'), {
      'compose.yaml': ['0:36-39', '0:69-72'],
    });
  });

  it('refuses names that are none or taken', () => {
    assert.throws(() => renamed(text.replace('[db]', '[d|b]'), 'a b'), Refusal);
    assert.throws(() => renamed(text.replace('[db]', '[d|b]'), 'web'), Refusal);
  });

  it('finds and marks uses', () => {
    const { document, offset } = documentOf(text.replace('  db:', '  d|b:'));
    const view = compose.open(document);
    assert.equal(features.references?.(view, offset, false, context).length, 2);
    assert.equal(features.highlights?.(view, offset).length, 3);
  });
});

describe('the rest of Compose files', () => {
  it('outlines, folds and selects', () => {
    const view = compose.open(
      plainDocument('# a\n# b\nservices:\n  web:\n    image: nginx\n    ports:\n      - "80:80"\nvolumes:\n  data:\n'),
    );
    const outline = (features.symbols?.(view) ?? []).map(({ name, children = [] }) => [
      name,
      children.map((child) => `${child.name} ${child.detail}`),
    ]);
    assert.deepEqual(outline, [
      ['services', ['web nginx']],
      ['volumes', ['data ']],
    ]);
    const folds = (features.folding?.(view, context) ?? []).map(({ startLine, endLine }) => `${startLine}-${endLine}`);
    assert.deepEqual(folds.toSorted(), ['0-1', '2-6', '3-6', '5-6', '7-8']);
    const spans: string[] = [];
    for (
      let range = features.selection?.(view, view.document.text.indexOf('nginx') + 1);
      range !== undefined;
      range = range.parent
    ) {
      spans.push(`${range.range.start.line}:${range.range.start.character}`);
    }
    assert.deepEqual(spans, ['4:11', '4:4', '4:4', '3:2', '2:0', '2:0', '0:0']);
  });

  it('links images and files', () => {
    const view = compose.open(
      plainDocument('include: [other.yaml]\nservices:\n  web: {image: "nginx:${TAG}", build: web}\n'),
    );
    const targets = (features.links?.(view, context) ?? []).map(({ target }) => target ?? '').toSorted();
    assert.deepEqual(targets, [
      `${root}/other.yaml`,
      `${root}/web/Dockerfile`,
      'https://hub.docker.com/_/nginx/tags?name=1.2',
    ]);
  });

  it('links a file that is mounted, by its path alone, and no folder', () => {
    const mounts = ['./src/main.ts:/x:ro', './src:/y', './nope:/z', '{type: bind, source: ./.env, target: /e}'];
    const view = compose.open(
      plainDocument(`services:\n  a:\n    volumes:\n${mounts.map((mount) => `      - ${mount}\n`).join('')}`),
    );
    assert.deepEqual(
      (features.links?.(view, context) ?? []).map(({ target, range }) => [
        target,
        range.end.character - range.start.character,
      ]),
      [
        [`${root}/src/main.ts`, './src/main.ts'.length],
        [`${root}/.env`, './.env'.length],
      ],
    );
  });

  it('links language models, each thing once, and nothing to null', () => {
    const linked = (text: string) =>
      (features.links?.(compose.open(plainDocument(text)), context) ?? []).map(({ target }) => target);
    assert.deepEqual(linked('models: {a: {model: ai/qwen3}, b: {model: hf.co/who/Some-Model-GGUF:Q4}}\n'), [
      'https://hub.docker.com/r/ai/qwen3',
      'https://hf.co/who/Some-Model-GGUF',
    ]);
    assert.deepEqual(linked('include: [&o other.yaml, *o]\n'), [`${root}/other.yaml`]);
    assert.deepEqual(linked('services: {a: {env_file: null}, b: {env_file: [~]}}\n'), []);
  });

  it('hints at values and at what they override, but not at secrets', () => {
    const text =
      'services:\n  web:\n    image: "nginx:${TAG}"\n    user: ${PASSWORD}\n    hostname: b\n    extends: {file: base.yaml, service: base}\n';
    const base = { 'base.yaml': 'services: {base: {image: y, hostname: a}}' };
    const view = compose.open(plainDocument(text));
    const hints = features.inlayHints?.(view, { start: 0, end: text.length }, contextOf({ ...files, ...base })) ?? [];
    assert.deepEqual(
      hints.map(({ label, position }) => `${position.line} ${typeof label === 'string' ? label : ''}`),
      ['2 = nginx:1.2', '2 was y', '4 was a'],
    );
  });

  it('says above a service what of it runs', () => {
    const view = compose.open(plainDocument('services:\n  web: {image: x}\n  db: {image: x}\n'));
    assert.deepEqual(
      (features.codeLenses?.(view, context) ?? []).map(({ command }) => command?.title),
      ['shop-web-1: running (healthy)'],
    );
    const elsewhere = contextOf({ '.env': 'COMPOSE_PROJECT_NAME=other\n' }, knowledge);
    assert.deepEqual(features.codeLenses?.(view, elsewhere), []);
  });
});
