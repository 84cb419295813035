// ShellCheck's findings beside ours: which scripts it is asked, with which variables, and what is already known of each.

import type { Model, Stage } from '../../../runtime/src/spec/dockerfile/model.ts';
import type { Instruction, Item } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { type CheckShell, isCheckedShell, type ShellFinding, type ShellScript } from '../shell/findings.ts';
import type { ForeignFinding, LintOptions } from './lint.ts';
import { shellSources } from './scripts.ts';
import type { Surroundings } from './rule.ts';

interface Kept {
  /** The shell and the variables under which it was asked. */
  readonly key: string;
  /** Undefined while the answer is awaited. */
  findings: readonly ForeignFinding[] | undefined;
}

interface Question {
  readonly scripts: readonly ShellScript[];
  readonly kept: Kept;
}

/** Keeps what a checker of shell scripts says of instructions. Nothing waits for it: what is not known yet is asked for. */
export class ShellFindings {
  readonly #check: CheckShell;
  readonly #kept = new WeakMap<Instruction, Kept>();
  #asked: Question[] = [];

  constructor(check: CheckShell) {
    this.#check = check;
  }

  /** What is known of a file's instructions, for a linter's options. */
  readonly foreign: NonNullable<LintOptions['foreign']> = (model, item, instruction, surroundings) => {
    const run = runOf(instruction);
    if (run === undefined || !isCheckedShell(surroundings.shell)) return [];
    const variables = variablesAt(model, item);
    const key = `${surroundings.shell} ${variables}`;
    let kept = this.#kept.get(instruction);
    if (kept?.key !== key) {
      kept = { key, findings: undefined };
      this.#kept.set(instruction, kept);
      this.#asked.push({ kept, scripts: scriptsOf(run, surroundings, variables) });
    }
    return kept.findings ?? [];
  };

  /** Asks for everything that has not been asked for yet. @returns whether there is something new to say */
  async update(options: { readonly signal?: AbortSignal } = {}): Promise<boolean> {
    const asked = this.#asked;
    this.#asked = [];
    if (asked.length === 0) return false;
    const answers = await this.#ask(
      asked.flatMap(({ scripts }) => scripts),
      options,
    );
    let at = 0;
    let isNews = false;
    for (const { kept, scripts } of asked) {
      kept.findings = answers
        .slice(at, at + scripts.length)
        .flat()
        .map(toForeign);
      at += scripts.length;
      isNews ||= kept.findings.length > 0;
    }
    return isNews;
  }

  /** Asks for scripts that are alike only once: files of one project have many. */
  async #ask(
    scripts: readonly ShellScript[],
    options: { readonly signal?: AbortSignal },
  ): Promise<readonly (readonly ShellFinding[])[]> {
    const places = new Map<string, number>();
    const unlike: ShellScript[] = [];
    const indexes = scripts.map((script) => {
      const key = JSON.stringify([script.shell, script.variables, script.source]);
      const known = places.get(key);
      if (known !== undefined) return known;
      places.set(key, unlike.length);
      return unlike.push(script) - 1;
    });
    const answers = await this.#check(unlike, options);
    return indexes.map((index) => answers[index] ?? []);
  }
}

/** The RUN that an instruction is or keeps. */
function runOf(instruction: Instruction): Instruction | undefined {
  if (instruction.name === 'RUN') return instruction;
  return instruction.form.kind === 'onbuild' && instruction.form.trigger?.name === 'RUN'
    ? instruction.form.trigger
    : undefined;
}

function scriptsOf(run: Instruction, { shell }: Surroundings, variables: string): readonly ShellScript[] {
  return shellSources(run)
    .map((source) => ({ source: source.text, shell: source.shell ?? shell, variables: variables.split(' ') }))
    .filter((script) => isCheckedShell(script.shell));
}

function toForeign({ code, severity, message, span, edits }: ShellFinding): ForeignFinding {
  const fix = { title: `Mend as ShellCheck proposes (${code})`, edits, safe: false };
  return { id: code, severity, message, span, ...(edits.length === 0 ? {} : { fix }) };
}

/** Proxy variables, which a build may always be given. */
const proxies = 'FTP_PROXY HTTPS_PROXY HTTP_PROXY NO_PROXY ftp_proxy http_proxy https_proxy no_proxy';

const names = new WeakMap<Model['stages'], readonly string[]>();

/** Names that ARG and ENV give a value where an item stands, with spaces between them. */
function variablesAt(model: Model, item: number): string {
  let known = names.get(model.stages);
  if (known === undefined) {
    known = collectNames(model);
    names.set(model.stages, known);
  }
  return known[item] ?? proxies;
}

function collectNames(model: Model): readonly string[] {
  const found: string[] = [];
  const ends = new Map<Stage | undefined, StageVariables>();
  let current = new StageVariables();
  let stage: Stage | undefined;
  for (const [index, item] of model.file.items.entries()) {
    const here = model.stageOf(index);
    if (here !== stage) {
      ends.set(stage, current);
      current = new StageVariables(here?.base.kind === 'stage' ? ends.get(here.base.stage) : undefined);
      stage = here;
    }
    found.push(current.at(item));
  }
  return found;
}

/** What has a value in a stage, and what will have one when the triggers of its image run: ENV stays in that, ARG does not. */
class StageVariables {
  readonly #own: Variables;
  readonly #triggers: Variables;
  readonly #environment = new Set<string>();

  constructor(base?: StageVariables) {
    const names = proxies.split(' ');
    this.#own = new Variables(base === undefined ? names : [...base.#own.names, ...base.#triggers.names]);
    this.#triggers = new Variables(names);
    for (const name of base === undefined ? [] : base.#environment) this.#keep(name);
  }

  /** Takes in an item. @returns the names that have a value in it, with spaces between them */
  at(item: Item): string {
    const trigger = item.kind === 'instruction' && item.form.kind === 'onbuild' ? item.form.trigger : undefined;
    for (const name of namesOf(item)) {
      this.#own.add(name);
      if (item.kind === 'instruction' && item.name === 'ENV') this.#keep(name);
    }
    for (const name of trigger === undefined ? [] : namesOf(trigger)) this.#triggers.add(name);
    return trigger === undefined ? this.#own.text : this.#triggers.text;
  }

  #keep(name: string): void {
    this.#environment.add(name);
    this.#triggers.add(name);
  }
}

/** So many variables are in no honest file. */
const mostVariables = 500;

class Variables {
  readonly names: Set<string>;
  text: string;

  constructor(names: Iterable<string>) {
    this.names = new Set(names);
    this.text = [...this.names].join(' ');
  }

  add(name: string): void {
    if (this.names.has(name) || this.names.size >= mostVariables) return;
    this.names.add(name);
    this.text += ` ${name}`;
  }
}

function namesOf(item: Item): readonly string[] {
  if (item.kind !== 'instruction' || (item.name !== 'ARG' && item.name !== 'ENV')) return [];
  return item.form.kind === 'pairs' ? item.form.pairs.map(({ key }) => key.raw) : [];
}
