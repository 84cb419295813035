// Ulimits and the OOM score of a container, clamped to what the engine itself may set.

import { EngineError } from '../../spec/errors.ts';
import type { HostConfig } from '../../spec/api/containers.ts';
import type { HostFacts } from './probe.ts';

export interface RlimitGrant {
  readonly rlimits: readonly { readonly type: string; readonly soft: number; readonly hard: number }[];
  readonly warnings: readonly string[];
}

/** What the kernel calls unlimited; JSON has no other way to say it to a runtime. */
const unlimited = 2 ** 64 - 2 ** 11;

/** @throws EngineError invalidParameter for a name that does not exist or a soft limit above the hard one */
export function grantRlimits(ulimits: NonNullable<HostConfig['Ulimits']>, facts: HostFacts): RlimitGrant {
  const warnings: string[] = [];
  const rlimits = ulimits.map((ulimit) => {
    const name = (ulimit.Name ?? '').toLowerCase();
    const own = facts.rlimits.get(name);
    if (own === undefined) throw new EngineError('invalidParameter', `invalid ulimit type: ${ulimit.Name ?? ''}`);
    const wanted = { soft: limitOf(ulimit.Soft), hard: limitOf(ulimit.Hard) };
    if (wanted.soft > wanted.hard) {
      const numbers = `${ulimit.Soft ?? 0} > ${ulimit.Hard ?? 0}`;
      throw new EngineError(
        'invalidParameter',
        `ulimit soft limit must be less than or equal to hard limit: ${numbers}`,
      );
    }
    const most = mayRaise(facts) ? Infinity : own.hard;
    if (wanted.hard > most) warnings.push(`The engine may not raise ulimit ${name} above ${most}. Limit lowered.`);
    return { type: `RLIMIT_${name.toUpperCase()}`, soft: encode(wanted.soft, most), hard: encode(wanted.hard, most) };
  });
  return { rlimits, warnings };
}

/** Whether limits may go beyond the engine's own: in a user namespace the capability is worth nothing for that. */
export function mayRaise({ capabilities, rights }: HostFacts): boolean {
  return rights.isMachineRoot && capabilities.includes('CAP_SYS_RESOURCE');
}

/** The score to set; undefined when the process inherits the right one. */
export function oomScoreOf(wanted: number, facts: HostFacts): number | undefined {
  const lowest = mayRaise(facts) ? -1000 : facts.oomScoreAdj;
  const score = Math.max(wanted, lowest);
  return score === facts.oomScoreAdj ? undefined : score;
}

function limitOf(value: number | null | undefined): number {
  return value === undefined || value === null ? 0 : value < 0 ? Infinity : value;
}

function encode(value: number, most: number): number {
  const clamped = Math.min(value, most);
  return clamped === Infinity ? unlimited : clamped;
}
