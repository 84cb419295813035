// Linting of files in one process: parsed, mended where that is asked for, checked by ShellCheck in batches where it is there.

import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { analyse } from '../../spec/dockerfile/analyse.ts';
import { ignoreFileNames, isSourceIgnored, parseIgnoreFile } from '../../spec/dockerfile/ignore.ts';
import { letGo } from '../../spec/dockerfile/kept.ts';
import { KnownInstructions } from '../../spec/dockerfile/known-instructions.ts';
import { parseDockerfile } from '../../spec/dockerfile/parse.ts';
import type { Diagnostic, Remedy } from '../../../../language-server/src/lint/diagnostic.ts';
import { fixAll } from '../../../../language-server/src/lint/fixes.ts';
import { Linter } from '../../../../language-server/src/lint/lint.ts';
import type { LintedFile, Reported } from '../../../../language-server/src/lint/report/report.ts';
import type { LintSettings } from '../../../../language-server/src/lint/rule.ts';
import { ShellFindings } from '../../../../language-server/src/lint/shell-findings.ts';
import { findShellCheck, shellCheck } from '../../../../language-server/src/shell/node/shellcheck.ts';
import type { NamedText } from '../commands/dockerfiles.ts';

/** So many files wait for one run of ShellCheck; without it none waits, and what was made of each can be forgotten. */
const batchSize = 50;

export interface LintingOptions {
  readonly settings: LintSettings;
  readonly useShellCheck: boolean;
  /** Which fixes are applied; undefined where none is. */
  readonly wanted: ((fix: Remedy) => boolean) | undefined;
}

export interface Linted extends LintedFile {
  /** The text before it was mended. */
  readonly before: string;
  readonly fixes: number;
}

/** Lints files, in order. */
export async function* lintFiles(files: AsyncIterable<NamedText>, options: LintingOptions): AsyncGenerator<Linted> {
  const program = options.useShellCheck ? await findShellCheck() : undefined;
  const shell = program === undefined ? undefined : new ShellFindings(shellCheck(program));
  const linters = new Linters(options.settings, shell);
  let batch: NamedText[] = [];
  for await (const file of files) {
    batch.push(file);
    if (shell !== undefined && batch.length < batchSize) continue;
    yield* lintBatch(batch, linters, shell, options);
    batch = [];
  }
  yield* lintBatch(batch, linters, shell, options);
}

async function* lintBatch(
  files: readonly NamedText[],
  linters: Linters,
  shell: ShellFindings | undefined,
  { wanted }: LintingOptions,
): AsyncGenerator<Linted> {
  const looked = files.map((file) => {
    const linter = linters.for(file);
    const { text, fixes } = mend(file, linter, wanted);
    const model = analyse(parseDockerfile(text, linters.known));
    return { file, linter, text, fixes, model, first: linter.lint(model) };
  });
  const isNews = (await shell?.update()) ?? false;
  for (const { file, linter, text, fixes, model, first } of looked) {
    const diagnostics = (isNews ? linter.lint(model) : first).map(reported);
    letGo(model);
    yield { name: file.name, text, before: file.text, fixes, diagnostics };
  }
}

/** Files wait for the report of all: what stands behind a diagnostic, such as the file's tree, can go before. */
function reported({ code, ids, severity, message, span }: Diagnostic): Reported {
  return { code, ids, severity, message, span };
}

function mend({ text }: NamedText, linter: Linter, wanted: LintingOptions['wanted']): { text: string; fixes: number } {
  if (wanted === undefined) return { text, fixes: 0 };
  return fixAll(text, (each) => linter.lint(analyse(parseDockerfile(each))), wanted);
}

/** One linter for all files, but for those beside which a .dockerignore lies. */
class Linters {
  readonly #settings: LintSettings;
  readonly #shell: ShellFindings | undefined;
  readonly known = new KnownInstructions();
  readonly #made = new Map<string | undefined, Linter>();
  readonly #ignoreFiles = new Map<string, string | undefined>();

  constructor(settings: LintSettings, shell: ShellFindings | undefined) {
    this.#settings = settings;
    this.#shell = shell;
  }

  for({ name, beside }: NamedText): Linter {
    const path = name === '-' || hasNoIgnoreFile(name, beside) ? undefined : this.#ignoreFile(name);
    let linter = this.#made.get(path);
    if (linter === undefined) {
      linter = this.#make(path);
      this.#made.set(path, linter);
    }
    return linter;
  }

  /** The file's own one counts before that of its folder, which is taken for the build's context. */
  #ignoreFile(name: string): string | undefined {
    const folder = dirname(name);
    const [own, shared] = ignoreFileNames(basename(name)).map((each) => join(folder, each));
    if (own !== undefined && existsSync(own)) return own;
    if (!this.#ignoreFiles.has(folder)) {
      this.#ignoreFiles.set(folder, shared !== undefined && existsSync(shared) ? shared : undefined);
    }
    return this.#ignoreFiles.get(folder);
  }

  #make(path: string | undefined): Linter {
    const rules = path === undefined ? undefined : parseIgnoreFile(readFileSync(path, 'utf8'));
    return new Linter({
      settings: this.#settings,
      ...(rules !== undefined && { ignored: (source: string) => isSourceIgnored(rules, source) }),
      ...(this.#shell !== undefined && { foreign: this.#shell.foreign }),
    });
  }
}

/** Whether the list of a file's folder says that there is none, so that the disk need not be asked again. */
function hasNoIgnoreFile(name: string, beside: ReadonlySet<string> | undefined): boolean {
  return beside !== undefined && !ignoreFileNames(basename(name)).some((each) => beside.has(each));
}
