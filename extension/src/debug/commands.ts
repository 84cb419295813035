// The commands that begin a debug session.

import * as vscode from 'vscode';
import { type NamedHandler, targetHandler, type VerbHost } from '../commands/handlers.ts';
import { checkTrust, guarded } from '../commands/verb.ts';
import { l10n } from '../l10n.ts';
import { attachDebuggerVerb } from './attach-verb.ts';
import { debugType } from './debug-type.ts';

export function debugHandlers(host: VerbHost): NamedHandler[] {
  const attach = attachDebuggerVerb(async (configuration) => {
    await vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], configuration);
  });
  return [targetHandler(host, attach), ['coracle.dockerfile.debug', (file, stage) => debugFile(host, file, stage)]];
}

async function debugFile(host: VerbHost, file: unknown, stage: unknown): Promise<void> {
  await guarded(host.ui, async () => {
    if (!(await checkTrust(host.ui, { needsTrust: true }))) return;
    const uri = typeof file === 'string' ? vscode.Uri.parse(file, true) : file;
    const dockerfile = uri instanceof vscode.Uri && uri.scheme === 'file' ? uri : undefined;
    const folder =
      (dockerfile && vscode.workspace.getWorkspaceFolder(dockerfile)) ?? vscode.workspace.workspaceFolders?.[0];
    await vscode.debug.startDebugging(folder, {
      type: debugType,
      request: 'launch',
      name: l10n.t('Debug in Container'),
      ...(dockerfile === undefined ? {} : { dockerfile: dockerfile.fsPath }),
      ...(typeof stage === 'string' && stage !== '' ? { target: stage } : {}),
    });
  });
}
