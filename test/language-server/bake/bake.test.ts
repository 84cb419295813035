// Bake files: what is wrong, what may stand where, what names mean, and layout.

import assert from 'node:assert/strict';
import type { CompletionItem, MarkupContent, TextEdit } from 'vscode-languageserver';
import { bake } from '../../../language-server/src/bake/language.ts';
import { formatText } from '../../../language-server/src/bake/features/format.ts';
import { parseHcl, parseJson } from '../../../language-server/src/bake/hcl/parse.ts';
import { Refusal } from '../../../language-server/src/language/context.ts';
import { contextOf, documentOf, plainDocument, root } from '../compose/workspace.ts';

const { features } = bake;
const files = {
  Dockerfile: 'ARG VERSION=1\nFROM alpine AS base\nFROM base AS dev\n',
  'web/Dockerfile': 'FROM x AS site\n',
  'src/main.ts': '',
};
const context = contextOf(files, {}, { FROM_ENV: 'outside' });
const hcl = 'docker-bake.hcl';
const json = 'docker-bake.json';

function problems(text: string, name = hcl, others: Readonly<Record<string, string>> = files): string[] {
  const diagnostics = features.diagnostics?.(bake.open(plainDocument(text, name)), contextOf(others)) ?? [];
  return diagnostics.map(({ code, range }) => `${String(code)} ${range.start.line}:${range.start.character}`);
}

const sample = `# A shop
variable "TAG" {
  default = "latest"
}
REGISTRY = "reg.example"
function "image" {
  params = [name, tags...]
  result = "\${REGISTRY}/\${name}:\${TAG}"
}
group "default" {
  targets = ["app", "lib-a"]
}
target "_common" {
  context = "."
  args = {
    VERSION = 2
  }
}
target "app" {
  inherits = ["_common"]
  target = "dev"
  tags = [image("app"), "x:\${TAG}", notequal("", TAG) ? "y" : upper(TAG)]
  contexts = { lib = "target:lib", other = "docker-image://alpine" }
  labels = {for k, v in { a = "1" } : k => "\${v}-\${TAG}" if v != ""}
  dockerfile-inline = <<-EOT
    FROM alpine AS dev
    ARG VERSION
    RUN echo $\${HOME} %%{x}
  EOT
}
target "lib" {
  name = "lib-\${item}"
  matrix = {
    item = ["a", "b"]
  }
  args = {
    VERSION = item
  }
}
`;

const valid = sample.replace('tags...]', 'tags]').replace('params = [name, tags]', 'params = [name]');

