// The linter: runs the rules over a file, keeps what they find at instructions that stay the same, and gives diagnostics.

import { analyse } from '../../../runtime/src/spec/dockerfile/analyse.ts';
import type { Model } from '../../../runtime/src/spec/dockerfile/model.ts';
import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import type { Fault, Instruction } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { type FileFacts, type Knowledge, type Known, noKnowledge } from '../knowledge/knowledge.ts';
import { ByText } from './by-text.ts';
import { activeRules, type ActiveRules, Catalogue, isCheck } from './catalogue.ts';
import { type Diagnostic, MergedDiagnostic } from './diagnostic.ts';
import { Ignores } from './ignores.ts';
import { FoundByItem, merge } from './merge.ts';
import { type Change, changeSince, checkFile, type Pass } from './pass.ts';
import type {
  FileContext,
  FileRule,
  Finding,
  InstructionRule,
  LintSettings,
  RuleId,
  Severity,
  Surroundings,
} from './rule.ts';
import { isRefuted } from './refute.ts';
import { mostItems } from './rules/own/length.ts';
import { allRules } from './rules/rules.ts';
import { runOf } from './scripts.ts';
import { initialShell, shellStates, SurroundingsMaker } from './surroundings.ts';

/** What another tool found at an instruction: ShellCheck. */
export interface ForeignFinding extends Finding {
  readonly id: RuleId;
  readonly severity: Severity;
}

export interface LintOptions {
  readonly settings: LintSettings;
  readonly knowledge?: Knowledge;
  /** Whether .dockerignore excludes a path of the build's context. */
  readonly ignored?: (path: string) => boolean;
  /** What is known of a file of the build's context, by its path there. */
  readonly contextFile?: (path: string) => Known<FileFacts>;
  /** What other tools are known to say of an instruction, at once. */
  readonly foreign?: (
    model: Model,
    item: number,
    instruction: Instruction,
    surroundings: Surroundings,
  ) => readonly ForeignFinding[];
}

/** Settings where nothing is set. */
export const defaultSettings: LintSettings = {
  severities: {},
  allowedRegistries: [],
  labelSchema: {},
  strictLabels: false,
  inlineIgnores: true,
};

/** All rules, those of both tools and our own. */
export const catalogue = new Catalogue(allRules);

/** By the settings, which many linters share. */
const active = new WeakMap<LintSettings, ActiveRules>();

function activeFor(settings: LintSettings): ActiveRules {
  let found = active.get(settings);
  if (found === undefined) active.set(settings, (found = activeRules(catalogue, settings)));
  return found;
}

type Mutable = { readonly rule: InstructionRule; readonly finding: Finding }[];

/** Lints files with the same settings; what it finds at an instruction is kept as long as that and its surroundings are the same. */
export class Linter {
  readonly #settings: LintSettings;
  readonly #options: LintOptions;
  readonly #active: ActiveRules;
  readonly #maker: SurroundingsMaker;
  /** The beginning of the last file that was too long. */
  #cut: Model | undefined;
  readonly #kept = new WeakMap<Surroundings, ByText<Readonly<Mutable>>>();
  readonly #passes = new WeakMap<Model, Pass>();
  /** The last file. It is not kept from being forgotten: a linter may outlive what it has seen. */
  #last: WeakRef<Model> | undefined;

  constructor(options: LintOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#active = activeFor(options.settings);
    this.#maker = new SurroundingsMaker(options.settings);
  }

