// Problems of a Dockerfile as LSP has them: what the builder refuses and what the rules find, each fault once.

import { DiagnosticSeverity, DiagnosticTag, type Diagnostic } from 'vscode-languageserver';
import type { Context } from '../language/context.ts';
import type { Diagnostic as Problem } from '../lint/diagnostic.ts';
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
