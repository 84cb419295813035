// The linter for an open Dockerfile: settings of the editor and of `.hadolint.yaml`, what is known of the world, `.dockerignore`.

import { isSourceIgnored, parseIgnoreFile } from '../../../runtime/src/spec/dockerfile/ignore.ts';
import type { Context } from '../language/context.ts';
import type { Document } from '../language/document.ts';
import type { Neighbours } from '../language/language.ts';
import { configurationNames, emptyConfiguration, readConfiguration, toSettings } from '../lint/config.ts';
import type { Diagnostic } from '../lint/diagnostic.ts';
import { Linter } from '../lint/lint.ts';
import type { LintSettings } from '../lint/rule.ts';
import { contextFile, contextOf, foldersAbove, ignorePlaces } from './context-files.ts';
import { PacedShellFindings } from './shell-check.ts';
import type { DockerfileView } from './view.ts';

/** What the linter says of a view; asked again with the same context, it is the same list. */
export function lintOf(view: DockerfileView, context: Context): readonly Diagnostic[] {
  const known = results.get(view);
  if (known?.context === context) return known.diagnostics;
  const { linter, shell } = toolsOf(view.document, context);
  const diagnostics = linter.lint(view.model, context);
  shell?.updateSoon();
  results.set(view, { context, diagnostics });
  return diagnostics;
}

const results = new WeakMap<
  DockerfileView,
  { readonly context: Context; readonly diagnostics: readonly Diagnostic[] }
>();

interface Tools {
  /** What it was made of, besides the context. */
  readonly configuration: string;
  readonly ignoreText: string | undefined;
  readonly linter: Linter;
  readonly shell: PacedShellFindings | undefined;
}

interface Made extends Pick<Context, 'knowledge' | 'files' | 'checkShell'> {
  /** By the document's opening. */
  readonly tools: WeakMap<object, Tools>;
  /** By the text of `.hadolint.yaml`; those of the last one. */
  lintSettings: { readonly configuration: string; readonly settings: LintSettings } | undefined;
}

/** Linters by what they were made of, since they keep what they found at each instruction. */
const made = new WeakMap<Context['settings'], Made>();

export function linterOf(document: Document, context: Context): Linter {
  return toolsOf(document, context).linter;
}

function toolsOf({ uri, opening }: Document, context: Context): Tools {
  const configuration = configurationText(uri, context) ?? '';
  const { ignoreText } = contextOf(uri, context);
  const known = madeFor(context).tools;
  const before = known.get(opening);
  if (before?.configuration === configuration && before.ignoreText === ignoreText) return before;
  const tools = makeTools(uri, context, configuration, ignoreText);
  known.set(opening, tools);
  return tools;
}

function madeFor({ settings, knowledge, files, checkShell }: Context): Made {
  const known = made.get(settings);
  const isSame = known?.knowledge === knowledge && known.files === files && known.checkShell === checkShell;
  if (known !== undefined && isSame) return known;
  const fresh = { knowledge, files, checkShell, tools: new WeakMap<object, Tools>(), lintSettings: undefined };
  made.set(settings, fresh);
  return fresh;
}

function makeTools(uri: string, context: Context, configuration: string, ignoreText: string | undefined): Tools {
  const rules = ignoreText === undefined ? undefined : parseIgnoreFile(ignoreText);
  const shell = context.checkShell === undefined ? undefined : new PacedShellFindings(context.checkShell);
  const linter = new Linter({
    settings: settingsOf(context, configuration),
    knowledge: context.knowledge,
    contextFile: (path) => contextFile(uri, context, path),
    ...(shell === undefined ? {} : { foreign: shell.foreign }),
    ...(rules === undefined ? {} : { ignored: (path: string) => isSourceIgnored(rules, path) }),
  });
  return { configuration, ignoreText, linter, shell };
}

/** The same object for the same settings: linters share what they make of it. */
function settingsOf(context: Context, configuration: string): LintSettings {
  const known = madeFor(context);
  if (known.lintSettings?.configuration !== configuration) {
    known.lintSettings = { configuration, settings: readSettings(context, configuration) };
  }
  return known.lintSettings.settings;
}

/** The editor's own settings win over the file's. */
function readSettings({ settings }: Context, configuration: string): LintSettings {
  const file = toSettings(configuration === '' ? emptyConfiguration : readConfiguration(configuration).configuration);
  return {
    ...file,
    severities: { ...file.severities, ...settings.severities },
    allowedRegistries: [...file.allowedRegistries, ...settings.allowedRegistries],
  };
}

/** The nearest `.hadolint.yaml` of the Dockerfile's folder and of those above it. */
function configurationText(uri: string, { files }: Context): string | undefined {
  for (const place of configurationPlaces(uri)) {
    const text = files.text(place);
    if (text.kind === 'known') return text.value;
  }
  return undefined;
}

function configurationPlaces(uri: string): string[] {
  return foldersAbove(uri).flatMap((folder) => configurationNames.map((name) => folder + name));
}

/** What linting asks for, whatever stands in the file. */
export function neighboursOf(uri: string): Neighbours {
  return { texts: [...configurationPlaces(uri), ...ignorePlaces(uri)], folders: foldersAbove(uri).slice(0, 1) };
}
