// HostConfig.SecurityOpt, read once: `no-new-privileges`, `seccomp=`, `apparmor=`, `label=`, `writable-cgroups`. What this
// engine cannot enforce is refused by name, or warned about where moby ignores it on such a host as well.

import { EngineError } from '../../spec/errors.ts';

export interface SecurityOptions {
  readonly noNewPrivileges: boolean;
  /** `unconfined`, `builtin` or a profile as JSON; undefined = Docker's default. */
  readonly seccomp?: string;
  /** Profile name or `unconfined`. */
  readonly appArmor?: string;
  readonly writableCgroups?: boolean;
  readonly warnings: readonly string[];
}

/**
 * @param hasAppArmor whether the host enforces AppArmor
 * @throws EngineError invalidParameter for an option that is none or cannot be honoured
 */
export function parseSecurityOptions(options: readonly string[], hasAppArmor: boolean): SecurityOptions {
  let noNewPrivileges = false;
  let seccomp: string | undefined;
  let appArmor: string | undefined;
  let writableCgroups: boolean | undefined;
  const warnings: string[] = [];
  for (const option of options) {
    const { key, value } = split(option);
    if (key === 'no-new-privileges') noNewPrivileges = flag(value, option);
    else if (key === 'writable-cgroups') writableCgroups = flag(value, option);
    else if (key === 'seccomp') seccomp = value;
    else if (key === 'apparmor') appArmor = value;
    else if (key === 'label' || key === 'disable') {
      if (key === 'label' && value !== 'disable') {
        warnings.push(`SELinux is not supported: security option ${JSON.stringify(option)} discarded.`);
      }
    } else throw invalid(`invalid --security-opt 2: ${JSON.stringify(option)}`);
  }
  if (appArmor !== undefined && appArmor !== 'unconfined' && appArmor !== '' && !hasAppArmor) {
    throw invalid(
      `invalid --security-opt: AppArmor is not enabled on this host, profile ${appArmor} cannot be applied`,
    );
  }
  return {
    noNewPrivileges,
    ...(seccomp === undefined ? {} : { seccomp }),
    ...(appArmor === undefined ? {} : { appArmor }),
    ...(writableCgroups === undefined ? {} : { writableCgroups }),
    warnings,
  };
}

function split(option: string): { readonly key: string; readonly value: string } {
  if (option === 'no-new-privileges' || option === 'writable-cgroups' || option === 'disable') {
    return { key: option, value: 'true' };
  }
  const at = option.includes('=') ? option.indexOf('=') : option.indexOf(':');
  if (at < 0) throw invalid(`invalid --security-opt 1: ${JSON.stringify(option)}`);
  return { key: option.slice(0, at), value: option.slice(at + 1) };
}

function flag(value: string, option: string): boolean {
  if (/^(1|t|T|true|TRUE|True)$/.test(value)) return true;
  if (/^(0|f|F|false|FALSE|False)$/.test(value)) return false;
  throw invalid(`invalid --security-opt 2: ${JSON.stringify(option)}`);
}

function invalid(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}