describe('checks of Bake files', () => {
  const cases: readonly {
    readonly what: string;
    readonly text: string;
    readonly expected: readonly string[];
    readonly name?: string;
  }[] = [
    { what: 'an empty file', text: '', expected: [] },
    { what: 'a file with nearly everything', text: valid, expected: [] },
    { what: 'an unknown block', text: 'targt "a" {}\n', expected: ['bake-unknown-block 0:0'] },
    {
      what: 'an unknown attribute',
      text: 'target "a" {\n  tag = ["x"]\n}\n',
      expected: ['bake-unknown-attribute 1:2'],
    },
    {
      what: 'a wrong type',
      text: 'target "a" {\n  tags = "x"\n  args = ["y"]\n  pull = 1\n}\n',
      expected: ['bake-type 1:9', 'bake-type 2:9', 'bake-type 3:9'],
    },
    {
      what: 'an attribute twice',
      text: 'target "a" {\n  pull = true\n  pull = false\n}\n',
      expected: ['bake-duplicate-attribute 2:2'],
    },
    {
      what: 'a map as a block',
      text: 'target "a" {\n  args {\n    VERSION = 1\n  }\n}\n',
      expected: ['bake-missing-equals 1:2'],
    },
    { what: 'a block without a name', text: 'target {}\n', expected: ['bake-name 0:0'] },
    { what: 'a wrong name', text: 'target "a.b" {}\n', expected: ['bake-name 0:8'] },
    {
      what: 'undefined targets',
      text: 'group "g" { targets = ["a"] }\ntarget "b" {\n  inherits = ["c"]\n  contexts = { d = "target:e" }\n}\n',
      expected: ['bake-undefined-target 0:24', 'bake-undefined-target 2:15', 'bake-undefined-target 3:27'],
    },
    {
      what: 'undefined variables and functions',
      text: 'A = B\nC = d(A)\ntarget "t" { tags = ["${E}", "$${F}"] }\n',
      expected: ['bake-undefined-variable 0:4', 'bake-undefined-function 1:4', 'bake-undefined-variable 2:24'],
    },
    {
      what: 'groups in a ring',
      text: 'group "a" { targets = ["b"] }\ngroup "b" { targets = ["a"] }\n',
      expected: ['bake-group-cycle 0:24', 'bake-group-cycle 1:24'],
    },
    { what: 'targets in a ring', text: 'target "a" { inherits = ["a"] }\n', expected: ['bake-inherits-cycle 0:26'] },
    {
      what: 'variables in a ring',
      text: 'variable "A" { default = B }\nvariable "B" { default = A }\n',
      expected: ['bake-variable-cycle 0:25', 'bake-variable-cycle 1:25'],
    },
    {
      what: 'a Dockerfile and one inside',
      text: 'target "a" {\n  dockerfile = "x"\n  dockerfile-inline = "FROM y"\n}\n',
      expected: ['bake-dockerfile-inline 1:2'],
    },
    {
      what: 'a matrix without a name',
      text: 'target "a" {\n  matrix = { x = ["1"] }\n}\n',
      expected: ['bake-matrix-name 1:2'],
    },
    {
      what: 'no such stage, no such argument',
      text: 'target "a" {\n  target = "dav"\n  args = { VERSIN = 1, http_proxy = "" }\n}\n',
      expected: ['bake-undefined-stage 1:12', 'bake-undefined-argument 2:11'],
    },
    {
      what: 'a stage of an inherited context',
      text: 'target "c" { context = "web" }\ntarget "a" {\n  inherits = ["c"]\n  target = "site"\n}\n',
      expected: [],
    },
    {
      what: 'an argument that only an heir has',
      text: 'target "p" {\n  context = "web"\n  args = { VERSION = 1, VERSIN = 2 }\n}\ntarget "h" {\n  inherits = ["p"]\n  context = "."\n}\n',
      expected: ['bake-undefined-argument 2:24'],
    },
    {
      what: 'nothing of a Dockerfile that an unknown parent may name',
      text: 'variable "V" {}\ntarget "a" {\n  inherits = [V]\n  target = "dav"\n  args = { VERSIN = 1 }\n}\ntarget "b" {\n  inherits = ["c"]\n  target = "dav"\n}\n',
      expected: ['bake-undefined-target 7:15'],
    },
    {
      what: 'values that a build refuses',
      text: 'target "a" {\n  network = "back"\n  entitlements = ["network.host", "all", "device=x"]\n  annotations = ["a=b", "c"]\n}\ntarget "b" {\n  network = "${A}"\n  entitlements = [""]\n}\nA = "x"\n',
      expected: ['bake-value 1:12', 'bake-value 2:34', 'bake-value 3:24'],
    },
    {
      what: 'a text that is not closed',
      text: 'target "a" {\n  context = "x\n}\ntarget "b" {}\n',
      expected: ['bake-syntax 1:12'],
    },
    {
      what: 'a list that is not closed',
      text: 'target "a" {\n  tags = ["x"\n  pull = true\n}\ntarget "b" { foo = 1 }\n',
      expected: ['bake-syntax 1:9', 'bake-unknown-attribute 4:13'],
    },
    {
      what: 'a block that is not closed',
      text: 'target "a" {\n  pull = true\ntarget "b" { foo = 1 }\n',
      expected: ['bake-syntax 0:11', 'bake-unknown-attribute 2:13'],
    },
    {
      what: 'JSON',
      text: '{"variable": {"T": {"default": "x"}}, "target": {"a": {"tags": ["${T}", "${U}"], "targt": "x"}}}',
      expected: ['bake-undefined-variable 0:75', 'bake-unknown-attribute 0:82'],
      name: json,
    },
    { what: 'JSON that is none', text: '[1]', expected: ['bake-syntax 0:0'], name: json },
  ];
  for (const { what, text, expected, name } of cases) it(what, () => assert.deepEqual(problems(text, name), expected));

  it('knows what the other Bake files define, and that services of a Compose file are targets', () => {
    const text = 'group "g" { targets = ["far"] }\n';
    assert.deepEqual(problems(text, hcl, { 'docker-bake.override.hcl': 'target "far" {}' }), []);
    assert.deepEqual(problems(text, hcl, { 'compose.yaml': 'services: {}' }), []);
    assert.deepEqual(problems(text, hcl, { 'other.yaml': 'services: {}' }), ['bake-undefined-target 0:24']);
  });

  it('mends', () => {
    const document = plainDocument('target "a" {\n  labels {\n    x = "1"\n  }\n}\n', hcl);
    const actions =
      features.codeActions?.(bake.open(document), { start: 0, end: 30 }, { diagnostics: [] }, context) ?? [];
    const [edit] = actions[0]?.edit?.changes?.[document.uri] ?? [];
    assert.ok(edit !== undefined);
    const at = document.offsetAt(edit.range.start);
    assert.deepEqual(problems(document.text.slice(0, at) + edit.newText + document.text.slice(at)), []);
  });
});

