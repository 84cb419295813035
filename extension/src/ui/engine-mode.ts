// What people are told of the mode of our engine: why it runs WebAssembly alone, and that one which runs goes on as it was started.

import * as vscode from 'vscode';
import type { Engines } from '../engines/engines.ts';
import { l10n } from '../l10n.ts';
import type { VscodeUi } from './vscode-ui.ts';

/** @param reason a sentence of the engine's */
export async function tellObstacle(reason: string): Promise<void> {
  const check = l10n.t('Check This Machine');
  const text = l10n.t(
    'Containers of Linux cannot run here: {0}. The engine runs those of WebAssembly, as coracle/wasi.',
    reason,
  );
  if ((await vscode.window.showInformationMessage(text, check)) === check) {
    await vscode.commands.executeCommand('coracle.system.doctor');
  }
}

/** After the setting has changed. @throws Error when the engine does not end or start */
export async function takeUpMode(engines: Engines, ui: Pick<VscodeUi, 'progress'>): Promise<void> {
  if (engines.runsOurs) {
    const restart = l10n.t('Restart the Engine');
    const text = l10n.t(
      'The engine goes on in its mode until it starts again. Containers that run are stopped by that.',
    );
    if ((await vscode.window.showInformationMessage(text, restart)) !== restart) return;
  }
  await ui.progress(l10n.t('Starting the engine'), () => engines.restart());
}
