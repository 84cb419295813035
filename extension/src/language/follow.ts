// The language client's life in a window: trust is told on, settings are, the engine in use is, and it ends with the window.

import * as vscode from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import type { Builder } from '../builds/contract.ts';
import {
  buildNotification,
  type ChosenEngine,
  engineNotification,
  trustNotification,
} from '../../../language-server/src/language/protocol.ts';

/** Which engine the views show, and the builds that are asked for here: the server asks the same one about them. */
export interface EngineInUse {
  host(): string;
  /** Name of the command line's context that it is; undefined for none. */
  context(): string | undefined;
  onChange(listener: () => void): Disposable;
  readonly builder: Pick<Builder, 'onEnd'>;
}

/** Starts the client; it stops when `subscriptions` are disposed of. */
export async function runClient(client: BaseLanguageClient, subscriptions: vscode.Disposable[]): Promise<void> {
  subscriptions.push({ dispose: () => void client.dispose() });
  subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(() => void client.sendNotification(trustNotification)));
  await client.start();
}

/** Tells the client's server when another engine is in use, and when a build has ended. */
export function followEngine(
  client: BaseLanguageClient,
  engine: EngineInUse,
  subscriptions: vscode.Disposable[],
): void {
  const chosen = (): ChosenEngine => ({ host: engine.host(), context: engine.context() });
  const tell = () => void client.sendNotification(engineNotification, chosen());
  const following = [
    engine.onChange(tell),
    engine.builder.onEnd(() => void client.sendNotification(buildNotification)),
  ];
  subscriptions.push(...following.map((each) => ({ dispose: () => each[Symbol.dispose]() })));
}