describe('completion in Bake files', () => {
  function complete(marked: string, name: string): string[] {
    const { document, offset } = documentOf(marked, name);
    const result = features.completion?.(bake.open(document), offset, undefined, context) ?? [];
    return (Array.isArray(result) ? result : result.items).map(
      (item: CompletionItem) => (item.textEdit as TextEdit).newText,
    );
  }
  const before = 'variable "TAG" { default = "x" }\ntarget "base" {}\ngroup "g" {}\n';
  const cases: readonly (readonly [string, string])[] = [
    ['|', 'target "${1:name}" {\n  $2\n}'],
    ['tar|', 'group "${1:name}" {\n  targets = [$2]\n}'],
    ['target "a" {\n  |\n}', 'tags = [$1]'],
    ['target "a" {\n  ta|\n}', 'target = "$1"'],
    ['target "a" {\n  ta| = []\n}', 'tags'],
    ['target "a" {\n  target = "|"\n}', 'dev'],
    ['target "a" {\n  target = |\n}', '"dev"'],
    ['target "a" {\n  inherits = ["|"]\n}', 'base'],
    ['target "a" {\n  inherits = [|]\n}', '"base"'],
    ['group "b" {\n  targets = ["base", "|"]\n}', 'g'],
    ['target "a" {\n  args = {\n    |\n  }\n}', 'VERSION = '],
    ['target "a" {\n  args = {\n    VERSION = |\n  }\n}', 'TAG'],
    ['target "a" {\n  tags = ["x:${|}"]\n}', 'TAG'],
    ['target "a" {\n  tags = ["x:${up|}"]\n}', 'upper('],
    ['target "a" {\n  context = "|"\n}', 'web'],
    ['target "a" {\n  platforms = ["|"]\n}', 'linux/arm64'],
    ['target "a" {\n  pull = |\n}', 'true'],
    ['target "a" {\n  contexts = {\n    x = "|"\n  }\n}', 'target:base'],
    ['function "f" {\n  params = [own]\n  result = upper(|)\n}', 'own'],
  ];
  for (const [marked, wanted] of cases) {
    it(marked.replaceAll('\n', ' '), () => {
      const offered = complete(before + marked, hcl);
      assert.ok(offered.includes(wanted), `${wanted} is not in ${offered.slice(0, 20).join(' ')}`);
    });
  }
  const jsonCases: readonly (readonly [string, string])[] = [
    ['{"|"}', 'target'],
    ['{"target": {"a": {"|"}}}', 'tags'],
    ['{"target": {"b": {}, "a": {"inherits": ["|"]}}}', 'b'],
    ['{"target": {"a": {"target": "|"}}}', 'dev'],
    ['{"target": {"a": {"args": {"|"}}}}', 'VERSION'],
    ['{"variable": {"TAG": {}}, "target": {"a": {"tags": ["${|}"]}}}', 'TAG'],
  ];
  for (const [marked, wanted] of jsonCases) {
    it(marked, () => {
      const offered = complete(marked, json);
      assert.ok(offered.includes(wanted), `${wanted} is not in ${offered.slice(0, 20).join(' ')}`);
    });
  }
  it('says nothing in comments', () => assert.deepEqual(complete('# tar|', hcl), []));
});

