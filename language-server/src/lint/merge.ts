// One fault, one diagnostic: findings of twins at one place become one that carries all the names.

import { type Catalogue, isCheck } from './catalogue.ts';
import type { Found, Merged } from './diagnostic.ts';
import { faultIds } from './faults.ts';
import type { RuleId, Severity } from './rule.ts';

/** More findings than this at one instruction tell nobody anything, and each is compared with the others. */
const mostOfItem = 200;

/** Findings by item, as they come; of one item not too many. */
export class FoundByItem {
  readonly lists: Found[][] = [];

  add(found: Found): void {
    const list = this.lists[found.item];
    if (list === undefined) this.lists[found.item] = [found];
    else if (list.length < mostOfItem) list.push(found);
  }
}

/** Findings of one item, in any order, to faults in the order of the text. */
export function merge(list: readonly Found[], catalogue: Catalogue): readonly Merged[] {
  if (list.length === 1) return [toMerged(list)];
  const all = groupTwins(list, catalogue).map(toMerged);
  return all.sort(({ found: [{ finding: a }] }, { found: [{ finding: b }] }) => {
    return a.span.start - b.span.start || a.span.end - b.span.end;
  });
}

/** Each finding joins the first group of its twins at its place. */
function groupTwins(list: readonly Found[], catalogue: Catalogue): readonly (readonly Found[])[] {
  const groups: Found[][] = [];
  for (const finding of list) {
    const home = groups.find((group) => group.every((other) => isSameFault(finding, other, list, catalogue)));
    if (home === undefined) groups.push([finding]);
    else home.push(finding);
  }
  return groups;
}

function isSameFault(one: Found, other: Found, list: readonly Found[], catalogue: Catalogue): boolean {
  if (one.id === other.id || !areTwins(one, other, catalogue)) return false;
  const { span } = one.finding;
  const { span: otherSpan } = other.finding;
  if (span.start === otherSpan.start || (span.start < otherSpan.end && otherSpan.start < span.end)) return true;
  // Where each of two twins fires once at an instruction, they mean the same, though they point at different words of it.
  return isOnly(one, list) && isOnly(other, list);
}

function areTwins(one: Found, other: Found, catalogue: Catalogue): boolean {
  if (one.fault && other.fault) return false;
  if (catalogue.areTwins(one.id, other.id)) return true;
  return (one.fault && faultIds(one.id).includes(other.id)) || (other.fault && faultIds(other.id).includes(one.id));
}

function isOnly(finding: Found, list: readonly Found[]): boolean {
  return list.every((other) => other === finding || other.id !== finding.id);
}

const strictness: Readonly<Record<Severity, number>> = { error: 3, warning: 2, info: 1, style: 0 };

function toMerged(group: readonly Found[]): Merged {
  const sorted = group.length === 1 ? group : group.toSorted((a, b) => rank(b) - rank(a));
  const found = sorted as [Found, ...Found[]];
  let [{ severity }] = found;
  for (const other of sorted) if (strictness[other.severity] > strictness[severity]) severity = other.severity;
  return { found, ids: namesOf(sorted), severity };
}

/** What the builder says comes first, then its checks, then hadolint, then we. */
function rank({ id, fault }: Found): number {
  if (fault) return 3;
  return isCheck(id) ? 2 : /^[A-Z]/.test(id) ? 1 : 0;
}

function namesOf(group: readonly Found[]): readonly RuleId[] {
  const [only] = group;
  if (group.length === 1 && only !== undefined) return [only.id, ...faultIds(only.id)];
  return [...new Set([...group.map(({ id }) => id), ...group.flatMap(({ id }) => faultIds(id))])];
}
