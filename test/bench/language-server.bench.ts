// The language server beside rcjsuen's, which most editors ship: both over stdio, in turns, on a short file, a long one and one
// that is twice as long. All of our rules are on.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LanguageClient, ourServer } from '../language-server/client.ts';
import { dockerfile } from './dockerfiles.ts';
import { cpuGroup, interleave, repetitions, report, type Sample, title } from './harness.ts';

const rivalName = 'rcjsuen';
const node = join(import.meta.dirname, '../../node_modules/.bin/node');
const rivalServer = [
  node,
  join(import.meta.dirname, '../../node_modules/dockerfile-language-server-nodejs/bin/docker-langserver'),
  '--stdio',
];

/** A server with one file open, and what is asked of it. */
class Contestant implements AsyncDisposable {
  readonly client: LanguageClient;
  readonly #cpu;
  #version = 1;
  #uri = '';
  #text = '';
  #at = { line: 0, character: 0 };

  constructor(name: string, command: readonly string[]) {
    this.#cpu = cpuGroup(`ls-${name}`);
    this.client = new LanguageClient(command);
    this.#cpu.add(this.client.process.pid ?? 0);
  }

  readonly cpuMs = (): number => this.#cpu.usedMs();

  /** Opens a file and waits for its problems. */
  async open(uri: string, text: string): Promise<void> {
    if (this.#uri !== '') this.client.notify('textDocument/didClose', { textDocument: { uri: this.#uri } });
    this.#version = 1;
    this.#uri = uri;
    this.#text = text;
    const lines = text.split('\n');
    const line = lines.findIndex((each, index) => index > lines.length / 2 && each.startsWith('WORKDIR'));
    this.#at = { line, character: lines[line]?.length ?? 0 };
    this.client.heard.length = 0;
    this.client.open(uri, text);
    await this.client.problems(uri, 1);
  }

  /** A character typed in the middle of the file, or taken away again. */
  async edit(): Promise<void> {
    const version = ++this.#version;
    const end = { ...this.#at, character: this.#at.character + (version % 2) };
    this.client.heard.length = 0;
    this.client.change(this.#uri, version, [{ range: { start: this.#at, end }, text: version % 2 === 0 ? 'x' : '' }]);
    await this.client.problems(this.#uri, version);
  }

  async ask(method: string, extra: object = {}): Promise<void> {
    await this.client.request(`textDocument/${method}`, { textDocument: { uri: this.#uri }, ...extra });
  }

  /** A new instruction's line at the end of the file. */
  get end(): object {
    return { position: { line: this.#text.split('\n').length - 1, character: 0 } };
  }

  /** A variable in the middle of the file. */
  get variable(): object {
    return { position: { ...this.#at, character: 'WORKDIR $'.length } };
  }

  get keyword(): object {
    return { position: { ...this.#at, character: 1 } };
  }

  /** In MiB, of one kind that the kernel counts. */
  memory(kind: 'Rss' | 'Pss'): number {
    const counts = readFileSync(`/proc/${this.client.process.pid ?? 0}/smaps_rollup`, 'utf8');
    return Number(new RegExp(`^${kind}:\\s+(\\d+)`, 'm').exec(counts)?.[1] ?? 0) / 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.stop();
    this.#cpu[Symbol.dispose]();
  }
}

async function race(
  ours: Contestant,
  theirs: Contestant | undefined,
  count: number,
  run: (each: Contestant) => Promise<void>,
): Promise<{ ours: Sample; theirs: Sample }> {
  const subjects = [
    { name: 'ours', cpuMs: ours.cpuMs, run: () => run(ours) },
    ...(theirs === undefined ? [] : [{ name: 'theirs', cpuMs: theirs.cpuMs, run: () => run(theirs) }]),
  ];
  const medians = await interleave(subjects, count);
  const none = { wallMs: Number.NaN, cpuMs: Number.NaN };
  return { ours: medians.get('ours') ?? none, theirs: medians.get('theirs') ?? none };
}

interface Operation {
  readonly what: string;
  readonly run: (each: Contestant) => Promise<void>;
  /** On the long file, ours / theirs at most. */
  readonly ratio: number;
}

const operations: readonly Operation[] = [
  { what: 'edit -> problems', run: (each) => each.edit(), ratio: 0.1 },
  { what: 'completion, new instruction', run: (each) => each.ask('completion', each.end), ratio: 0.1 },
  { what: 'completion, variable', run: (each) => each.ask('completion', each.variable), ratio: 0.1 },
  { what: 'hover', run: (each) => each.ask('hover', each.keyword), ratio: 0.1 },
  { what: 'symbols', run: (each) => each.ask('documentSymbol'), ratio: 0.1 },
  { what: 'folding', run: (each) => each.ask('foldingRange'), ratio: 1 },
  { what: 'links', run: (each) => each.ask('documentLink'), ratio: 1 },
];

/** How long a start takes, from the program's to the answer. */
async function start(command: readonly string[]): Promise<void> {
  const client = new LanguageClient(command);
  await client.initialize();
  started.push(client);
}
const started: LanguageClient[] = [];
const endStarted = async () => {
  for (const client of started.splice(0)) await client.stop();
};

title('language server: from start to the answer of `initialize` (medians)');
const starts = await interleave(
  [
    { name: 'ours', run: () => start(ourServer), tidy: endStarted },
    { name: 'theirs', run: () => start(rivalServer), tidy: endStarted },
  ],
  repetitions(10),
);
report({
  what: 'initialize',
  ours: starts.get('ours')?.wallMs ?? Number.NaN,
  unit: 'ms',
  rival: rivalName,
  theirs: starts.get('theirs')?.wallMs ?? Number.NaN,
  limit: 150,
});

await using ours = new Contestant('ours', ourServer);
await using theirs = new Contestant('theirs', rivalServer);
await ours.client.initialize();
await theirs.client.initialize();

for (const lines of [50, 2000]) {
  const text = dockerfile(lines);
  title(`language server: ${lines} lines (medians; wall time, CPU below)`);
  let opened = 0;
  const open = (each: Contestant) => each.open(`file:///w/${lines}/${opened++}/Dockerfile`, text);
  const rows: Operation[] = [{ what: 'open -> problems', run: open, ratio: 1 }, ...operations];
  for (const { what, run, ratio } of rows) {
    const { ours: mine, theirs: other } = await race(ours, theirs, repetitions(40), run);
    const target = lines === 50 ? 1 : ratio;
    report({ what, ours: mine.wallMs, unit: 'ms', rival: rivalName, theirs: other.wallMs, ratio: target });
    report({
      what: `${what}, CPU`,
      ours: mine.cpuMs,
      unit: 'ms',
      rival: rivalName,
      theirs: other.cpuMs,
      ratio: target,
    });
  }
  // The rival takes seconds for a long file: once is enough.
  const tokens = (each: Contestant) => each.ask('semanticTokens/full');
  const { ours: mine } = await race(ours, undefined, repetitions(40), tokens);
  const { theirs: other } = await race(ours, theirs, lines === 50 ? 20 : 1, tokens);
  report({ what: 'tokens', ours: mine.wallMs, unit: 'ms', rival: rivalName, theirs: other.wallMs, limit: 10 });
  report({ what: 'tokens, CPU', ours: mine.cpuMs, unit: 'ms', rival: rivalName, theirs: other.cpuMs, limit: 10 });
}

// Each length with a server of its own, in turns: a collection falls into one block of edits or another, of either.
title('language server: 4000 lines against 2000');
await using twice = new Contestant('ours-4000', ourServer);
await using once = new Contestant('ours-2000', ourServer);
await twice.client.initialize();
await once.client.initialize();
await twice.open('file:///w/4000/Dockerfile', dockerfile(4000));
await once.open('file:///w/2000/Dockerfile', dockerfile(2000));
await ours.open('file:///w/4000/Dockerfile', dockerfile(4000));
const edits = await interleave(
  [
    { name: 'twice', cpuMs: twice.cpuMs, run: () => twice.edit() },
    { name: 'once', cpuMs: once.cpuMs, run: () => once.edit() },
    { name: 'ours', cpuMs: ours.cpuMs, run: () => ours.edit() },
  ],
  repetitions(100),
);
const growth = (edits.get('twice')?.cpuMs ?? Number.NaN) / (edits.get('once')?.cpuMs ?? Number.NaN);
report({ what: 'edit -> problems, CPU', ours: growth, unit: 'times', limit: 2.3 });

// What is resident has some 45 MiB of Node's own program in it, which all Nodes of a machine share; the proportional size has a part of it.
function reportMemory(): void {
  for (const [what, kind] of [
    ['resident', 'Rss'],
    ['proportional', 'Pss'],
  ] as const) {
    report({ what, ours: ours.memory(kind), unit: 'MiB', rival: rivalName, theirs: theirs.memory(kind), limit: 80 });
  }
}

title('language server: memory in the middle of this work');
reportMemory();
title('language server: memory once nobody has typed for a while');
const restLimitMs = 10_000;
const before = ours.memory('Rss');
for (let waited = 0; waited < restLimitMs && ours.memory('Rss') > before - 5; waited += 500) await sleep(500);
await sleep(1000);
reportMemory();
