// What is wrong with a Bake file.

import { nearest } from '../../../runtime/src/spec/nearest.ts';
import type { Context } from '../language/context.ts';
import type { Finding } from './rules.ts';
import { type BuildFile } from '../language/build-file.ts';
import { maximumFindings, suggestion } from '../language/finding.ts';
import { attributeOf, keyText, plainText, type Block, type Expression } from './hcl/tree.ts';
import { definitionsOf, lastOf, localNames, namesOf, type Definition, type NameKind, type Use } from './model/model.ts';
import { buildFileOf, heirsOf, projectOf, type BakeProject } from './model/project.ts';
import { bakeBlocks, builtinVariables, functions, type BlockInfo, type ValueKind } from './model/reference.ts';
import { ringsOf } from './model/rings.ts';
import { valueFault } from './values.ts';
import type { BakeView } from './view.ts';

export function findingsOf(view: BakeView, context: Context): readonly Finding[] {
  const project = projectOf(view, context);
  const syntax = view.file.faults.map(
    ({ span, message }) => ({ span, message, severity: 'error', code: 'bake-syntax' }) as const,
  );
  const targets = lastOf(view.model, 'target').flatMap((target) => checkTarget(view, target, project, context));
  return [
    ...syntax,
    ...view.file.body.blocks.flatMap((block) => checkBlock(block, bakeBlocks, view.isJson)),
    ...duplicates(view),
    ...checkUses(view, project),
    ...ringsOf(view.model),
    ...targets,
  ].toSorted((a, b) => a.span.start - b.span.start);
}

function checkBlock(block: Block, known: Readonly<Record<string, BlockInfo>>, isJson: boolean): Finding[] {
  const info = Object.hasOwn(known, block.type) ? known[block.type] : undefined;
  if (info === undefined) {
    const { hint, fixes } = suggestion(block.typeSpan, nearest(block.type, Object.keys(known)));
    const message = `\`${block.type}\` is no block that Bake knows: it is ignored.${hint}`;
    return [{ span: block.typeSpan, severity: 'warning', code: 'bake-unknown-block', message, fixes }];
  }
  const findings: Finding[] = [...checkLabels(block, known === bakeBlocks)];
  const seen = new Map<string, Block['span']>();
  for (const attribute of block.body.attributes) {
    const before = seen.get(attribute.name);
    seen.set(attribute.name, attribute.nameSpan);
    if (before !== undefined) {
      const related = [{ span: before, message: 'It is here first.' }];
      findings.push({
        span: attribute.nameSpan,
        severity: 'error',
        code: 'bake-duplicate-attribute',
        message: `\`${attribute.name}\` is there twice.`,
        related,
      });
    }
    findings.push(...checkAttribute(block, attribute, info));
  }
  return isJson ? findings : [...findings, ...block.body.blocks.flatMap((inner) => checkInner(block, inner, info))];
}

/** A map is written with `=`, which people forget: `args { … }`. */
function checkInner(outer: Block, inner: Block, info: BlockInfo): Finding[] {
  if (Object.hasOwn(info.blocks, inner.type)) return checkBlock(inner, info.blocks, false);
  if (inner.body.span.end === inner.body.span.start && inner.body.attributes.length === 0) return [];
  if (Object.hasOwn(info.attributes, inner.type) && inner.labels.length === 0) {
    const at = { start: inner.typeSpan.end, end: inner.typeSpan.end };
    const fixes = [{ title: 'Write `=`', edits: [{ span: at, text: ' =' }], safe: true }];
    return [
      {
        span: inner.typeSpan,
        severity: 'error',
        code: 'bake-missing-equals',
        message: `\`${inner.type}\` is an attribute: write \`${inner.type} = {\`.`,
        fixes,
      },
    ];
  }
  const message = `\`${inner.type}\` is no block of a ${outer.type}.`;
  return [{ span: inner.typeSpan, severity: 'error', code: 'bake-unknown-block', message }];
}

/** https://docs.docker.com/build/bake/reference/: letters, digits, `_` and `-`. */
const namePattern = /^[\w-]+$/;

function checkLabels(block: Block, isOuter: boolean): Finding[] {
  const [label, second] = block.labels;
  if (!isOuter) return [];
  if (label === undefined) {
    return [
      {
        span: block.typeSpan,
        severity: 'error',
        code: 'bake-name',
        message: `A ${block.type} has a name: \`${block.type} "name" {\`.`,
      },
    ];
  }
  if (second !== undefined)
    return [{ span: second.span, severity: 'error', code: 'bake-name', message: `A ${block.type} has one name.` }];
  if (namePattern.test(label.text)) return [];
  const message = `\`${label.text}\` is no name that a ${block.type} may have: letters, digits, \`_\` and \`-\`.`;
  return [{ span: label.span, severity: 'error', code: 'bake-name', message }];
}

