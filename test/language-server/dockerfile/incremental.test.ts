// After edits, everything that is kept from before says what a file that is opened anew says: model, problems with their remedies, and
// the outline.

import assert from 'node:assert/strict';
import type { DocumentSymbol } from 'vscode-languageserver';
import { analyse } from '../../../runtime/src/spec/dockerfile/analyse.ts';
import type { Model } from '../../../runtime/src/spec/dockerfile/model.ts';
import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import { definitionsAt } from '../../../runtime/src/spec/dockerfile/scope.ts';
import { dockerfile as language } from '../../../language-server/src/dockerfile/language.ts';
import { DockerfileView } from '../../../language-server/src/dockerfile/view.ts';
import { Document } from '../../../language-server/src/language/document.ts';
import { noKnowledge, type ImageFacts, type Knowledge } from '../../../language-server/src/knowledge/knowledge.ts';
import type { Diagnostic } from '../../../language-server/src/lint/diagnostic.ts';
import { catalogue, defaultSettings, Linter, type LintOptions } from '../../../language-server/src/lint/lint.ts';
import { dockerfile as longFile } from '../../bench/dockerfiles.ts';
import { seededRandom } from '../../spec/random.ts';
import { corpus } from '../corpus.ts';
import { context } from './fixture.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

/** What people type into an instruction. */
const words = [
  ...'x|1|/|.|-|:|=|$|"|\'|\\|a b|/abs|rel|:latest|,|$A|${A}|${BASE}|$VERSION|0|root|sudo |cd /x|a.tar|ignored'.split(
    '|',
  ),
  ...' --from=stage0 | --from=0 | --chown=u:g | --mount=type=cache | --mount=type=bind,from=stage1,target=/x '.split(
    '|',
  ),
  ...' apt-get update| && apt-get install -y a=1| && rm -rf /var/lib/apt/lists/*| && pip install a==1| yarn install| wget a'.split(
    '|',
  ),
  ...' && curl b| && tar xf a.tar| && dnf install -y a| && useradd u| ["a"]| ["a", "b"]| maintainer=a b=c'.split('|'),
];
/** A file of which many rules have something to say. */
const manyRules = `ARG BASE=alpine
FROM golang:1 AS stage0
WORKDIR a
COPY a.tar b
RUN apt-get update
RUN apt-get install -y x=1
RUN wget a
RUN --mount=type=cache tar xf b
RUN pip install a==1
USER u
FROM $BASE:3 AS stage1
RUN --mount=type=cache ls
COPY --from=stage0 /x y
COPY --chown=u:g x y
USER root
RUN dnf install -y a
RUN curl b
CMD a
FROM stage1
ADD ignored /x
LABEL a=b
RUN yarn install
ENTRYPOINT ["a"]
CMD ["b"]
`;
/** What they type below it. */
const lines = [
  ...'|RUN a|FROM a AS stage0|FROM stage1|ENV A=1 B=$A|ARG A|ARG SECRET_TOKEN=1|USER root|USER u|WORKDIR w|CMD a'.split(
    '|',
  ),
  ...'ENTRYPOINT ["a"]|COPY a.tar b|ADD ignored /x|SHELL ["powershell"]|ONBUILD RUN a|EXPOSE $A|HEALTHCHECK NONE'.split(
    '|',
  ),
  ...'LABEL a=b|# hadolint ignore=DL3059|# check=skip=all|# a|RUN <<EOF|run a|copy a b|wor'.split('|'),
];