  /**
   * Diagnostics of a file, in the order of its text. Of a very long one, rules look at the beginning, and say so.
   * @param world the same object as long as knowledge, files and other tools answer the same: what an edit does not concern is then taken
   *   from the last run; without it, everything is looked at
   */
  lint(whole: Model, world?: object): readonly Diagnostic[] {
    const last = this.#last?.deref();
    const before = last === undefined ? undefined : this.#passes.get(last);
    const change = changeSince(before, whole, world, this.#options.foreign !== undefined);
    const pass = this.#pass(whole, world, before, change);
    if (world !== undefined && whole.file.items.length <= mostItems) {
      this.#passes.set(whole, pass);
      this.#last = new WeakRef(whole);
    }
    const { starts } = whole.file;
    const diagnostics: Diagnostic[] = [];
    for (let item = 0; item < pass.byItem.length; item += 1) {
      const list = pass.byItem[item];
      if (list === undefined) continue;
      for (const merged of list) diagnostics.push(new MergedDiagnostic(merged, starts));
    }
    return diagnostics;
  }

  #pass(whole: Model, world: object | undefined, before: Pass | undefined, change: Change | undefined): Pass {
    const model = this.#beginning(whole);
    const known = change === undefined ? undefined : before;
    const ignores = known?.ignores ?? new Ignores(whole, catalogue, this.#settings.inlineIgnores);
    const shells = known?.shells ?? shellStates(model);
    const context: FileContext = {
      model,
      knowledge: this.#options.knowledge ?? noKnowledge,
      settings: this.#settings,
      ignored: this.#options.ignored,
      contextFile: this.#options.contextFile,
      surroundings: (item) => this.#maker.make(model.file.escape, shells[item] ?? initialShell),
    };
    const { file, offByDefault } = this.#active;
    const isOff = (rule: FileRule) => offByDefault.has(rule) && this.#severity(rule.id, ignores) === 'off';
    const byRule = checkFile(file, isOff, context, before, change);
    const found = this.#collect(whole, context, ignores, byRule, change?.items);
    const byItem = known === undefined ? [] : [...known.byItem];
    for (const item of change?.items ?? []) byItem[item] = undefined;
    found.lists.forEach((list, item) => (byItem[item] = merge(list, catalogue)));
    return { model: whole, world, ignores, shells, byRule, byItem };
  }

  /** @param wanted the items that findings are wanted of; of all without it */
  #collect(
    whole: Model,
    context: FileContext,
    ignores: Ignores,
    byRule: Pass['byRule'],
    wanted: ReadonlySet<number> | undefined,
  ): FoundByItem {
    const found = new FoundByItem();
    const { items } = whole.file;
    const rulesEnd = context.model.file.items.length;
    for (const item of wanted ?? items.keys()) {
      const instruction = items[item];
      if (instruction?.kind === 'instruction' && item < rulesEnd) {
        this.#addInstruction(instruction, item, context, ignores, found);
      }
      // What a build refuses is told of every line.
      if (instruction !== undefined && instruction.faults.length > 0) {
        this.#addFaults(instruction.faults, item, ignores, found);
      }
    }
    for (const fault of whole.faults) {
      if (wanted?.has(fault.item) !== false) this.#addFaults([fault], fault.item, ignores, found);
    }
    this.#active.file.forEach(({ id }, index) => {
      for (const finding of byRule[index] ?? []) {
        if (wanted?.has(finding.item) !== false) this.#add(id, finding.item, finding, context, ignores, found);
      }
    });
    return found;
  }

  #addInstruction(
    instruction: Instruction,
    item: number,
    context: FileContext,
    ignores: Ignores,
    found: FoundByItem,
  ): void {
    const here = context.surroundings(item);
    const findings = this.#findings(instruction, here);
    for (const { rule, finding } of findings) this.#add(rule.id, item, finding, context, ignores, found);
    const { foreign } = this.#options;
    if (foreign === undefined) return;
    for (const finding of foreign(context.model, item, instruction, here)) {
      this.#addForeign(finding, item, ignores, found);
    }
  }

  #add(id: RuleId, item: number, finding: Finding, context: FileContext, ignores: Ignores, found: FoundByItem): void {
    const severity = this.#severity(id, ignores);
    if (severity === 'off' || ignores.has(id, item) || isRefuted(id, item, context)) return;
    found.add({ id, item, severity, fault: false, finding });
  }

  #beginning(model: Model): Model {
    const { text, starts, items } = model.file;
    if (items.length <= mostItems) return model;
    const beginning = text.slice(0, starts[mostItems]);
    if (this.#cut?.file.text !== beginning) this.#cut = analyse(parseDockerfile(beginning));
    return this.#cut;
  }

  #severity(id: RuleId, { checks }: Ignores): Severity | 'off' {
    const severity = this.#active.severities.get(id) ?? 'off';
    if (checks === undefined || !isCheck(id)) return severity;
    const { experimental, error } = checks;
    const isOn = severity !== 'off' || experimental === 'all' || experimental.includes(id);
    if (!isOn) return 'off';
    return error ? 'error' : severity === 'off' ? 'warning' : severity;
  }

  #findings(instruction: Instruction, surroundings: Surroundings): Readonly<Mutable> {
    let byText = this.#kept.get(surroundings);
    if (byText === undefined) this.#kept.set(surroundings, (byText = new ByText()));
    const kept = byText.get(instruction.text);
    if (kept !== undefined) return kept;
    const findings: Mutable = [];
    this.#check(instruction, surroundings, false, findings);
    const trigger = instruction.form.kind === 'onbuild' ? instruction.form.trigger : undefined;
    if (trigger !== undefined) this.#check(trigger, surroundings, true, findings);
    byText.set(instruction.text, findings);
    return findings;
  }

  #check(instruction: Instruction, surroundings: Surroundings, onbuild: boolean, findings: Mutable): void {
    for (const rule of this.#rulesOf(instruction)) {
      if (onbuild && rule.onbuild !== true) continue;
      for (const finding of rule.check(instruction, surroundings)) findings.push({ rule, finding });
    }
  }

  #rulesOf(instruction: Instruction): Iterable<InstructionRule> {
    const { byInstruction, byProgram } = this.#active;
    const general = (instruction.name && byInstruction.get(instruction.name)) ?? [];
    if (instruction.name !== 'RUN') return general;
    const special = runOf(instruction).names.flatMap(byProgram);
    if (special.length === 0) return general;
    return new Set([...general, ...special]);
  }

  #addFaults(faults: readonly Fault[], item: number, ignores: Ignores, found: FoundByItem): void {
    if (ignores.silences(item)) return;
    for (const { code, message, span, suggestion } of faults) {
      const severity = catalogue.chosenSeverity(code, this.#settings) ?? 'error';
      if (severity === 'off') continue;
      const title = `Change to ${suggestion ?? ''}`;
      const fix = suggestion === undefined ? {} : { fix: { title, edits: [{ span, text: suggestion }], safe: false } };
      found.add({ id: code, item, severity, fault: true, finding: { message, span, ...fix } });
    }
  }

  #addForeign(finding: ForeignFinding, item: number, ignores: Ignores, found: FoundByItem): void {
    const severity = catalogue.chosenSeverity(finding.id, this.#settings) ?? finding.severity;
    if (severity === 'off' || ignores.has(finding.id, item)) return;
    found.add({ id: finding.id, item, severity, fault: false, finding });
  }
}
