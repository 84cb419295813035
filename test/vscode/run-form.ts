// The form of "Run..." as a user fills it.

import type { Workbench } from './workbench.ts';

/**
 * Runs a container in the background that stays when it exits, from the open form of an image whose own command is a shell: by itself
 * that would run in a terminal and be removed.
 */
export async function runFromForm(vscode: Workbench, name: string, command: string): Promise<void> {
  await vscode.pickRow('Name').click();
  await vscode.answer('Name', name);
  await vscode.pickRow('Command').click();
  await vscode.answer('Command', command);
  // A change closes the list and opens another. Only what is new in that tells that the old one, which takes no more clicks, has gone.
  // Where the pointer was left it would bring up a tooltip, over the next row.
  await vscode.page.mouse.move(0, 0);
  await vscode.pickRow('in a terminal').click();
  await vscode.pickRow('in the background').waitFor();
  await vscode.pickRow('remove it').click();
  await vscode.pickRow('keep it').waitFor();
  await vscode.pickRow('Run').click();
}
