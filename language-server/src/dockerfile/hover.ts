// Hover: what an instruction, flag, mount, variable, stage or image is.

import type { Hover } from 'vscode-languageserver';
import { stageReferences } from '../../../runtime/src/spec/dockerfile/references.ts';
import type { Stage } from '../../../runtime/src/spec/dockerfile/model.ts';
import type { Flag, Instruction, Item, Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Context } from '../language/context.ts';
import { since } from './completion/flags.ts';
import { documentation } from './completion/item.ts';
import { imageText, stageText } from './images.ts';
import { itemAt } from './items.ts';
import { directives } from './reference/directives.ts';
import { instructions } from './reference/instructions.ts';
import { mounts } from './reference/mounts.ts';
import type { FlagReference } from './reference/reference.ts';
import { type VariableText, variableText } from './variable-text.ts';
import type { DockerfileView } from './view.ts';

type Found = VariableText;

export function hover(view: DockerfileView, offset: number, context: Context): Hover | undefined {
  const index = itemAt(view.file, offset);
  const item = view.file.items[index];
  if (item === undefined) return undefined;
  const found = findIn(view, index, item, offset - (view.file.starts[index] ?? 0), context);
  return found === undefined
    ? undefined
    : { contents: documentation(context, found.text), range: view.range(index, found.span) };
}

function findIn(view: DockerfileView, index: number, item: Item, at: number, context: Context): Found | undefined {
  if (item.kind === 'directive') {
    const text = directives.find(({ name }) => name === item.name)?.text;
    return text === undefined || !contains(item.nameSpan, at) ? undefined : { span: item.nameSpan, text };
  }
  if (item.kind !== 'instruction') return undefined;
  return (
    variableText(view, index, item, at, context) ??
    stageReferenceText(view, index, at, context) ??
    keywordText(item, at) ??
    flagText(item, at) ??
    baseText(view, index, item, at, context)
  );
}

function keywordText(item: Instruction, at: number): Found | undefined {
  if (item.form.kind === 'onbuild' && item.form.trigger !== undefined && at >= item.form.trigger.keywordSpan.start) {
    return keywordText(item.form.trigger, at) ?? flagText(item.form.trigger, at);
  }
  if (item.name === undefined || !contains(item.keywordSpan, at)) return undefined;
  const reference = instructions.get(item.name);
  if (reference === undefined) return undefined;
  const forms = reference.signatures.map(({ label }) => label).join('\n');
  return {
    span: item.keywordSpan,
    text: `**${reference.name}** ${lowerFirst(reference.summary)}\n\n\`\`\`dockerfile\n${forms}\n\`\`\`\n\n${reference.details}`,
  };
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

function flagText(item: Instruction, at: number): Found | undefined {
  const flag = item.flags.find(({ span }) => contains(span, at));
  if (flag === undefined || item.name === undefined) return undefined;
  const reference = instructions.get(item.name)?.flags.find(({ name }) => name === flag.name);
  if (reference === undefined) return undefined;
  return fieldText(flag, at) ?? { span: flag.nameSpan, text: flagMarkdown(reference) };
}

function flagMarkdown({ name, text, since: version, choices }: FlagReference): string {
  const head = version === undefined ? `**--${name}**` : `**--${name}** (${since(version)})`;
  const values = (choices ?? []).map(({ value, text: meaning }) => `- \`${value}\`: ${meaning}`).join('\n');
  return [head, text, ...(values === '' ? [] : [values])].join('\n\n');
}

function fieldText(flag: Flag, at: number): Found | undefined {
  const field = flag.fields?.find(({ span }) => contains(span, at));
  if (field === undefined || flag.name !== 'mount') return undefined;
  const type = flag.fields?.find(({ key }) => key === 'type')?.value ?? 'bind';
  const mount = mounts.find((each) => each.type === type);
  if (mount === undefined) return undefined;
  if (field.key === 'type') return { span: field.span, text: `**type=${mount.type}**\n\n${mount.text}` };
  const key = mount.keys.find(({ name, aliases }) => name === field.key || aliases.includes(field.key));
  return key === undefined
    ? undefined
    : { span: field.keySpan, text: `**${key.name}** of a ${type} mount\n\n${key.text}` };
}

function stageReferenceText(view: DockerfileView, index: number, at: number, context: Context): Found | undefined {
  const reference = stageReferences(view.model).find(({ place }) => place.item === index && contains(place.span, at));
  return reference === undefined
    ? undefined
    : { span: reference.place.span, text: stageText(view, reference.stage, context) };
}

function baseText(
  view: DockerfileView,
  index: number,
  item: Instruction,
  at: number,
  context: Context,
): Found | undefined {
  if (item.form.kind !== 'from') return otherImageText(item, at, context);
  const { image, stageName } = item.form;
  const stage = view.model.stages.find((each) => each.item === index);
  if (stageName !== undefined && contains(stageName.span, at) && stage !== undefined) {
    return { span: stageName.span, text: stageText(view, stage, context) };
  }
  if (image === undefined || !contains(image.span, at)) return undefined;
  return { span: image.span, text: textOfBase(stage, platformOf(item), context) };
}

function textOfBase(stage: Stage | undefined, platform: string | undefined, context: Context): string {
  if (stage?.base.kind === 'scratch') return '**scratch**: nothing. The stage begins with an empty root.';
  const reference = stage?.base.kind === 'image' ? stage.base.reference : undefined;
  return reference === undefined ? 'The build decides which image this is.' : imageText(reference, platform, context);
}

function platformOf(item: Instruction): string | undefined {
  const value = item.flags.find(({ name }) => name === 'platform')?.value?.raw;
  return value === undefined || value.includes('$') ? undefined : value;
}

/** `--from=` and `from=` that name an image. */
function otherImageText(item: Instruction, at: number, context: Context): Found | undefined {
  for (const flag of item.flags) {
    if (flag.name === 'from' && flag.value !== undefined && contains(flag.value.span, at)) {
      return { span: flag.value.span, text: imageText(flag.value.raw, undefined, context) };
    }
    const field = flag.fields?.find(
      ({ key, valueSpan }) => key === 'from' && valueSpan !== undefined && contains(valueSpan, at),
    );
    if (field?.value !== undefined && field.valueSpan !== undefined) {
      return { span: field.valueSpan, text: imageText(field.value, undefined, context) };
    }
  }
  return undefined;
}

function contains({ start, end }: Span, at: number): boolean {
  return at >= start && at <= end;
}
