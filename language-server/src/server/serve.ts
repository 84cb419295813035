// LSP's life of a server: what is said at the beginning, documents as they come and change, settings, trust, the end.

import {
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  DidChangeWorkspaceFoldersNotification,
} from 'vscode-languageserver';
import {
  buildNotification,
  type ChosenEngine,
  engineNotification,
  settingsSection,
  trustNotification,
} from '../language/protocol.ts';
import { capabilitiesFor } from './capabilities.ts';
import { abilitiesOf, optionsOf, protocolOf } from './client.ts';
import { answerDiagnostics } from './requests/diagnostics.ts';
import { answerEditing } from './requests/editing.ts';
import { answerReading } from './requests/reading.ts';
import { answerTokens } from './requests/tokens.ts';
import { answerWorkspaceSymbols } from './requests/workspace-symbols.ts';
import { Session } from './session.ts';
import type { World } from './world.ts';

/** Serves one client until it goes. */
export function serve(connection: Connection, world: World): void {
  const session = new Session(connection, world);
  const folders = new Set<string>();

  connection.onInitialize((params) => {
    const protocol = protocolOf(params.capabilities);
    const options = optionsOf(params);
    session.begin(abilitiesOf(params.capabilities, options), protocol, params.locale);
    for (const { uri } of params.workspaceFolders ?? []) folders.add(uri);
    if (folders.size === 0 && typeof params.rootUri === 'string') folders.add(params.rootUri);
    session.configure(options.settings);
    const { engineHost: host, engineContext: context } = options;
    if (host !== undefined) session.useEngine({ host, context });
    if (options.trusted) session.trust();
    return { capabilities: capabilitiesFor(protocol), serverInfo: { name: 'coracle', version: world.version } };
  });

  connection.onInitialized(() => {
    register(connection, session);
    askSettings(connection, session);
  });

  connection.onDidOpenTextDocument((opened) => session.store.open(opened));
  connection.onDidChangeTextDocument((changed) => session.store.change(changed));
  connection.onDidCloseTextDocument(({ textDocument }) => session.close(textDocument.uri));
  connection.onDidChangeWatchedFiles(({ changes }) => changes.forEach(({ uri }) => session.disk.forget(uri)));
  connection.onDidChangeConfiguration(({ settings }) => {
    if (session.protocol.configuration) askSettings(connection, session);
    else session.configure(sectionOf(settings));
  });
  connection.onNotification(DidChangeWorkspaceFoldersNotification.type, ({ event }) => {
    for (const { uri } of event.removed) folders.delete(uri);
    for (const { uri } of event.added) folders.add(uri);
  });
  connection.onNotification(trustNotification, () => session.trust());
  connection.onNotification(engineNotification, (chosen: ChosenEngine | null) => {
    if (typeof chosen?.host !== 'string') return;
    session.useEngine({ host: chosen.host, context: typeof chosen.context === 'string' ? chosen.context : undefined });
  });
  connection.onNotification(buildNotification, () => session.context.knowledge.buildEnded());
  connection.onShutdown(() => undefined);

  answerReading(connection, session);
  answerEditing(connection, session);
  answerTokens(connection, session);
  answerDiagnostics(connection, session);
  answerWorkspaceSymbols(connection, session, folders);
  connection.listen();
}

/** Asks to be told of changes, where the client wants to be asked. */
function register(connection: Connection, session: Session): void {
  const { registersConfiguration, registersWatchers } = session.protocol;
  const watchers = watched.map((globPattern) => ({ globPattern }));
  const asked = [
    ...(registersConfiguration
      ? [connection.client.register(DidChangeConfigurationNotification.type, { section: settingsSection })]
      : []),
    ...(registersWatchers ? [connection.client.register(DidChangeWatchedFilesNotification.type, { watchers })] : []),
  ];
  for (const answer of asked) answer.catch((error: unknown) => session.report(error));
}

/** What answers about open files may depend on, beside the files of the build's context. */
const watched = [
  '**/{Dockerfile,Containerfile,*.dockerfile,Dockerfile.*,.dockerignore,*.dockerignore}',
  '**/{compose,docker-compose}*.{yml,yaml}',
  '**/docker-bake*.{hcl,json}',
  '**/{.env,*.env,.hadolint.yaml,.hadolint.yml}',
];

function askSettings(connection: Connection, session: Session): void {
  if (!session.protocol.configuration) return;
  const asked: Promise<unknown> = connection.workspace.getConfiguration(settingsSection);
  session.expect(asked.then((value) => session.configure(value)));
}

/** A client that pushes settings sends the whole tree; some send the section alone. */
function sectionOf(settings: unknown): unknown {
  const tree = settings as { coracle?: { language?: unknown } } | null | undefined;
  return tree?.coracle?.language ?? settings;
}