describe('names in Bake files', () => {
  function hover(marked: string): string {
    const { document, offset } = documentOf(marked, hcl);
    return (features.hover?.(bake.open(document), offset, context)?.contents as MarkupContent | undefined)?.value ?? '';
  }
  function places(marked: string, ask: 'definition' | 'rename'): string[] {
    const { document, offset } = documentOf(marked, hcl);
    const view = bake.open(document);
    if (ask === 'definition') {
      const found = features.definition?.(view, offset, context) ?? [];
      return found.map((place) =>
        'uri' in place
          ? `${place.uri.slice(root.length + 1)} ${place.range.start.line}:${place.range.start.character}`
          : '',
      );
    }
    const changes = features.rename?.(view, offset, 'renamed', context)?.changes ?? {};
    return Object.values(changes)
      .flat()
      .map(({ range }) => `${range.start.line}:${range.start.character}`);
  }

  it('leads to definitions', () => {
    assert.deepEqual(places(valid.replace('["app"', '["a|pp"'), 'definition'), [`${hcl} 18:8`]);
    assert.deepEqual(places(valid.replace('target:lib', 'target:l|ib'), 'definition'), [`${hcl} 30:8`]);
    assert.deepEqual(places(valid.replace('image("app")', 'im|age("app")'), 'definition'), [`${hcl} 5:10`]);
    assert.deepEqual(places('target "a" { target = "d|ev" }', 'definition'), ['Dockerfile 2:13']);
    assert.deepEqual(places('target "a" { args = { VER|SION = 1 } }', 'definition'), ['Dockerfile 0:4']);
    assert.deepEqual(places('target "a" { no-cache-filter = ["d|ev"] }', 'definition'), ['Dockerfile 2:13']);
    const taken = 'target "a" {\n  tags = ["x"]\n}\ntarget "b" {\n  tags = target.a.ta|gs\n}\n';
    assert.deepEqual(places(taken, 'definition'), ['docker-bake.hcl 1:2']);
  });

  it('renames everywhere', () => {
    assert.deepEqual(places(valid.replace('variable "TAG"', 'variable "T|AG"'), 'rename').toSorted(), [
      '1:10',
      '21:29',
      '21:49',
      '21:68',
      '23:51',
      '7:34',
    ]);
    assert.deepEqual(places(valid.replace('params = [name', 'params = [n|ame'), 'rename'), ['6:12', '7:26']);
    assert.deepEqual(places(valid.replace('= item\n', '= it|em\n'), 'rename').toSorted(), ['31:16', '33:4', '36:14']);
    assert.deepEqual(places(valid.replace('["_common"]', '["_com|mon"]'), 'rename').toSorted(), ['12:8', '19:15']);
    assert.throws(() => places('a = upp|er("x")', 'rename'), Refusal);
  });

  it('tells of blocks, values, functions and stages', () => {
    assert.match(hover(valid.replace('group "default"', 'group "def|ault"')), /Builds `app`, `lib-a`/);
    assert.match(hover(valid.replace('"x:${TAG}"', '"x:${T|AG}"')), /`latest`, by default/);
    assert.match(hover('variable "FROM_ENV" { default = "in" }\nA = FROM_|ENV'), /`outside`, set in the environment/);
    assert.match(
      hover(
        'a = "|x-${B}"\nB = true ? "y" : "z"'
          .replace('a = "|', 'target "t" { dockerfile = "|')
          .replace('"\nB', '" }\nB'),
      ),
      /Becomes `x-y`/,
    );
    assert.match(hover('a = up|per("x")'), /capitals/);
    assert.match(hover('target "a" { target = "d|ev" }'), /Stage `dev`.*`base`/);
    assert.match(hover('target "a" { ta|gs = [] }'), /Names and tags/);
  });

  it('shows the parameters of a call', () => {
    const { document, offset } = documentOf('a = upper(replace("x", |))', hcl);
    const help = features.signatureHelp?.(bake.open(document), offset, context);
    assert.equal(help?.signatures[0]?.label, 'replace(text, search, replacement)');
    assert.equal(help?.activeParameter, 1);
  });

  it('tells above groups and targets what they build', () => {
    const lenses = (text: string) =>
      (features.codeLenses?.(bake.open(plainDocument(text, hcl)), context) ?? []).map(
        ({ range, command }) => `${range.start.line} ${command?.title ?? ''}`,
      );
    assert.deepEqual(lenses(sample), [
      '9 builds app, lib-a',
      '12 builds Dockerfile',
      '18 builds stage dev of the Dockerfile here as x:latest',
      '30 builds Dockerfile',
    ]);
    const below =
      'target "a" {\n  inherits = ["b"]\n  tags = ["a:1", "a"]\n}\ntarget "b" {\n  context = "web"\n  target = "site"\n}\n';
    assert.deepEqual(lenses(below), [
      '0 builds stage site of Dockerfile as a:1, a',
      '4 builds stage site of Dockerfile',
    ]);
    assert.deepEqual(lenses('target "a" {\n  context = "https://example.com/a.git"\n}\ngroup "" {}\n'), []);
  });

  it('outlines, folds, links and colours', () => {
    const view = bake.open(plainDocument(valid, hcl));
    assert.deepEqual(
      (features.symbols?.(view) ?? []).map(({ name }) => name),
      ['REGISTRY', 'TAG', 'image', 'default', '_common', 'app', 'lib'],
    );
    assert.ok(
      (features.folding?.(view, context) ?? []).some(({ startLine, endLine }) => startLine === 24 && endLine === 28),
    );
    const linked = bake.open(plainDocument('target "a" { context = "web" }', hcl));
    assert.deepEqual(
      (features.links?.(linked, context) ?? []).map(({ target }) => target),
      [`${root}/web/Dockerfile`],
    );
    let end = 0;
    for (const token of features.tokens?.(view) ?? []) {
      assert.ok(token.start >= end, `tokens overlap at ${token.start}`);
      end = token.end;
    }
    assert.ok(end > valid.length - 60);
  });
});

