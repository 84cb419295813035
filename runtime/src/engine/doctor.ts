// What this machine allows, said in sentences: the data of `coracle doctor`. What an ordinary user's engine found out before it
// entered its namespaces comes first.

import type { DoctorReport, Finding } from '../spec/engine/system.ts';
import type { Rootless } from '../spec/rootless.ts';
import { installCommand } from '../spec/packages.ts';
import { copiesWarning, type Machine } from './info.ts';

export interface Checked {
  readonly machine: Machine;
  readonly runtimes: readonly string[];
  /** Undefined where it asks nothing of Linux. */
  readonly capabilities: readonly string[] | undefined;
  readonly initBinary: string;
  readonly freeBytes: number;
  /** fuse-overlayfs is installed. */
  readonly hasFuse: boolean;
  readonly rootless?: Rootless | undefined;
  /** Containers are WebAssembly only. */
  readonly isWasmOnly: boolean;
  /** Why, where nobody asked for that. */
  readonly obstacles?: readonly Finding[];
}

const wantedCapabilities = ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN', 'CAP_SYS_RESOURCE', 'CAP_MKNOD', 'CAP_SYS_CHROOT'];

export function examine(checked: Checked): DoctorReport {
  if (checked.isWasmOnly) return { findings: examineLight(checked) };
  const { machine, runtimes, capabilities, initBinary, rootless } = checked;
  const lacking = Object.entries(machine.limits)
    .filter(([, has]) => !has)
    .map(([name]) => name);
  const missing = wantedCapabilities.filter((name) => capabilities?.includes(name) !== true);
  const findings: Finding[] = [
    finding('kernel', true, `Linux ${machine.kernelVersion} on ${machine.machine}, ${machine.operatingSystem}`),
    finding(
      'runtimes',
      runtimes.length > 0,
      runtimes.length > 0 ? `found ${runtimes.join(', ')}` : 'no OCI runtime: install crun or runc',
      'missing',
    ),
    finding(
      'cgroups',
      lacking.length === 0,
      `cgroup v${machine.cgroupVersion}${lacking.length === 0 ? '' : `; cannot limit: ${lacking.join(', ')}`}`,
    ),
    finding(
      'capabilities',
      missing.length === 0,
      missing.length === 0
        ? 'the engine holds all it needs'
        : `the engine lacks ${missing.join(', ')}: what containers ask of these is cut down`,
    ),
    finding(
      'init',
      initBinary !== '',
      initBinary === '' ? '--init will not work: no static init binary' : `--init uses ${initBinary}`,
    ),
    storage(checked),
  ];
  const before = rootless?.findings ?? [finding('mode', true, 'the engine runs as root')];
  const names = new Set(findings.map(({ name }) => name));
  return { findings: [...before.filter(({ name }) => !names.has(name)), ...findings] };
}

function examineLight({ machine, freeBytes, obstacles = [] }: Checked): readonly Finding[] {
  const system = [machine.operatingSystem, machine.kernelVersion].filter((part) => part !== '').join(', ');
  const only = 'the engine runs containers of WebAssembly (wasi/wasm)';
  const chosen = obstacles.length === 0;
  return [
    finding(
      'mode',
      true,
      chosen ? `${only}; those of Linux need --mode linux` : `${only}; those of Linux cannot run here`,
    ),
    // They keep nobody from what this engine does.
    ...obstacles.map((each): Finding => ({ ...each, state: 'warning' })),
    finding('system', true, system),
    finding(
      'storage',
      true,
      `${machine.backingFilesystem === '' ? '' : `over ${machine.backingFilesystem}, `}${Math.floor(freeBytes / 2 ** 20)} MiB free`,
    ),
  ];
}

function storage({ machine, freeBytes, hasFuse }: Checked): Finding {
  const { rootDriver, rootRefusal } = machine;
  const where = `${machine.backingFilesystem}, ${Math.floor(freeBytes / 2 ** 20)} MiB free`;
  if (rootDriver !== 'vfs') return finding('storage', true, `${rootDriver} over ${where}`);
  if (rootRefusal === undefined) return finding('storage', true, `${copiesWarning} (as asked for); over ${where}`);
  const found = finding('storage', false, `${copiesWarning}; ${rootRefusal}; over ${where}`);
  return hasFuse ? found : { ...found, remedy: installCommand('fuse-overlayfs', machine.osRelease) };
}

function finding(name: string, isOk: boolean, message: string, otherwise: 'warning' | 'missing' = 'warning'): Finding {
  return { name, state: isOk ? 'ok' : otherwise, message };
}