function checkAttribute(block: Block, attribute: Block['body']['attributes'][number], info: BlockInfo): Finding[] {
  const { name, nameSpan, value } = attribute;
  const known = Object.hasOwn(info.attributes, name) ? info.attributes[name] : undefined;
  if (known === undefined) {
    const { hint, fixes } = suggestion(nameSpan, nearest(name, Object.keys(info.attributes)));
    return [
      {
        span: nameSpan,
        severity: 'error',
        code: 'bake-unknown-attribute',
        message: `\`${name}\` is no attribute of a ${block.type}.${hint}`,
        fixes,
      },
    ];
  }
  if (isOfKind(value.kind, known.kind, value.kind === 'literal' ? value.value : undefined)) {
    return block.type === 'target' ? valueFaults(name, value) : [];
  }
  return [
    { span: value.span, severity: 'error', code: 'bake-type', message: `\`${name}\` is ${kindText[known.kind]}.` },
  ];
}

function valueFaults(name: string, value: Expression): Finding[] {
  const texts = value.kind === 'tuple' ? value.items : [value];
  return texts.slice(0, maximumFindings).flatMap((each) => {
    const message = valueFault(name, plainText(each));
    return message === undefined ? [] : [{ span: each.span, severity: 'error', code: 'bake-value', message } as const];
  });
}

const kindText: Readonly<Record<ValueKind, string>> = {
  string: 'a text',
  bool: '`true` or `false`',
  number: 'a number',
  list: 'a list: `[…]`',
  map: 'a map: `{…}`',
  any: 'anything',
};

/** Only what is certain: a call or a variable may be worth anything. */
function isOfKind(kind: string, wanted: ValueKind, literal: number | boolean | null | undefined): boolean {
  if (wanted === 'any' || literal === null) return true;
  if (kind === 'tuple') return wanted === 'list';
  if (kind === 'object') return wanted === 'map' || wanted === 'list';
  // HCL makes a text of a number and the other way round.
  if (kind === 'literal') return wanted === 'string' || (wanted === 'bool' && typeof literal === 'boolean');
  if (kind === 'template') return wanted === 'string' || wanted === 'bool';
  return true;
}

/** Targets of one name are merged, the others are not. */
function duplicates({ model }: BakeView): Finding[] {
  const findings: Finding[] = [];
  for (const kind of ['variable', 'function', 'group'] as const) {
    for (const all of model.definitions.get(kind)?.values() ?? []) {
      const [first, ...others] = all.filter(({ block }) => block !== undefined);
      for (const { name, nameSpan } of first === undefined ? [] : others) {
        const related = first === undefined ? [] : [{ span: first.nameSpan, message: `\`${name}\` is here first.` }];
        const message = `There is a ${kind} \`${name}\` already: this one replaces it.`;
        findings.push({ span: nameSpan, severity: 'warning', code: 'bake-duplicate-name', message, related });
      }
    }
  }
  return findings;
}

function checkUses(view: BakeView, project: BakeProject): Finding[] {
  const findings: Finding[] = [];
  for (const use of view.model.uses) {
    if (findings.length >= maximumFindings) break;
    findings.push(...checkUse(view, use, project));
  }
  return findings;
}

function checkUse(view: BakeView, use: Use, project: BakeProject): Finding[] {
  const { kind, name, span } = use;
  if (name === '' || name.includes('*')) return [];
  const kinds: readonly NameKind[] = kind === 'member' ? ['target', 'group'] : [kind];
  if (project.files.some(({ model }) => kinds.some((each) => definitionsOf(model, each, name).length > 0))) return [];
  if (kind === 'variable' && (Object.hasOwn(builtinVariables, name) || Object.hasOwn(bakeBlocks, name))) return [];
  if (kind === 'function' && Object.hasOwn(functions, name)) return [];
  const isTarget = kind === 'target' || kind === 'member';
  if (isTarget && (!project.complete || isMadeByMatrix(view, name))) return [];
  const names = project.files.flatMap(({ model }) => kinds.flatMap((each) => namesOf(model, each)));
  const local = use.block === undefined ? [] : localNames(use.block).map(({ text }) => text);
  const more = kind === 'function' ? Object.keys(functions) : kind === 'variable' ? local : [];
  const { hint, fixes } = suggestion(span, nearest(name, [...names, ...more]));
  const what = kind === 'member' ? 'target or group' : kind;
  return [
    {
      span,
      severity: 'error',
      code: isTarget ? 'bake-undefined-target' : `bake-undefined-${kind}`,
      message: `There is no ${what} \`${name}\`.${hint}`,
      fixes,
    },
  ];
}

