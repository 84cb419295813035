// What can be done about problems: the remedy of each, the same remedy everywhere, everything that is safe at once, and leaving a
// rule out from now on.

import { type CodeAction, type CodeActionContext, CodeActionKind, type Diagnostic } from 'vscode-languageserver';
import { analyse } from '../../../runtime/src/spec/dockerfile/analyse.ts';
import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import type { Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Context } from '../language/context.ts';
import type { Diagnostic as Problem, Remedy } from '../lint/diagnostic.ts';
import { compatibleFixes, fixAll, mostRounds } from '../lint/fixes.ts';
import { mostItems } from '../lint/rules/own/length.ts';
import { ignoreFixes } from '../lint/ignore-fixes.ts';
import { toDiagnostic } from './diagnostics.ts';
import { editOf } from './edits.ts';
import { linterOf, lintOf } from './linting.ts';
import { refactorings } from './refactor.ts';
import type { DockerfileView } from './view.ts';

export function codeActions(
  view: DockerfileView,
  span: Span,
  asked: CodeActionContext,
  context: Context,
): CodeAction[] {
  const wants = (kind: string) => asked.only?.some((only) => kind === only || kind.startsWith(`${only}.`)) ?? true;
  const here = lintOf(view, context).filter(
    (problem) => problem.span.start <= span.end && span.start <= problem.span.end,
  );
  const told = new Set<string>();
  return [
    ...(wants(CodeActionKind.QuickFix)
      ? here.slice(0, mostProblems).flatMap((problem) => {
          const isFirst = !told.has(problem.code);
          told.add(problem.code);
          return fixesOf(view, context, problem, { shown: asked.diagnostics, everywhere: isFirst });
        })
      : []),
    ...(wants(CodeActionKind.RefactorRewrite) ? refactorings(view, span, context) : []),
    ...(wants(fixAllKind) ? fixEverything(view, context, asked) : []),
  ];
}

/** Nobody chooses from a longer list; who marks a whole file is asked about its beginning. */
const mostProblems = 100;

const fixAllKind = `${CodeActionKind.SourceFixAll}.coracle`;

function fixesOf(
  view: DockerfileView,
  context: Context,
  problem: Problem,
  wanted: { readonly shown: readonly Diagnostic[]; readonly everywhere: boolean },
): CodeAction[] {
  const diagnostics = [matching(view, context, problem, wanted.shown)];
  const { fix } = problem;
  const own = fix === undefined ? [] : [quickFix(view, context, fix.title, [fix], diagnostics, fix.safe)];
  const isWanted = wanted.everywhere && fix !== undefined;
  const alike = isWanted ? lintOf(view, context).filter(({ code }) => code === problem.code) : [];
  const fixes = alike.length < 2 ? [] : compatibleFixes(alike, () => true);
  const everywhere =
    fixes.length < 2
      ? []
      : [quickFix(view, context, context.say('Fix all {0} in this file', problem.code), fixes, diagnostics, false)];
  const ignores = ignoreFixes(view.model, problem).map((each) => {
    const { rule, reach } = each;
    const title =
      reach === 'next' ? context.say('Ignore {0} here', rule) : context.say('Ignore {0} in this file', rule);
    return quickFix(view, context, title, [each], diagnostics, false);
  });
  return [...own, ...everywhere, ...ignores];
}

/** The client's own diagnostic where it sent one: it knows its problems by identity. */
function matching(view: DockerfileView, context: Context, problem: Problem, shown: readonly Diagnostic[]): Diagnostic {
  const own = toDiagnostic(view, context, problem);
  const isSame = ({ code, range: { start } }: Diagnostic) =>
    code === own.code && start.line === own.range.start.line && start.character === own.range.start.character;
  return shown.find(isSame) ?? own;
}

function quickFix(
  view: DockerfileView,
  context: Context,
  title: string,
  fixes: readonly Pick<Remedy, 'edits'>[],
  diagnostics: Diagnostic[],
  isPreferred: boolean,
): CodeAction {
  const edits = fixes.flatMap((fix) => fix.edits);
  return { title, kind: CodeActionKind.QuickFix, diagnostics, isPreferred, edit: editOf(view, context, edits) };
}

/** Instructions times rounds: nobody waits longer for what a second asking goes on with. */
const mostRoundsByItems = 40_000;

/** Only what certainly means the same, or was meant: it may be applied at each save. */
function fixEverything(view: DockerfileView, context: Context, asked: CodeActionContext): CodeAction[] {
  // Asked at every move of the cursor; the work is done when somebody may see it.
  const isSought = asked.only !== undefined || asked.diagnostics.length > 0;
  if (!isSought || !lintOf(view, context).some(({ fix }) => fix?.safe === true)) return [];
  const { length } = view.file.items;
  // Of a longer one only the beginning is looked at, which its problems say.
  if (length > mostItems) return [];
  const linter = linterOf(view.document, context);
  const before = view.document.text;
  const lint = (each: string) => linter.lint(analyse(parseDockerfile(each)));
  const { text } = fixAll(before, lint, undefined, Math.min(mostRounds, Math.ceil(mostRoundsByItems / length)));
  if (text === before) return [];
  const edit = editOf(view, context, [difference(before, text)]);
  return [{ title: context.say('Fix all that can be fixed safely'), kind: fixAllKind, edit }];
}

/** One edit from the first character that differs to the last. */
function difference(before: string, after: string): Remedy['edits'][number] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let tail = 0;
  while (tail < shorter - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return { span: { start, end: before.length - tail }, text: after.slice(start, after.length - tail) };
}
