// Containers that the extension makes for a moment to look at files. They are nobody's: no list shows them.

export const helperLabel = 'dev.coracle.files';

export function isHelper(labels: Readonly<Record<string, string>> | null | undefined): boolean {
  return Object.hasOwn(labels ?? {}, helperLabel);
}
