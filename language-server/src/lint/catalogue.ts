// All rules by name: which are twins, how severe each is by the settings, and which look at which instruction.

import type { InstructionName } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { faultIds } from './faults.ts';
import type { FileRule, InstructionRule, LintSettings, Rule, RuleId, Severity } from './rule.ts';

export class Catalogue {
  readonly rules: readonly Rule[];
  readonly #byId: ReadonlyMap<RuleId, Rule>;
  /** A rule's name -> the names of its twins and itself. */
  readonly #groups = new Map<RuleId, Set<RuleId>>();

  constructor(rules: readonly Rule[]) {
    this.rules = rules;
    this.#byId = new Map(rules.map((rule) => [rule.id, rule]));
    for (const { id, twins } of rules) for (const twin of twins ?? []) this.#join(id, twin);
  }

  #join(one: RuleId, other: RuleId): void {
    const joined = new Set([...(this.#groups.get(one) ?? [one]), ...(this.#groups.get(other) ?? [other])]);
    for (const id of joined) this.#groups.set(id, joined);
  }

  rule(id: RuleId): Rule | undefined {
    return this.#byId.get(id);
  }

  /** Whether two names stand for the same fault. */
  areTwins(one: RuleId, other: RuleId): boolean {
    return one === other || this.#groups.get(one)?.has(other) === true;
  }

  /** The names that stand for the same fault, this one among them. */
  twins(id: RuleId): Iterable<RuleId> {
    return this.#groups.get(id) ?? [id];
  }

  /** What the settings say of a rule: by its own name, else by a twin's; undefined where they say nothing. */
  chosenSeverity(id: RuleId, { severities }: LintSettings): Severity | 'off' | undefined {
    if (Object.hasOwn(severities, id)) return severities[id];
    for (const twin of this.twins(id)) if (Object.hasOwn(severities, twin)) return severities[twin];
    for (const twin of faultIds(id)) if (Object.hasOwn(severities, twin)) return severities[twin];
    return undefined;
  }
}

/** Rules that are on, by what they look at. */
export interface ActiveRules {
  /** Those about any instruction of a name. */
  readonly byInstruction: ReadonlyMap<InstructionName, readonly InstructionRule[]>;
  /** Those about a RUN that runs a program. */
  readonly byProgram: (name: string) => readonly InstructionRule[];
  readonly file: readonly FileRule[];
  /** Those of them that are off unless a directive of the file turns them on. */
  readonly offByDefault: ReadonlySet<FileRule>;
  readonly severities: ReadonlyMap<RuleId, Severity | 'off'>;
}

/** Leaves out what is off, but for BuildKit's experimental checks, which a directive in the file may turn on. */
export function activeRules(catalogue: Catalogue, settings: LintSettings): ActiveRules {
  const byInstruction = new Map<InstructionName, InstructionRule[]>();
  const file: FileRule[] = [];
  const offByDefault = new Set<FileRule>();
  const aboutPrograms: InstructionRule[] = [];
  const severities = new Map<RuleId, Severity | 'off'>();
  for (const rule of catalogue.rules) {
    const severity = catalogue.chosenSeverity(rule.id, settings) ?? rule.severity;
    severities.set(rule.id, severity);
    if (severity === 'off' && !isCheck(rule.id)) continue;
    if (rule.scope === 'file') {
      file.push(rule);
      if (severity === 'off') offByDefault.add(rule);
    } else if (rule.programs !== undefined) {
      aboutPrograms.push(rule);
    } else {
      for (const name of rule.instructions) {
        const list = byInstruction.get(name);
        if (list === undefined) byInstruction.set(name, [rule]);
        else list.push(rule);
      }
    }
  }
  return { byInstruction, byProgram: rulesByProgram(aboutPrograms), file, offByDefault, severities };
}

/** Names are few in honest files; those beyond are asked for each time. */
const mostNames = 5000;

function rulesByProgram(rules: readonly InstructionRule[]): ActiveRules['byProgram'] {
  const known = new Map<string, readonly InstructionRule[]>();
  return (name) => {
    let found = known.get(name);
    if (found === undefined) {
      found = rules.filter(({ programs }) => programs?.(name));
      if (known.size < mostNames) known.set(name, found);
    }
    return found;
  };
}

/** Whether a name is one of BuildKit's: words in capitals and no dash, no number. */
export function isCheck(id: RuleId): boolean {
  return /^[A-Z][a-z][A-Za-z]*$/.test(id) || /^JSON[A-Za-z]+$/.test(id);
}
