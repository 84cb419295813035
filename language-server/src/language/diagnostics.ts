// Findings as an editor shows them, and their remedies.

import {
  CodeActionKind,
  DiagnosticSeverity,
  DiagnosticTag,
  type CodeAction,
  type CodeActionContext,
  type Diagnostic,
} from 'vscode-languageserver';
import type { Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Context } from './context.ts';
import type { View } from './language.ts';
import type { Finding, Fix } from './finding.ts';

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
} as const;

/** Words of the settings -> ours. */
const settingSeverities = {
  error: 'error',
  warning: 'warning',
  info: 'information',
  style: 'hint',
} as const;

/** Findings with the severities of the settings; those that are `off` are left out. */
export function applySettings(findings: readonly Finding[], context: Context): readonly Finding[] {
  const { severities: set } = context.settings;
  return findings.flatMap((finding) => {
    const wanted = Object.hasOwn(set, finding.code) ? set[finding.code] : undefined;
    if (wanted === undefined) return [finding];
    return wanted === 'off' ? [] : [{ ...finding, severity: settingSeverities[wanted] }];
  });
}

export function toDiagnostic({ document }: View, finding: Finding, context: Context): Diagnostic {
  const { span, severity, code, message, tag, related } = finding;
  return {
    range: document.range(span.start, span.end),
    severity: severities[severity],
    source: 'coracle',
    code,
    ...(context.rulePages === undefined ? {} : { codeDescription: { href: `${context.rulePages}${code}.md` } }),
    message,
    ...(tag === undefined
      ? {}
      : { tags: [tag === 'deprecated' ? DiagnosticTag.Deprecated : DiagnosticTag.Unnecessary] }),
    ...(related === undefined || !context.client.relatedInformation
      ? {}
      : {
          relatedInformation: related.map((each) => ({
            location: { uri: document.uri, range: document.range(each.span.start, each.span.end) },
            message: each.message,
          })),
        }),
  };
}

/** Fixes of the findings that touch `span`, and all safe ones at once. */
export function toActions(
  view: View,
  findings: readonly Finding[],
  span: Span,
  asked: CodeActionContext,
  context: Context,
): CodeAction[] {
  const wants = (kind: string) =>
    asked.only === undefined || asked.only.some((only) => kind === only || kind.startsWith(`${only}.`));
  const actions: CodeAction[] = [];
  if (wants(CodeActionKind.QuickFix)) {
    for (const finding of findings) {
      if (finding.span.start > span.end || finding.span.end < span.start) continue;
      const diagnostics = [toDiagnostic(view, finding, context)];
      for (const [index, fix] of (finding.fixes ?? []).entries()) {
        actions.push({
          title: fix.title,
          kind: CodeActionKind.QuickFix,
          diagnostics,
          isPreferred: index === 0,
          edit: { changes: { [view.document.uri]: textEdits(view, fix) } },
        });
      }
    }
  }
  const all = fixAll(findings);
  if (all.length > 0 && wants(`${CodeActionKind.SourceFixAll}.coracle`)) {
    const edits = all.flatMap((fix) => textEdits(view, fix));
    const kind = `${CodeActionKind.SourceFixAll}.coracle`;
    actions.push({ title: 'Fix all that is certain', kind, edit: { changes: { [view.document.uri]: edits } } });
  }
  return actions;
}

/** Safe fixes that do not touch each other. */
function fixAll(findings: readonly Finding[]): readonly Fix[] {
  const fixes: Fix[] = [];
  let end = -1;
  for (const fix of findings.flatMap((finding) => (finding.fixes ?? []).filter(({ safe }) => safe).slice(0, 1))) {
    if (fix.edits.some(({ span }) => span.start < end)) continue;
    fixes.push(fix);
    end = Math.max(end, ...fix.edits.map(({ span }) => span.end));
  }
  return fixes;
}

function textEdits({ document }: View, fix: Fix) {
  return fix.edits.map(({ span, text }) => ({ range: document.range(span.start, span.end), newText: text }));
}
