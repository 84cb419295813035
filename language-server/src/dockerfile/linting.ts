// The linter for an open Dockerfile: settings of the editor and of `.hadolint.yaml`, what is known of the world, `.dockerignore`.

import { isIgnored, parseIgnoreFile } from '../../../runtime/src/spec/dockerfile/ignore.ts';
import type { Context } from '../language/context.ts';
import { configurationNames, emptyConfiguration, readConfiguration, toSettings } from '../lint/config.ts';
import type { Diagnostic } from '../lint/diagnostic.ts';
import { Linter } from '../lint/lint.ts';
import type { LintSettings } from '../lint/rule.ts';
import { contextFile, contextOf, foldersAbove } from './context-files.ts';
import type { DockerfileView } from './view.ts';

/** What the linter says of a view; asked again with the same context, it is the same list. */
export function lintOf(view: DockerfileView, context: Context): readonly Diagnostic[] {
  const known = results.get(view);
  if (known?.context === context) return known.diagnostics;
  const diagnostics = linterOf(view.document.uri, context).lint(view.model);
  results.set(view, { context, diagnostics });
  return diagnostics;
}

const results = new WeakMap<
  DockerfileView,
  { readonly context: Context; readonly diagnostics: readonly Diagnostic[] }
>();

interface Made extends Pick<Context, 'knowledge' | 'files'> {
  readonly linters: Map<string, Linter>;
}

/** Linters by what they were made of, since they keep what they found at each instruction. */
const made = new WeakMap<Context['settings'], Made>();

export function linterOf(uri: string, context: Context): Linter {
  const configuration = configurationText(uri, context) ?? '';
  const { ignoreText } = contextOf(uri, context);
  const linters = lintersOf(context);
  const key = `${uri}\0${configuration}\0${ignoreText ?? ''}`;
  const linter = linters.get(key) ?? makeLinter(uri, context, configuration, ignoreText);
  linters.set(key, linter);
  return linter;
}

function lintersOf({ settings, knowledge, files }: Context): Made['linters'] {
  const known = made.get(settings);
  if (known?.knowledge === knowledge && known.files === files) return known.linters;
  const linters = new Map<string, Linter>();
  made.set(settings, { knowledge, files, linters });
  return linters;
}

function makeLinter(uri: string, context: Context, configuration: string, ignoreText: string | undefined): Linter {
  const rules = ignoreText === undefined ? undefined : parseIgnoreFile(ignoreText);
  return new Linter({
    settings: settingsOf(context, configuration),
    knowledge: context.knowledge,
    contextFile: (path) => contextFile(uri, context, path),
    ...(rules === undefined ? {} : { ignored: (path: string) => isIgnored(rules, path) }),
  });
}

/** The editor's own settings win over the file's. */
function settingsOf({ settings }: Context, configuration: string): LintSettings {
  const file = toSettings(configuration === '' ? emptyConfiguration : readConfiguration(configuration).configuration);
  return {
    ...file,
    severities: { ...file.severities, ...settings.severities },
    allowedRegistries: [...file.allowedRegistries, ...settings.allowedRegistries],
  };
}

/** The nearest `.hadolint.yaml` of the Dockerfile's folder and of those above it. */
function configurationText(uri: string, { files }: Context): string | undefined {
  for (const folder of foldersAbove(uri)) {
    for (const name of configurationNames) {
      const text = files.text(folder + name);
      if (text.kind === 'known') return text.value;
    }
  }
  return undefined;
}
