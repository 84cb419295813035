// One fault, one diagnostic: findings of twins at one place become one that carries all the names.

import type { Catalogue } from './catalogue.ts';
import { isCheck } from './catalogue.ts';
import { type Diagnostic, type Found, toFile, toRemedy } from './diagnostic.ts';
import { faultIds } from './faults.ts';
import type { RuleId, Severity } from './rule.ts';

/** Findings of a file, in any order, to diagnostics in the order of the text. */
export function merge(found: readonly Found[], catalogue: Catalogue, starts: readonly number[]): Diagnostic[] {
  const byItem = new Map<number, Found[]>();
  for (const finding of found) {
    const list = byItem.get(finding.item);
    if (list === undefined) byItem.set(finding.item, [finding]);
    else list.push(finding);
  }
  const diagnostics: Diagnostic[] = [];
  for (const list of byItem.values()) {
    for (const group of groupTwins(list, catalogue)) diagnostics.push(toDiagnostic(group, starts));
  }
  return diagnostics.toSorted((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}

/** Each finding joins the first group of its twins at its place. */
function groupTwins(list: readonly Found[], catalogue: Catalogue): Found[][] {
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
  if (one.span.start < other.span.end && other.span.start < one.span.end) return true;
  if (one.span.start === other.span.start) return true;
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

function toDiagnostic(group: readonly Found[], starts: readonly number[]): Diagnostic {
  const sorted = group.toSorted((a, b) => rank(b) - rank(a));
  const [primary] = sorted as [Found, ...Found[]];
  const fix = sorted.find((finding) => finding.fix !== undefined);
  const strictest = sorted.toSorted((a, b) => strictness[b.severity] - strictness[a.severity])[0] ?? primary;
  return {
    code: primary.id,
    ids: [...new Set(sorted.flatMap(namesOf))],
    severity: strictest.severity,
    message: primary.message,
    item: primary.item,
    span: toFile(primary.span, primary.item, starts),
    fix: fix?.fix === undefined ? undefined : toRemedy(fix.fix, fix.item, starts),
    related: sorted.flatMap(({ related }) =>
      (related ?? []).map(({ item, span, message }) => ({ span: toFile(span, item, starts), message })),
    ),
  };
}

/** What the builder says comes first, then its checks, then hadolint, then we. */
function rank({ id, fault }: Found): number {
  if (fault) return 3;
  return isCheck(id) ? 2 : /^[A-Z]/.test(id) ? 1 : 0;
}

function namesOf({ id, fault }: Found): readonly RuleId[] {
  return fault ? [id, ...faultIds(id)] : [id];
}
