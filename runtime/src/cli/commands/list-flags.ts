// What the list commands share: flags, labels and ids as their tables show them.

import { shortId } from '../../spec/ids.ts';
import { bool, filter, string } from '../flags/types.ts';

export const formatHelp = 'Format the output: "table", "table TEMPLATE", "json" or a Go "TEMPLATE"';

export const listFlags = {
  filter: filter(),
  format: string('', formatHelp),
  'no-trunc': bool('', "Don't truncate output"),
  quiet: bool('q', 'Only display IDs'),
};

/** `a=b,c=d`, keys in order. */
export function labelText(labels: Readonly<Record<string, string>> | null | undefined): string {
  return Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');
}

export function labelOf(labels: Readonly<Record<string, string>> | null | undefined, key: string): string {
  return labels !== null && labels !== undefined && Object.hasOwn(labels, key) ? (labels[key] ?? '') : '';
}

/** The twelve digits people see, or all of them. */
export function idText(id: string | null | undefined, noTrunc: boolean): string {
  return noTrunc ? (id ?? '') : shortId(id ?? '');
}

/** One line per name or id, for -q. */
export function lines(values: readonly string[]): string {
  return values.map((value) => `${value}\n`).join('');
}

/** A name on Docker Hub without what everybody leaves out; Podman sends it in full. */
export function shortName(name: string): string {
  return name.replace(/^docker\.io\/(library\/)?/, '');
}
