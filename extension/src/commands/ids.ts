// Which commands are verbs, whose code is loaded when one is run: the manifest says it.

/** What is no thing that a verb acts on: who shows it has its commands. */
const shown = new Set([
  'containers',
  'images',
  'volumes',
  'networks',
  'builds',
  'registries',
  'contexts',
  'document',
  'engine',
]);

export interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

/** The verbs among the commands of our manifest: each `coracle.<noun>.<verb>` but those of views, documents and the engine. */
export function verbIds({ contributes }: Manifest): string[] {
  return contributes.commands.map(({ command }) => command).filter((id) => !shown.has(id.split('.')[1] ?? ''));
}
