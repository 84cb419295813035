// What a lint rule is. Rules are data and pure functions: they see a parsed file, what is known of the world, and the settings,
// and give findings. Which findings are shown, merged, ignored or mended is decided once, outside of them.

import type { Model } from '../../../runtime/src/spec/dockerfile/model.ts';
import type { Instruction, InstructionName, Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { FileFacts, Knowledge, Known } from '../knowledge/knowledge.ts';
import type { Script } from '../shell/tree.ts';

export type Severity = 'error' | 'warning' | 'info' | 'style';

/** A rule by its public name: a check of BuildKit's, a DL number of hadolint's, or a name of our own in kebab case. */
export type RuleId = string;

export interface RuleInfo {
  readonly id: RuleId;
  /** `off` is reported only where the settings ask for it. */
  readonly severity: Severity | 'off';
  /** One sentence for lists and documentation. */
  readonly title: string;
  /** Rules that tell of the same fault under another name: when both fire at one place, one diagnostic carries all the ids. */
  readonly twins?: readonly RuleId[];
}

/** A rule that looks at one instruction. Its findings are kept as long as the instruction and its surroundings are the same. */
export interface InstructionRule extends RuleInfo {
  readonly scope: 'instruction';
  /** The instructions that it looks at. */
  readonly instructions: readonly InstructionName[];
  /** Which programs of a RUN it is about, by name; it is not asked about a RUN that runs none of them. */
  readonly programs?: (name: string) => boolean;
  /** Whether it looks at the instruction that an ONBUILD keeps as well. */
  readonly onbuild?: boolean;
  check(instruction: Instruction, surroundings: Surroundings): Iterable<Finding>;
}

/** A rule that looks at the whole file. It runs at each change that concerns it: linear time, and cheap. */
export interface FileRule extends RuleInfo {
  readonly scope: 'file';
  /**
   * The instructions in stages whose arguments and flags it looks at, beside FROM, SHELL, ONBUILD, pragmas, and the keywords of all: it
   * is not asked again after an edit of others. All of them, and comments, where nothing is said. Who looks at variables names ARG and ENV.
   */
  readonly instructions?: readonly InstructionName[];
  check(context: FileContext): Iterable<FileFinding>;
}

export type Rule = InstructionRule | FileRule;

/** What an instruction rule may know besides the instruction; equal values mean that findings may be kept. */
export interface Surroundings {
  readonly escape: '\\' | '`';
  /** The shell of RUN where it stands: `sh`, `bash`, `ash`, `powershell`, `cmd`, … by the base name of the SHELL instruction's program. */
  readonly shell: string;
  /** Whether a SHELL instruction set it, in the stage or in one that it stands on. */
  readonly shellSet: boolean;
  /** Whether SHELL made pipes fail where any of their programs does. */
  readonly pipefail: boolean;
  readonly settings: LintSettings;
  /** The shell script of a RUN, CMD, ENTRYPOINT or HEALTHCHECK in shell form, or of its heredoc; undefined for the exec form and for shells that are not POSIX's kin. */
  readonly script: (instruction: Instruction) => Script | undefined;
}

export interface FileContext {
  readonly model: Model;
  readonly knowledge: Knowledge;
  readonly settings: LintSettings;
  /** Whether a path of the build's context is excluded by .dockerignore; undefined where there is no context to ask. */
  readonly ignored: ((path: string) => boolean) | undefined;
  /** A file of the build's context, by its path there; undefined where there is no context to ask. */
  readonly contextFile: ((path: string) => Known<FileFacts>) | undefined;
  readonly surroundings: (item: number) => Surroundings;
}

export interface Finding {
  /** Says what is wrong and what to do, in our own words. */
  readonly message: string;
  /** Counts from the instruction's first character, as in the tree. */
  readonly span: Span;
  readonly fix?: Fix;
}

export interface FileFinding extends Finding {
  /** The item that it is about. */
  readonly item: number;
  readonly related?: readonly { readonly item: number; readonly span: Span; readonly message: string }[];
}

/** A mechanical remedy. Spans count from the beginning of the finding's item; `item` on an edit names another one. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly { readonly span: Span; readonly text: string; readonly item?: number }[];
  /** Whether the build certainly means the same afterwards, or what was meant: only then it is part of `fix all`. */
  readonly safe: boolean;
}

/** What `.hadolint.yaml`, the editor's settings and the command line may say. */
export interface LintSettings {
  /** Rule -> severity; a twin's name counts for all of its twins. */
  readonly severities: Readonly<Record<RuleId, Severity | 'off'>>;
  readonly allowedRegistries: readonly string[];
  /** Label -> kind of value, as hadolint's `label-schema`. */
  readonly labelSchema: Readonly<Record<string, LabelKind>>;
  readonly strictLabels: boolean;
  /** Whether `# hadolint ignore=` counts. */
  readonly inlineIgnores: boolean;
}

export type LabelKind = 'text' | 'rawtext' | 'url' | 'rfc3339' | 'spdx' | 'hash' | 'githash' | 'semver' | 'email';