const facts: ImageFacts = {
  digest: undefined,
  id: 'sha256:1',
  size: 1,
  created: undefined,
  platform: 'linux/arm64',
  env: ['PATH=/bin', 'A=1'],
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

/** An image that is there and has nothing in it, so that rules have much to say. */
const emptyImage: Knowledge = {
  ...noKnowledge,
  image: (reference) => (reference.includes('golang') ? { kind: 'unknown' } : { kind: 'known', value: facts }),
  imageFile: () => ({ kind: 'absent' }),
  imageProgram: () => ({ kind: 'absent' }),
  imagePrograms: () => ({ kind: 'known', value: [] }),
  imageUsers: () => ({ kind: 'known', value: [] }),
  imageGroups: () => ({ kind: 'known', value: [] }),
};

const severities = Object.fromEntries(
  catalogue.rules.map(({ id, severity }) => [id, severity === 'off' ? 'style' : severity]),
);
const everything: LintOptions = {
  settings: {
    ...defaultSettings,
    severities,
    allowedRegistries: ['example.org'],
    labelSchema: { a: 'text', maintainer: 'email' },
    strictLabels: true,
  },
  knowledge: emptyImage,
  ignored: (path) => path.includes('ignored'),
  contextFile: () => ({ kind: 'absent' }),
};
/** The rules that are heard without asking; what no settings name goes by its own severity. */
const usual: LintOptions = { settings: defaultSettings };

/** Getters are not compared by `deepEqual`. */
function plain({ fix, related, ...rest }: Diagnostic) {
  return { ...rest, fix, related };
}

function plainModel(model: Model) {
  const { globals, stages, faults } = model;
  const items = [...model.file.items.keys()];
  return { globals, stages, faults, of: items.map((item) => model.stageOf(item)?.index) };
}

class Editor {
  readonly #random: (below: number) => number;
  document: Document;
  view: DockerfileView;

  constructor(text: string, random: (below: number) => number) {
    this.#random = random;
    this.document = new Document({ uri: 'file:///w/Dockerfile', languageId: 'dockerfile', version: 1 }, text);
    this.view = language.open(this.document);
  }

  /** One key, one word or one line, mostly in an instruction. */
  type(): void {
    const { text, version } = this.document;
    const start = this.#place();
    const end = Math.min(text.length, start + (this.#random(3) === 0 ? this.#random(4) : 0));
    const added = this.#random(8) === 0 ? `\n${this.#one(lines)}\n` : this.#random(6) === 0 ? '' : this.#one(words);
    const range = this.document.range(start, end);
    const edited = this.document.edit(version + 1, [{ range, text: added }]);
    const view = language.edit?.(this.view, edited.document, edited.changes);
    assert.ok(view !== undefined);
    this.document = edited.document;
    this.view = view;
  }

  /** Behind a keyword, at the end of an instruction, or anywhere. */
  #place(): number {
    const { items, starts, text } = this.view.file;
    const index = this.#random(items.length);
    const item = items[index];
    const start = starts[index] ?? 0;
    const kind = this.#random(5);
    if (item?.kind !== 'instruction' || kind === 0) return this.#random(text.length + 1);
    return start + (kind < 3 ? Math.min(item.keywordSpan.end + 1, item.span.end) : item.span.end);
  }

  #one(choices: readonly string[]): string {
    return choices[this.#random(choices.length)] ?? '';
  }
}

function symbolsOf(view: DockerfileView): DocumentSymbol[] | undefined {
  return language.features.symbols?.(view);
}

describe(`a Dockerfile after edits (SEED=${String(seed)})`, function () {
  this.timeout(120_000);
  const long = [40, 60].map((length) => ({ name: String(length), text: longFile(length) }));
  const many = Array.from({ length: 10 }, () => ({ name: 'many rules', text: manyRules }));
  const texts = [...corpus().slice(0, 20), ...long, ...many];

  for (const [name, options] of Object.entries({ everything, usual })) {
    it(`has the problems of a file that is opened anew, with ${name}`, () => {
      const random = seededRandom(seed);
      const world = {};
      for (const { name: file, text } of texts) {
        const linter = new Linter(options);
        const editor = new Editor(text.slice(0, 20_000), random);
        for (let step = 0; step < 25; step += 1) {
          editor.type();
          // A burst of edits is looked at once.
          if (random(4) === 0) continue;
          const fresh = analyse(parseDockerfile(editor.document.text));
          const said = JSON.stringify([file, step, editor.document.text]);
          assert.deepEqual(
            linter.lint(editor.view.model, world).map(plain),
            new Linter(options).lint(fresh).map(plain),
            said,
          );
        }
      }
    });
  }

  it('writes the problems that are told of a file that is opened anew', () => {
    const random = seededRandom(seed + 2);
    const { diagnostics, diagnosticTexts } = language.features;
    for (const { name: file, text } of texts) {
      const editor = new Editor(text.slice(0, 20_000), random);
      for (let step = 0; step < 15; step += 1) {
        editor.type();
        const { uri, languageId, version, text: now } = editor.document;
        const told = diagnostics?.(language.open(new Document({ uri, languageId, version }, now)), context);
        const written = diagnosticTexts?.(editor.view, context) ?? [];
        assert.deepEqual(JSON.parse(`[${written.join(',')}]`), told, JSON.stringify([file, step, now]));
        assert.deepEqual(diagnosticTexts?.(editor.view, context), written);
      }
    }
  });

  it('has the model and the outline of a file that is opened anew', () => {
    const random = seededRandom(seed + 1);
    for (const { name: file, text } of texts) {
      const editor = new Editor(text.slice(0, 20_000), random);
      for (let step = 0; step < 25; step += 1) {
        editor.type();
        if (random(4) === 0) continue;
        const { model } = editor.view;
        const fresh = new DockerfileView(editor.document, parseDockerfile(editor.document.text));
        assert.deepEqual(plainModel(model), plainModel(fresh.model), file);
        const last = model.file.items.length - 1;
        assert.deepEqual(definitionsAt(model, last), definitionsAt(fresh.model, last), file);
        const outline = symbolsOf(fresh);
        assert.deepEqual(symbolsOf(editor.view), outline, file);
        assert.deepEqual(JSON.parse(language.features.symbolsText?.(editor.view) ?? ''), outline, file);
      }
    }
  });

  it('keeps what it knows of stages while an instruction is typed that defines nothing', () => {
    const text = 'FROM a:1 AS b\nENV A=1\nRUN x\nFROM b\nCOPY --from=b /x $A\n';
    const stages = (at: string, added: string) => {
      const before = language.open(
        new Document({ uri: 'file:///w/Dockerfile', languageId: 'dockerfile', version: 1 }, text),
      );
      const place = before.document.positionAt(text.indexOf(at) + at.length);
      const range = { start: place, end: place };
      const { document, changes } = before.document.edit(2, [{ range, text: added }]);
      return [before.model.stages, language.edit?.(before, document, changes)?.model.stages];
    };
    for (const [at, added] of [
      ['RUN x', 'y'],
      ['/x', 'y'],
    ] as const) {
      const [before, after] = stages(at, added);
      assert.equal(after, before);
    }
    for (const [at, added] of [
      ['A=1', '2'],
      ['AS b', 'c'],
      ['--from=', 'b'],
      ['RUN x', '\n\n'],
    ] as const) {
      const [before, after] = stages(at, added);
      assert.notEqual(after, before);
    }
  });

  it('is looked at anew where the world answers otherwise', () => {
    let isThere = true;
    const linter = new Linter({
      settings: defaultSettings,
      contextFile: (path) =>
        isThere
          ? { kind: 'known', value: { name: path, kind: 'file', size: 1, mode: 0o644, target: undefined } }
          : { kind: 'absent' },
    });
    const model = analyse(parseDockerfile('FROM a:1\nCOPY x /x\n'));
    const codes = (world: object) => linter.lint(model, world).map(({ code }) => code);
    const before = {};
    assert.deepEqual(codes(before), []);
    isThere = false;
    assert.deepEqual(codes(before), []);
    assert.deepEqual(codes({}), ['missing-source']);
  });
});
