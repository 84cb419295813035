// Problems of a Dockerfile as LSP has them: what the builder refuses and what the rules find, each fault once.

import { DiagnosticSeverity, DiagnosticTag, type Diagnostic } from 'vscode-languageserver';
import type { Context } from '../language/context.ts';
import type { Diagnostic as Problem, Merged } from '../lint/diagnostic.ts';
import { jsonOf } from './json-text.ts';
import { lintOf } from './linting.ts';
import type { DockerfileView } from './view.ts';

const severities: Readonly<Record<Problem['severity'], DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  style: DiagnosticSeverity.Hint,
};

export function diagnostics(view: DockerfileView, context: Context): Diagnostic[] {
  return mostImportant(lintOf(view, context)).map((problem) => toDiagnostic(view, context, problem));
}

/** The same as JSON, each diagnostic by itself: an edit changes few of them. */
export function diagnosticTexts(view: DockerfileView, context: Context): string[] {
  return mostImportant(lintOf(view, context)).map((problem) => textOf(view, context, problem));
}

/** A diagnostic as JSON, as long as its item begins at the same line. The linter makes another origin for another context. */
interface Kept {
  readonly line: number;
  readonly text: string;
}

const kept = new WeakMap<Merged, Kept>();

function textOf(view: DockerfileView, context: Context, problem: Problem): string {
  const { origin, item } = problem;
  const line = view.document.lineAt(view.file.starts[item] ?? 0);
  const known = kept.get(origin);
  if (known?.line === line) return known.text;
  const diagnostic = toDiagnostic(view, context, problem);
  const text = jsonOf(diagnostic);
  // What it points at may move without it.
  if (diagnostic.relatedInformation === undefined) kept.set(origin, { line, text });
  return text;
}

/** Nobody reads more; a file that was made to have a hundred thousand would cost each keystroke megabytes. */
const mostShown = 2000;

function mostImportant(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length <= mostShown) return problems;
  const errors = problems.filter(({ severity }) => severity === 'error');
  return [...errors, ...problems.filter(({ severity }) => severity !== 'error')].slice(0, mostShown);
}

/** `data.ids` are all names under which the fault is known. */
export function toDiagnostic(view: DockerfileView, context: Context, problem: Problem): Diagnostic {
  const { document } = view;
  const { code, ids, severity, message, span } = problem;
  const { rulePages, client } = context;
  const related = client.relatedInformation ? problem.related : [];
  return {
    range: document.range(span.start, span.end),
    severity: severities[severity],
    source: 'coracle',
    code,
    ...(rulePages === undefined ? {} : { codeDescription: { href: `${rulePages}${code}.md` } }),
    message,
    data: { ids },
    ...(code === 'MaintainerDeprecated' ? { tags: [DiagnosticTag.Deprecated] } : {}),
    ...(related.length === 0
      ? {}
      : {
          relatedInformation: related.map((each) => ({
            location: { uri: document.uri, range: document.range(each.span.start, each.span.end) },
            message: each.message,
          })),
        }),
  };
}