describe('the tree of a Bake file', () => {
  it('links a Dockerfile that is not there yet, and nothing to an empty name', () => {
    const linked = (name: string) =>
      (features.links?.(bake.open(plainDocument(`target a { dockerfile = "${name}" }\n`, hcl)), context) ?? []).map(
        ({ target }) => target,
      );
    assert.deepEqual(linked('later/Dockerfile'), [`${root}/later/Dockerfile`]);
    assert.deepEqual(linked(''), []);
  });

  it('is there for every beginning of a file, and bounded for hostile ones', () => {
    for (let end = 0; end <= valid.length; end += 2) {
      const view = bake.open(plainDocument(valid.slice(0, end), hcl));
      features.diagnostics?.(view, context);
      features.completion?.(view, end, undefined, context);
      features.hover?.(view, end, context);
      features.selection?.(view, end);
      features.symbols?.(view);
    }
    const hostile = [
      '['.repeat(100_000),
      `a = ${'['.repeat(100_000)}`,
      `a = ${'"${'.repeat(50_000)}`,
      `a = ${'!-'.repeat(100_000)}1`,
      'a {'.repeat(50_000),
      `a = 1${'+1'.repeat(100_000)}`,
      `a = ${'a ? b : '.repeat(50_000)}`,
      `a = x${'.y'.repeat(100_000)}`,
      '"'.repeat(200_000),
      'a = <<E\n'.repeat(30_000),
      '/*'.repeat(100_000),
      `a = "${'x'.repeat(2_000_000)}`,
      'a\u0000b = \u0000',
      Array.from(
        { length: 10_000 },
        (_, n) => `target t${n} {\n inherits = [t${n + 1}, "t${n + 1}"]\n args = { x = 1 }\n}\n`,
      ).join(''),
      Array.from(
        { length: 10_000 },
        (_, n) => `target t${n} {\n inherits = ["t${n + 1}"]\n args = { x = 1 }\n}\n`,
      ).join(''),
    ];
    for (const text of hostile) {
      const before = process.cpuUsage();
      features.diagnostics?.(bake.open(plainDocument(text, hcl)), context);
      features.diagnostics?.(bake.open(plainDocument(text, json)), context);
      features.codeLenses?.(bake.open(plainDocument(text, hcl)), context);
      const { user, system } = process.cpuUsage(before);
      assert.ok((user + system) / 1000 < 5000, `${text.slice(0, 20)} took ${(user + system) / 1000} ms`);
    }
  });

  it('reads texts as they are meant', () => {
    const value = (text: string) => {
      const [attribute] = parseHcl(`a = ${text}`).body.attributes;
      return attribute?.value.kind === 'template'
        ? attribute.value.parts.map((part) => (part.kind === 'text' ? part.value : part.kind))
        : attribute?.value.kind;
    };
    assert.deepEqual(value('"a\\n\\"b\\u00e9$${c}"'), ['a\n"bé${c}']);
    assert.deepEqual(value('"${a}%{ if b }c%{ endif }"'), ['filled', 'directive', 'c', 'directive']);
    assert.deepEqual(value('<<E\nx ${y}\nE\n'), ['x ', 'filled', '\n']);
    assert.deepEqual(parseJson('{"a": [1, true, null, "x"]}').faults, []);
  });
});