/** Names of targets that a matrix makes are known when it is built. */
function isMadeByMatrix({ model }: BakeView, name: string): boolean {
  return lastOf(model, 'target').some(({ block }) => {
    const made = block === undefined ? undefined : attributeOf(block.body, 'name')?.value;
    if (made?.kind !== 'template') return made !== undefined;
    const [first] = made.parts;
    return first?.kind !== 'text' || name.startsWith(first.value);
  });
}

function checkTarget(view: BakeView, target: Definition, project: BakeProject, context: Context): Finding[] {
  const { block } = target;
  if (block === undefined) return [];
  const { body } = block;
  const findings: Finding[] = [];
  const dockerfile = attributeOf(body, 'dockerfile');
  if (dockerfile !== undefined && attributeOf(body, 'dockerfile-inline') !== undefined) {
    const message = '`dockerfile` is ignored beside `dockerfile-inline`: keep one of them.';
    findings.push({ span: dockerfile.nameSpan, severity: 'warning', code: 'bake-dockerfile-inline', message });
  }
  const matrix = attributeOf(body, 'matrix');
  const name = attributeOf(body, 'name');
  if (matrix !== undefined && name === undefined) {
    const message = 'A target with a `matrix` needs a `name` for each target that it makes.';
    findings.push({ span: matrix.nameSpan, severity: 'error', code: 'bake-matrix-name', message });
  }
  if (matrix === undefined && name !== undefined) {
    const message = '`name` is for targets with a `matrix`: the block’s label is the name of others.';
    findings.push({ span: name.nameSpan, severity: 'error', code: 'bake-matrix-name', message });
  }
  return [...findings, ...checkDockerfile(view, target, project, context)];
}

function checkDockerfile(view: BakeView, target: Definition, project: BakeProject, context: Context): Finding[] {
  const stage = attributeOf(target.block?.body, 'target')?.value;
  if (stage === undefined && attributeOf(target.block?.body, 'args') === undefined) return [];
  const reading = buildFileOf(view, target, project, context);
  if (reading.kind !== 'known') return [];
  const findings: Finding[] = [];
  const stageName = plainText(stage);
  const stages = reading.file.stages.map(({ name }) => name);
  const isThere =
    stageName === undefined ||
    /^\d+$/.test(stageName) ||
    stages.some((name) => name.toLowerCase() === stageName.toLowerCase());
  if (stage?.kind === 'template' && !isThere) {
    const { hint, fixes } = suggestion(stage.inner, nearest(stageName, stages));
    findings.push({
      span: stage.inner,
      severity: 'error',
      code: 'bake-undefined-stage',
      message: `The Dockerfile has no stage \`${stageName}\`.${hint}`,
      fixes,
    });
  }
  return [...findings, ...checkArguments(view, target, reading.file, project, context)];
}

function checkArguments(
  view: BakeView,
  target: Definition,
  file: BuildFile,
  project: BakeProject,
  context: Context,
): Finding[] {
  const args = attributeOf(target.block?.body, 'args')?.value;
  const names =
    args?.kind === 'object' ? args.entries.slice(0, maximumFindings).flatMap(({ key }) => keyText(key) ?? []) : [];
  const known = new Set(file.args.map(({ name }) => name));
  const isUnknown = ({ text }: { readonly text: string }) => !known.has(text) && !predefined.test(text);
  if (!names.some(isUnknown)) return [];
  // What a target only hands down goes to the Dockerfiles of those that take it over.
  const readings = heirsOf(target, project)?.map((heir) => buildFileOf(view, heir, project, context));
  if (readings === undefined) return [];
  for (const reading of readings) {
    if (reading.kind !== 'known') return [];
    for (const { name } of reading.file.args) known.add(name);
  }
  return names.filter(isUnknown).map(({ text, span }) => {
    const { hint, fixes } = suggestion(span, nearest(text, known));
    const message = `The Dockerfile has no \`ARG ${text}\`: the value goes nowhere.${hint}`;
    return { span, severity: 'warning', code: 'bake-undefined-argument', message, fixes };
  });
}

/** Arguments that every build knows. */
const predefined =
  /^(?:(?:https?|ftp|no|all)_proxy|BUILDKIT_\w+|SOURCE_DATE_EPOCH|TARGET\w+|BUILD(?:PLATFORM|OS|ARCH|VARIANT))$/i;
