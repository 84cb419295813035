// The server in a web worker, which talks by messages with who started it.

import { BrowserMessageReader, BrowserMessageWriter, createConnection } from 'vscode-languageserver/browser';
import { serve } from './serve.ts';
import { serverVersion } from './version-number.ts';
import { noFiles } from './world.ts';

/** The worker's own scope, as far as it is used here. */
const scope = globalThis as unknown as ConstructorParameters<typeof BrowserMessageReader>[0];

serve(createConnection(new BrowserMessageReader(scope), new BrowserMessageWriter(scope)), {
  version: serverVersion,
  takesText: false,
  rulePages: undefined,
  files: () => noFiles,
  knowledge: undefined,
  checkShell: () => Promise.resolve(undefined),
  environment: () => new Map(),
});
