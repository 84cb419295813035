// Builds that failed as problems on the lines of their Dockerfiles, with what can be done about them, until the line is edited or the
// file is built.

import * as vscode from 'vscode';
import type { BuildRecord } from '../../../runtime/src/spec/engine/builds.ts';
import { l10n } from '../l10n.ts';
import type { Builder, BuildFailure, BuildOutcome } from './contract.ts';
import { afterEdit, failureMark, type FailureMark } from './failure-mark.ts';

/** Tasks that find the same failure in a terminal's text have a matcher of this owner, so that it is told once. */
const collectionName = 'coracle-build';
/** What the language server calls itself in its problems. */
const serverSource = 'coracle';

export interface FailureMarksDeps {
  readonly builder: Pick<Builder, 'own'>;
  /** The engine's record of a build. @throws ApiError 404 for one that is not known any more */
  record(id: string): Promise<BuildRecord>;
  uriOf(path: string): vscode.Uri;
}

interface Marked extends FailureMark {
  /** Of the build's record; of a step of it where one failed that has a snapshot. */
  readonly target: { readonly id: string; readonly step?: number } | undefined;
}

export class FailureMarks implements vscode.CodeActionProvider, vscode.Disposable {
  readonly #deps: FailureMarksDeps;
  readonly #collection = vscode.languages.createDiagnosticCollection(collectionName);
  /** By the URI of the Dockerfile. */
  readonly #marks = new Map<string, Marked>();
  readonly #listening: vscode.Disposable;

  constructor(deps: FailureMarksDeps) {
    this.#deps = deps;
    const selector = { language: 'dockerfile' };
    const kinds = { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] };
    this.#listening = vscode.Disposable.from(
      this.#collection,
      vscode.languages.registerCodeActionsProvider(selector, this, kinds),
      vscode.workspace.onDidChangeTextDocument((event) => this.#edited(event)),
      vscode.languages.onDidChangeDiagnostics(({ uris }) => {
        for (const uri of uris) if (this.#marks.has(uri.toString())) this.#draw(uri);
      }),
    );
  }

  dispose(): void {
    this.#listening.dispose();
  }

  provideCodeActions({ uri }: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    const mark = this.#marks.get(uri.toString());
    if (mark?.target === undefined || range.end.line < mark.line || range.start.line > mark.endLine) return [];
    const { target } = mark;
    const shown = this.#collection.get(uri) ?? [];
    const action = (title: string, command: string) => {
      const made = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
      made.command = { title, command, arguments: [target] };
      made.diagnostics = [...shown];
      return made;
    };
    return [
      ...(target.step === undefined ? [] : [action(l10n.t('Open Shell at Failed Step'), 'coracle.build.shell')]),
      action(l10n.t('Retry Build'), 'coracle.build.again'),
      action(l10n.t('Show Log'), 'coracle.build.log'),
    ];
  }

  /** A build has ended. */
  async take({ ask, id, failure, isCancelled }: BuildOutcome): Promise<void> {
    // One that was ended by hand says nothing about the file.
    if (isCancelled) return;
    const uri = this.#deps.uriOf(ask.dockerfile);
    const own = this.#deps.builder.own.findLast((each) => each.ask === ask)?.record.id;
    const mark = failure === undefined ? undefined : await this.#markOf(uri, failure, id);
    const known = id ?? own;
    const step = id === undefined || failure?.step === undefined ? {} : { step: failure.step };
    const target = known === undefined ? undefined : { id: known, ...step };
    this.#set(uri, mark === undefined ? undefined : { ...mark, target });
  }

  async #markOf(uri: vscode.Uri, failure: BuildFailure, id: string | undefined): Promise<FailureMark | undefined> {
    const now = await textOf(uri);
    if (now === undefined) return undefined;
    // Without a record nobody knows what was built: most often it is what is there.
    const built = id === undefined ? undefined : await this.#deps.record(id).catch(() => undefined);
    return failureMark(failure, built?.dockerfileText || undefined, now);
  }

  #edited({ document: { uri }, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const key = uri.toString();
    let mark = this.#marks.get(key);
    if (mark === undefined || contentChanges.length === 0) return;
    for (const { range, text } of contentChanges) {
      const { start, end } = range;
      const moved: FailureMark | undefined = mark === undefined ? undefined : afterEdit(mark, { start, end, text });
      mark = mark === undefined || moved === undefined ? undefined : { ...mark, ...moved };
    }
    this.#set(uri, mark);
  }

  #set(uri: vscode.Uri, mark: Marked | undefined): void {
    if (mark === undefined) this.#marks.delete(uri.toString());
    else this.#marks.set(uri.toString(), mark);
    this.#draw(uri);
  }

  /** What is wrong with the text is the language server's to say, where it looks at the file. */
  #draw(uri: vscode.Uri): void {
    const mark = this.#marks.get(uri.toString());
    const isSaid =
      mark?.isOfCommand === false &&
      vscode.languages.getDiagnostics(uri).some(({ source, severity, range }) => {
        const isHere = range.start.line <= mark.endLine && range.end.line >= mark.line;
        return source === serverSource && severity === vscode.DiagnosticSeverity.Error && isHere;
      });
    const wanted = mark === undefined || isSaid ? [] : [diagnosticOf(mark)];
    // To set what is set already would be news again.
    if (!isSame(this.#collection.get(uri) ?? [], wanted)) this.#collection.set(uri, wanted);
  }
}

/** On the first line of the instruction: the others may be many. */
function diagnosticOf({ line, message }: FailureMark): vscode.Diagnostic {
  // VS Code ends a range where the line does.
  const range = new vscode.Range(line, 0, line, Number.MAX_SAFE_INTEGER);
  const diagnostic = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Error);
  diagnostic.source = collectionName;
  return diagnostic;
}

function isSame(shown: readonly vscode.Diagnostic[], wanted: readonly vscode.Diagnostic[]): boolean {
  const key = (each: readonly vscode.Diagnostic[]) =>
    JSON.stringify(each.map(({ range, message }) => [range.start.line, message]));
  return key(shown) === key(wanted);
}

/** As it is in the editor, else as it is on the disk. */
async function textOf(uri: vscode.Uri): Promise<string | undefined> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open !== undefined) return open.getText();
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    return undefined; // It is gone, and its lines with it.
  }
}
