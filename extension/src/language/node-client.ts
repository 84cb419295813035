// The language server as a process beside the extension host, on the host's own Node.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { type EngineInUse, followEngine, runClient } from './follow.ts';
import { clientId, clientName, clientOptions } from './options.ts';

export async function startLanguageServer(context: vscode.ExtensionContext, engine: EngineInUse): Promise<void> {
  const module = serverModule(context.extensionPath);
  const { subscriptions } = context;
  // What one keystroke leaves behind is small: collected often, it takes less memory. glibc would give each of the compiler's threads a
  // heap of its own, and keep what they took: pieces of 16 KiB and more are mapped, and given back when they are free.
  const server = {
    module,
    transport: TransportKind.ipc,
    options: {
      execArgv: ['--min-semi-space-size=2', '--max-semi-space-size=4'],
      env: { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '16384', MALLOC_TRIM_THRESHOLD_: '65536' },
    },
  };
  const options = clientOptions(subscriptions, { host: engine.host(), context: engine.context() });
  const client = new LanguageClient(clientId, clientName, server, options);
  await runClient(client, subscriptions);
  followEngine(client, engine, subscriptions);
}

/** What the package carries, else what was built beside it. @throws Error when there is neither */
function serverModule(extensionFolder: string): string {
  const name = 'coracle-language-server.mjs';
  const places = [join(extensionFolder, 'server', name), join(extensionFolder, '../language-server/dist', name)];
  const found = places.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`there is no language server in ${extensionFolder}`);
  return found;
}
