// Changes to an image's configuration in the words of a Dockerfile, as `commit --change` and `import --change` take them:
// CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR. No FROM, RUN, COPY and their kin.

import type { ContainerConfig } from './api/containers.ts';
import { configure, InstructionError } from './dockerfile/configure.ts';
import { parseDockerfile } from './dockerfile/parse.ts';
import type { Instruction, InstructionName } from './dockerfile/tree.ts';
import { EngineError } from './errors.ts';
import type { OciContainerConfig } from './oci.ts';

const allowed: ReadonlySet<InstructionName> = new Set<InstructionName>([
  ...(['CMD', 'ENTRYPOINT', 'ENV', 'EXPOSE', 'HEALTHCHECK', 'LABEL'] as const),
  ...(['ONBUILD', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR'] as const),
]);

/**
 * @param lines one instruction each; a line may hold several, parted by newlines
 * @throws EngineError invalidParameter for anything else
 */
export function applyChanges(config: ContainerConfig, lines: readonly string[]): ContainerConfig {
  let result = config;
  for (const instruction of lines.flatMap(instructionsOf)) {
    const values = new Map((result.Env ?? []).map((entry) => [entry.split('=', 1)[0], entry.replace(/^[^=]*=/, '')]));
    try {
      // What a change touches has the same shape in both.
      const before = result as OciContainerConfig;
      result = configure(before, instruction, (name) => values.get(name), { hasCmd: true }) as ContainerConfig;
    } catch (error) {
      if (error instanceof InstructionError) throw new EngineError('invalidParameter', error.message);
      throw error;
    }
  }
  return result;
}

function instructionsOf(text: string): Instruction[] {
  return parseDockerfile(text).items.flatMap((item) => {
    if (item.kind === 'directive')
      throw new EngineError('invalidParameter', `${item.text.trim()} is not a valid change`);
    if (item.kind !== 'instruction') return [];
    const [fault] = item.faults;
    if (item.name === undefined || !allowed.has(item.name)) {
      throw new EngineError('invalidParameter', `${item.keyword.toUpperCase()} is not a valid change command`);
    }
    if (fault !== undefined) throw new EngineError('invalidParameter', fault.message);
    return [item];
  });
}
