// Whether an engine's containers can be debugged at all.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { runsWasmOnly } from '../../../runtime/src/connect/engine-mode.ts';
import { l10n } from '../l10n.ts';

/** @throws Error for an engine of WebAssembly alone: debuggers of programs there are not known to us */
export async function checkDebuggable(client: Pick<EngineClient, 'system'>): Promise<void> {
  if (!(await runsWasmOnly(client))) return;
  throw new Error(
    l10n.t('This engine runs containers of WebAssembly alone: they can be run without debugging, and not be debugged.'),
  );
}
