// An image or a stage in words, for hovers.

import type { Stage } from '../../../runtime/src/spec/dockerfile/model.ts';
import { humanSize } from '../../../runtime/src/text/units.ts';
import type { ImageFacts } from '../knowledge/knowledge.ts';
import type { Context } from '../language/context.ts';
import { valueOf } from './known.ts';
import type { DockerfileView } from './view.ts';

/** What is known of an image, as Markdown. What comes from the image is shown as code: it is a stranger's text. */
export function imageText(reference: string, platform: string | undefined, context: Context): string {
  const head = `**${code(reference)}**`;
  const known = context.knowledge.image(reference, platform);
  if (known.kind === 'absent') return `${head}\n\nNot on this machine; a build pulls it.`;
  const facts = valueOf(known);
  return facts === undefined ? head : [head, factsText(facts)].join('\n\n');
}

function factsText(facts: ImageFacts): string {
  const rows: [string, string][] = [
    ['size', `${humanSize(facts.size, 3)}${facts.created === undefined ? '' : `, made ${facts.created.slice(0, 10)}`}`],
    ['platform', code(facts.platform)],
    ...(facts.digest === undefined ? [] : [['digest', code(facts.digest)] as [string, string]]),
    ...list('runs', [...facts.entrypoint, ...facts.cmd]),
    ...(facts.user === '' ? [] : [['user', code(facts.user)] as [string, string]]),
    ...(facts.workingDir === '' ? [] : [['folder', code(facts.workingDir)] as [string, string]]),
    ...list('ports', facts.exposedPorts),
    ...list('volumes', facts.volumes),
    ...list('variables', facts.env.slice(0, 12)),
    ...list('on build', facts.onBuild),
  ];
  return rows.map(([name, value]) => `- ${name}: ${value}`).join('\n');
}

function list(name: string, values: readonly string[]): [string, string][] {
  return values.length === 0 ? [] : [[name, values.map(code).join(' ')]];
}

function code(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const plain = text.replaceAll(/[\u0000-\u001f\u007f`]/g, ' ').slice(0, 200);
  return `\`${plain}\``;
}

export function stageText(view: DockerfileView, stage: Stage, context: Context): string {
  const line = view.document.lineAt(view.file.starts[stage.item] ?? 0) + 1;
  const name = stage.name === undefined ? `Stage ${stage.index}` : `Stage **${stage.name}**`;
  const from = stage.from.text.slice(0, stage.from.span.end).trim();
  const head = `${name} (line ${line})\n\n\`\`\`dockerfile\n${from}\n\`\`\``;
  const base = stage.base.kind === 'image' ? stage.base.reference : undefined;
  return base === undefined || valueOf(context.knowledge.image(base, undefined)) === undefined
    ? head
    : `${head}\n\n${imageText(base, undefined, context)}`;
}
