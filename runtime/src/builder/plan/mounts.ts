// `RUN --mount`, evaluated.

import { workingDirectory } from '../../spec/dockerfile/configure.ts';
import type { Lookup } from '../../spec/dockerfile/expand.ts';
import type { Field, Instruction } from '../../spec/dockerfile/tree.ts';
import { EngineError } from '../../spec/errors.ts';
import type { Origin, RunMount } from '../contract.ts';

export interface MountScope {
  readonly lookup: Lookup;
  readonly workingDir: string;
  /** Where `from=` leads; undefined is the build's context. */
  readonly origin: (from: string | undefined) => Origin;
}

/** @throws InstructionError for a variable that cannot be filled in */
export function mountsOf(instruction: Instruction, scope: MountScope): readonly RunMount[] {
  return instruction.flags.flatMap((flag) =>
    flag.name === 'mount' ? [mountOf(valuesOf(flag.fields ?? [], scope.lookup), scope)] : [],
  );
}

type Values = ReadonlyMap<string, string>;

const canonical: Readonly<Record<string, string>> = {
  dst: 'target',
  destination: 'target',
  src: 'source',
  readwrite: 'rw',
  readonly: 'ro',
};

function valuesOf(fields: readonly Field[], lookup: Lookup): Values {
  return new Map(
    fields.map(({ key, value }) => {
      const name = Object.hasOwn(canonical, key) ? (canonical[key] ?? key) : key;
      return [name, value === undefined ? 'true' : expanded(value, lookup)] as const;
    }),
  );
}

/** `$NAME` and `${NAME}` in a field, as far as fields have them. */
function expanded(text: string, lookup: Lookup): string {
  return text.replace(/\$(?:(\w+)|\{(\w+)\})/g, (_, plain: string | undefined, braced: string | undefined) => {
    const value = lookup(plain ?? braced ?? '');
    return typeof value === 'string' ? value : '';
  });
}

function mountOf(values: Values, scope: MountScope): RunMount {
  const target = values.get('target');
  const absolute = (path: string) => workingDirectory(scope.workingDir, path);
  const from = values.get('from');
  switch (values.get('type') ?? 'bind') {
    case 'cache': {
      const at = absolute(target ?? '');
      return {
        type: 'cache',
        target: at,
        id: values.get('id') ?? at,
        sharing: sharingOf(values.get('sharing')),
        from: from === undefined ? undefined : scope.origin(from),
        source: values.get('source') ?? '/',
        readOnly: isTrue(values.get('ro')),
        ...owner(values, 0o755),
      };
    }
    case 'tmpfs':
      return { type: 'tmpfs', target: absolute(target ?? ''), size: sizeOf(values.get('size')) };
    case 'secret': {
      const id = values.get('id') ?? target?.slice(target.lastIndexOf('/') + 1) ?? '';
      const env = values.get('env');
      const path = target === undefined ? (env === undefined ? `/run/secrets/${id}` : undefined) : absolute(target);
      return {
        type: 'secret',
        id,
        target: path,
        env,
        required: isTrue(values.get('required')),
        ...owner(values, 0o400),
      };
    }
    case 'ssh': {
      const id = values.get('id') ?? 'default';
      const path = target === undefined ? '/run/buildkit/ssh_agent.0' : absolute(target);
      return { type: 'ssh', id, target: path, required: isTrue(values.get('required')), ...owner(values, 0o600) };
    }
    default:
      return {
        type: 'bind',
        target: absolute(target ?? ''),
        from: scope.origin(from),
        source: values.get('source') ?? '/',
        writable: isTrue(values.get('rw')),
      };
  }
}

function sharingOf(text: string | undefined): 'shared' | 'private' | 'locked' {
  return text === 'private' || text === 'locked' ? text : 'shared';
}

function owner(values: Values, mode: number): { readonly mode: number; readonly uid: number; readonly gid: number } {
  return {
    mode: numberOf(values, 'mode', 8) ?? mode,
    uid: numberOf(values, 'uid', 10) ?? 0,
    gid: numberOf(values, 'gid', 10) ?? 0,
  };
}

/** What a variable stood for may be none. @throws EngineError invalidParameter */
function numberOf(values: Values, name: string, base: 8 | 10): number | undefined {
  const text = values.get(name);
  if (text === undefined) return undefined;
  if ((base === 8 ? /^[0-7]{1,5}$/ : /^\d{1,10}$/).test(text)) return Number.parseInt(text, base);
  const what = base === 8 ? 'octal number' : 'number';
  throw new EngineError('invalidParameter', `${name}=${JSON.stringify(text)} of --mount is no ${what}`);
}

function isTrue(text: string | undefined): boolean {
  return text !== undefined && /^(?:1|t|true)$/i.test(text);
}

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

function sizeOf(text: string | undefined): number | undefined {
  const match = /^(\d+)([kmg]?)b?$/i.exec(text ?? '');
  return match === null ? undefined : Number(match[1]) * (units[(match[2] ?? '').toLowerCase()] ?? 1);
}
