// Goes to the line of the Dockerfile that a step stands for; where the file is not on this machine, to what was built of it.

import type { BuildRecord } from '../../../../runtime/src/spec/engine/builds.ts';
import { recordOf } from '../../builds/record.ts';
import { lineNow } from '../../builds/source-line.ts';
import type { LocalFiles } from '../../files/local.ts';
import { l10n } from '../../l10n.ts';
import { fileName } from '../document.ts';
import { builds } from '../targets.ts';
import type { BuildTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const openLine: TargetVerb<BuildTarget> = {
  id: 'coracle.build.openLine',
  noun: builds,
  isForMany: false,
  question: () => l10n.t('Choose the build whose Dockerfile to open'),
  async run({ ui, client, local, builds: { builder } }, [target]) {
    if (target === undefined) return;
    const record = await recordOf(client, builder, target.id);
    const failed = record.steps.find(({ result }) => result?.state === 'failed');
    const shown = target.step === undefined ? failed : record.steps.find(({ step }) => step === target.step);
    const line = shown?.source.startLine ?? 1;
    const found = await dockerfileOf(local, record);
    if (found !== undefined) await ui.openFile(found.path, lineNow(record.dockerfileText, found.text, line));
    else {
      const name = `${fileName(target.name)}.Dockerfile`;
      await ui.document({ name, key: `build/${target.id}`, load: () => Promise.resolve(record.dockerfileText) }, line);
    }
  },
};

async function dockerfileOf(
  local: LocalFiles,
  { origin, dockerfile }: BuildRecord,
): Promise<{ readonly path: string; readonly text: string } | undefined> {
  // Of a build that runs here it is the path itself.
  const path = origin?.dockerfile ?? (dockerfile.startsWith('/') ? dockerfile : undefined);
  if (path === undefined) return undefined;
  try {
    return { path, text: await local.readText(path) };
  } catch {
    return undefined; // Moved away, or of another machine: what was built of it is shown.
  }
}
