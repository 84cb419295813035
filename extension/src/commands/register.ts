// Gives VS Code the commands of the verbs, of which it needs no more than the names; their code is loaded when one is run.

import * as vscode from 'vscode';
import type { Later } from '../later.ts';
import { terminalOptions } from '../ui/pseudoterminal.ts';
import type { TerminalOptions, Ui } from '../ui/ui.ts';
import { guarded } from './verb.ts';

/** @param args what VS Code gives to a command: what was clicked, and all that is selected */
export type Handler = (...args: readonly unknown[]) => Promise<void>;

/** What the commands do. */
export interface Handlers {
  readonly byId: ReadonlyMap<string, Handler>;
  /** Asks for a container and its shell. @returns undefined when there is none or the user turned away */
  shellTerminal(): Promise<TerminalOptions | undefined>;
}

export function registerVerbs(ids: readonly string[], ui: Ui, handlers: Later<Handlers>): vscode.Disposable {
  const command = (id: string) =>
    vscode.commands.registerCommand(id, (...args: unknown[]) =>
      guarded(ui, async () => {
        const handler = (await handlers.get()).byId.get(id);
        if (handler === undefined) throw new Error(`nothing does ${id}`);
        await handler(...args);
      }),
    );
  // The shell of a container among the terminals that VS Code offers.
  const profile = vscode.window.registerTerminalProfileProvider('coracle.shell', {
    async provideTerminalProfile() {
      const chosen = await (await handlers.get()).shellTerminal();
      return chosen === undefined ? undefined : new vscode.TerminalProfile(terminalOptions(chosen));
    },
  });
  return vscode.Disposable.from(...ids.map(command), profile);
}
