// `info`.

import type { SystemInfo } from '../../spec/api/system.ts';
import { command } from '../command.ts';
import { string } from '../flags/types.ts';
import { documentTemplate } from '../format/object.ts';
import { bytesSize } from '../../text/units.ts';
import { clientVersion } from '../version-number.ts';

export const info = command({
  usage: '[OPTIONS]',
  args: { max: 0 },
  flags: { format: string('f', 'Format output using a custom template: "json" or a Go "TEMPLATE"') },
  async run({ flags, session }) {
    const format = flags.format === 'json' ? '{{json .}}' : flags.format;
    const template = format === '' ? undefined : documentTemplate(format);
    const client = await session.client();
    const data = await client.system.info();
    const clientInfo = { Debug: session.options.debug, Context: session.choice.context, Version: clientVersion };
    if (template !== undefined) {
      session.print(template({ ...data, ClientInfo: clientInfo }));
      return;
    }
    session.print('Client:');
    session.write(
      ` Version:    ${clientVersion}\n Context:    ${clientInfo.Context}\n Debug Mode: ${clientInfo.Debug}\n\n`,
    );
    session.write(`Server:\n${serverLines(data).join('\n')}\n\n`);
    for (const warning of data.Warnings ?? []) session.warn(warning);
  },
});

type Value = string | number | boolean | null | undefined;

/** ` Name: value`, left out when there is none. */
function row(name: string, value: Value, indent = ' '): string[] {
  return value === undefined || value === null || value === '' ? [] : [`${indent}${name}: ${value}`];
}

function serverLines(data: SystemInfo): string[] {
  return [
    ...row('Containers', data.Containers),
    ...row('Running', data.ContainersRunning, '  '),
    ...row('Paused', data.ContainersPaused, '  '),
    ...row('Stopped', data.ContainersStopped, '  '),
    ...row('Images', data.Images),
    ...row('Server Version', data.ServerVersion),
    ...row('Storage Driver', data.Driver),
    ...(data.DriverStatus ?? []).map(([name = '', value = '']) => `  ${name}: ${value}`),
    ...row('Logging Driver', data.LoggingDriver),
    ...row('Cgroup Driver', data.CgroupDriver),
    ...row('Cgroup Version', data.CgroupVersion),
    ...pluginLines(data),
    ...row('Swarm', data.Swarm?.LocalNodeState),
    ...row('Runtimes', Object.keys(data.Runtimes ?? {}).sort().join(' ')),
    ...row('Default Runtime', data.DefaultRuntime),
    ...row('Init Binary', data.InitBinary),
    ...row('containerd version', data.ContainerdCommit?.ID),
    ...row('runc version', data.RuncCommit?.ID),
    ...row('init version', data.InitCommit?.ID),
    ...securityLines(data.SecurityOptions ?? []),
    ...row('Kernel Version', data.KernelVersion),
    ...row('Operating System', data.OperatingSystem),
    ...row('OSType', data.OSType),
    ...row('Architecture', data.Architecture),
    ...row('CPUs', data.NCPU),
    ...row('Total Memory', bytesSize(data.MemTotal ?? 0)),
    ...row('Name', data.Name),
    ...row('ID', data.ID),
    ...row('Docker Root Dir', data.DockerRootDir),
    ...row('Debug Mode', data.Debug ?? false),
    ...row('HTTP Proxy', data.HttpProxy),
    ...row('HTTPS Proxy', data.HttpsProxy),
    ...row('No Proxy', data.NoProxy),
    ...((data.Labels ?? []).length > 0 ? [' Labels:', ...(data.Labels ?? []).map((label) => `  ${label}`)] : []),
    ...row('Experimental', data.ExperimentalBuild ?? false),
    ...registryLines(data),
    ...row('Live Restore Enabled', data.LiveRestoreEnabled ?? false),
  ];
} // prettier-ignore

function pluginLines({ Plugins }: SystemInfo): string[] {
  const line = (name: string, values: readonly string[] | null | undefined) =>
    values === null || values === undefined ? [] : [`  ${name}: ${values.join(' ')}`];
  return [
    ' Plugins:',
    ...line('Volume', Plugins?.Volume),
    ...line('Network', Plugins?.Network),
    ...((Plugins?.Authorization ?? []).length > 0 ? line('Authorization', Plugins?.Authorization) : []),
    ...line('Log', Plugins?.Log),
  ];
}

/** `name=seccomp,profile=default` becomes a name and, below it, its options. */
function securityLines(options: readonly string[]): string[] {
  if (options.length === 0) return [];
  const lines = options.flatMap((option) => {
    const pairs = option.split(',').map((part) => part.split('='));
    const name = pairs.find(([key]) => key === 'name')?.[1] ?? option;
    const others = pairs.filter(([key]) => key !== 'name');
    return [`  ${name}`, ...others.map(([key = '', value = '']) => `   ${capital(key)}: ${value}`)];
  });
  return [' Security Options:', ...lines];
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function registryLines({ RegistryConfig }: SystemInfo): string[] {
  const insecure = [
    ...Object.values(RegistryConfig?.IndexConfigs ?? {}).flatMap((index) =>
      index.Secure === false ? [index.Name ?? ''] : [],
    ),
    ...(RegistryConfig?.InsecureRegistryCIDRs ?? []),
  ];
  const mirrors = RegistryConfig?.Mirrors ?? [];
  return [
    ...(insecure.length > 0 ? [' Insecure Registries:', ...insecure.map((name) => `  ${name}`)] : []),
    ...(mirrors.length > 0 ? [' Registry Mirrors:', ...mirrors.map((name) => `  ${name}`)] : []),
  ];
}
