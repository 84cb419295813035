// What the server asks of each kind of file. A room of features hands over one table; whatever it has not is not offered. All are
// pure functions that answer at once. Types are LSP's; positions are made by `view.document`, which knows the encoding.

import type {
  CodeAction,
  CodeActionContext,
  CodeLens,
  CompletionItem,
  CompletionList,
  Diagnostic,
  DocumentHighlight,
  DocumentLink,
  DocumentSymbol,
  FoldingRange,
  FormattingOptions,
  Hover,
  InlayHint,
  Location,
  LocationLink,
  PrepareRenamePlaceholder,
  SelectionRange,
  SignatureHelp,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver';
import type { Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Context } from './context.ts';
import type { Document, TextChange } from './document.ts';
import type { Token } from './tokens.ts';

/** A parsed document. Immutable: an edit gives another one. */
export interface View {
  readonly document: Document;
}

export interface Language<V extends View> {
  readonly name: 'dockerfile' | 'compose' | 'bake';
  readonly open: (document: Document) => V;
  /** The same as `open`, for less work. `changes` are in order, each of the text that the ones before it made. */
  readonly edit?: (old: V, document: Document, changes: readonly TextChange[]) => V;
  readonly features: Features<V>;
  /** What beside a document its features ask for in any case: it is read before they are asked for the first time. */
  readonly neighbours?: (uri: string) => Neighbours;
}

/** URIs of files and folders, as `WorkspaceFiles` is asked for them. */
export interface Neighbours {
  readonly texts: readonly string[];
  readonly folders: readonly string[];
}

/** Offsets are of `view.document.text`. Functions that refuse throw a `Refusal`. */
export interface Features<V extends View> {
  readonly diagnostics?: (view: V, context: Context) => Diagnostic[];
  /** `diagnostics`, each as JSON, where that is less work. */
  readonly diagnosticTexts?: (view: V, context: Context) => string[];
  readonly symbols?: (view: V) => DocumentSymbol[];
  /** `symbols` as JSON, where that is less work. */
  readonly symbolsText?: (view: V) => string;
  readonly folding?: (view: V, context: Context) => FoldingRange[];
  readonly selection?: (view: V, offset: number) => SelectionRange;
  readonly highlights?: (view: V, offset: number) => DocumentHighlight[];
  readonly definition?: (view: V, offset: number, context: Context) => (Location | LocationLink)[];
  readonly references?: (view: V, offset: number, includeDeclaration: boolean, context: Context) => Location[];
  readonly prepareRename?: (view: V, offset: number, context: Context) => PrepareRenamePlaceholder | undefined;
  readonly rename?: (view: V, offset: number, newName: string, context: Context) => WorkspaceEdit | undefined;
  readonly links?: (view: V, context: Context) => DocumentLink[];
  /** All tokens, or those that touch `span`. */
  readonly tokens?: (view: V, span?: Span) => Iterable<Token>;
  readonly completion?: (
    view: V,
    offset: number,
    trigger: string | undefined,
    context: Context,
  ) => CompletionList | CompletionItem[];
  readonly hover?: (view: V, offset: number, context: Context) => Hover | undefined;
  readonly signatureHelp?: (view: V, offset: number, context: Context) => SignatureHelp | undefined;
  readonly formatting?: (view: V, options: FormattingOptions, context: Context) => TextEdit[];
  readonly rangeFormatting?: (view: V, span: Span, options: FormattingOptions, context: Context) => TextEdit[];
  /** `typed` is the character that asks for it, before `offset`. */
  readonly onTypeFormatting?: (
    view: V,
    offset: number,
    typed: string,
    options: FormattingOptions,
    context: Context,
  ) => TextEdit[];
  readonly inlayHints?: (view: V, span: Span, context: Context) => InlayHint[];
  readonly codeLenses?: (view: V, context: Context) => CodeLens[];
  readonly codeActions?: (view: V, span: Span, asked: CodeActionContext, context: Context) => CodeAction[];
}
