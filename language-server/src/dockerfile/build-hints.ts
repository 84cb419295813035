// What the last build did with an instruction, in a few words behind it.

import type { InlayHint } from 'vscode-languageserver';
import { seconds } from '../../../runtime/src/text/build-words.ts';
import { humanSize } from '../../../runtime/src/text/units.ts';
import type { Context } from '../language/context.ts';
import type { StepFacts } from '../knowledge/knowledge.ts';
import type { Built } from './built.ts';
import type { DockerfileView } from './view.ts';

/** A shorter time is not worth a word. */
const shortestMs = 50;

/** One hint, or none for an instruction that only sets something. */
export function buildHints(
  view: DockerfileView,
  item: number,
  built: Built | undefined,
  { say }: Context,
): InlayHint[] {
  const instruction = view.instruction(item);
  const label = built === undefined ? '' : shortText(built.step, say);
  if (built === undefined || instruction === undefined || label === '') return [];
  const { document } = view;
  const last = document.lineAt((view.file.starts[item] ?? 0) + instruction.text.trimEnd().length);
  return [
    { position: document.positionAt(document.lineEnd(last)), label, paddingLeft: true, tooltip: longText(built) },
  ];
}

/** `12.4MB · 3.2s`, `12.4MB · cached`. */
function shortText({ state, durationMs, layerSize = 0 }: StepFacts, say: Context['say']): string {
  const size = layerSize === 0 ? [] : [humanSize(layerSize, 3)];
  if (state === 'failed') return say('failed after {0}', seconds(durationMs));
  if (state === 'cached') return size.length === 0 ? '' : [...size, say('cached')].join(' · ');
  return [...size, ...(durationMs < shortestMs ? [] : [seconds(durationMs)])].join(' · ');
}

/** Plain text: names of files are in it, which somebody else may have chosen. */
function longText({ build, step }: Built): string {
  const { state, durationMs, layerSize, miss, exitCode } = step;
  const code = exitCode === undefined ? '' : ` with exit code ${exitCode}`;
  const did = {
    cached: 'The result was in the cache.',
    done: `Took ${durationMs < shortestMs ? `${durationMs} ms` : seconds(durationMs)}.`,
    failed: `Failed after ${seconds(durationMs)}${code}.`,
  }[state];
  return [
    `Last build, ${new Date(build.startedAtMs).toISOString().slice(0, 16).replace('T', ' ')} UTC (${build.id.slice(0, 12)})`,
    layerSize === undefined ? did : `${did} Its layer has ${humanSize(layerSize, 3)}.`,
    ...(miss === undefined ? [] : [`Not in the cache: ${miss}`]),
  ].join('\n');
}