describe('layout of Bake files', () => {
  const options = { tabSize: 2, insertSpaces: true };
  const uri = `${root}/${hcl}`;

  it('indents by brackets and leaves texts alone', () => {
    const text =
      'target "a" {\ninherits = [\n"b",\n   "c"\n]\n\n\n    args = merge({\na = 1   \n}, {\n b = 2\n})\n# c\nx = <<EOF\n  raw\n\n\nEOF\n}\n\n';
    const expected =
      'target "a" {\n  inherits = [\n    "b",\n    "c"\n  ]\n\n  args = merge({\n    a = 1\n  }, {\n    b = 2\n  })\n  # c\n  x = <<EOF\n  raw\n\n\nEOF\n}\n';
    assert.equal(formatText(uri, text, options), expected);
    assert.equal(formatText(uri, expected, options), expected);
  });

  it('changes nothing the second time', () => {
    const once = formatText(uri, valid, { tabSize: 4, insertSpaces: true });
    assert.equal(formatText(uri, once, { tabSize: 4, insertSpaces: true }), once);
    assert.equal(formatText(uri, once, options), formatText(uri, valid, options));
  });

  it('lays JSON out and leaves what has errors alone', () => {
    assert.equal(
      formatText(`${root}/${json}`, '{\n"target": {\n"a": {}\n}}', options),
      '{\n  "target": {\n    "a": {}\n}}\n',
    );
    assert.deepEqual(features.formatting?.(bake.open(plainDocument(' a = [', hcl)), options, context), []);
  });
});
