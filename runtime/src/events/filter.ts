// Which events a client asked for. The rules are Docker's: names and ids match by prefix, images with or without their tag,
// everything else exactly; values of one key are alternatives, labels must all hold.

import { checkFilterKeys, matchesLabels, type Filters } from '../spec/filters.ts';
import type { EventMessage } from '../spec/api/system.ts';

/** Types whose filter key selects events of that type by id or name. */
const nouns = ['container', 'network', 'volume', 'daemon', 'plugin', 'node', 'service', 'secret', 'config'] as const;

const known = [...nouns, 'event', 'image', 'label', 'scope', 'type'];

/** Actions that carry an argument after a colon (`exec_create: sh`), found by what stands before it. */
const withArgument = ['health_status', 'exec_create', 'exec_start'];

/**
 * @returns a predicate over events
 * @throws EngineError invalidParameter `invalid filter 'x'`
 */
export function eventFilter(filters: Filters): (event: EventMessage) => boolean {
  checkFilterKeys(filters, known);
  return (event) =>
    matchesAction(filters, event.Action ?? '') &&
    isAmong(filters.get('type'), event.Type ?? '') &&
    isAmong(filters.get('scope'), event.scope ?? '') &&
    nouns.every((noun) => matchesNoun(filters, noun, event)) &&
    matchesImage(filters, event) &&
    matchesLabels(filters, event.Actor?.Attributes);
}

function isAmong(wanted: readonly string[] | undefined, value: string): boolean {
  return wanted === undefined || wanted.length === 0 || wanted.includes(value);
}

function matchesAction(filters: Filters, action: string): boolean {
  const wanted = filters.get('event');
  if (isAmong(wanted, action)) return true;
  return wanted?.some((value) => withArgument.includes(value) && action.startsWith(`${value}:`)) ?? true;
}

function matchesNoun(filters: Filters, noun: string, event: EventMessage): boolean {
  const wanted = filters.get(noun);
  if (wanted === undefined || wanted.length === 0) return true;
  const name = event.Actor?.Attributes?.['name'];
  return wanted.some(
    (value) => event.Type === noun && ((event.Actor?.ID ?? '').startsWith(value) || (name?.startsWith(value) ?? false)),
  );
}

function matchesImage(filters: Filters, event: EventMessage): boolean {
  const wanted = filters.get('image');
  if (wanted === undefined || wanted.length === 0) return true;
  const id = event.Actor?.ID ?? '';
  const name = event.Actor?.Attributes?.[event.Type === 'image' ? 'name' : 'image'] ?? '';
  return [id, name, withoutTag(id), withoutTag(name)].some((value) => value !== '' && wanted.includes(value));
}

function withoutTag(reference: string): string {
  const colon = reference.lastIndexOf(':');
  return colon > reference.lastIndexOf('/') ? reference.slice(0, colon) : reference;
}
