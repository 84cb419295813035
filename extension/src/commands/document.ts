// Read-only documents out of the engine's answers.

import { indentJson } from '../../../runtime/src/text/json-text.ts';
import type { Ui } from '../ui/ui.ts';

/** Opens one JSON document for each target; it is asked for again when it is refreshed. */
export async function showJson<T extends { readonly name: string }>(
  ui: Ui,
  targets: readonly T[],
  key: (target: T) => string,
  load: (target: T) => Promise<string>,
): Promise<void> {
  for (const target of targets) {
    const name = `${fileName(target.name)}.json`;
    await ui.document({ name, key: key(target), load: async () => `${indentJson(await load(target), '  ')}\n` });
  }
}

/** A name that fits a tab: slashes would be folders. */
export function fileName(name: string): string {
  return name.replaceAll(/[/\\]/g, '_');
}
