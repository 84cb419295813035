// What Docker refuses at create before anything is looked up: combinations and values that cannot mean anything. What a
// host can hold (limits, devices, capabilities) is the runner's to check; mounts are checked where they are parsed.

import type { ContainerConfig, HealthConfig, HostConfig } from '../spec/api/containers.ts';
import { parseAddress } from '../spec/address.ts';
import { invalid } from './errors.ts';
import { checkLogOptions } from './log-options.ts';
import { parseSignal } from './signals.ts';

/** @throws EngineError invalidParameter in Docker's words */
export function checkRequest(config: ContainerConfig, hostConfig: HostConfig): void {
  checkConfig(config);
  checkRestartPolicy(hostConfig);
  checkNetworkMode(config, hostConfig);
  checkExtraHosts(hostConfig);
  checkDns(hostConfig);
  checkLogOptions(hostConfig.LogConfig ?? {});
  if ((hostConfig.ShmSize ?? 0) < 0) throw invalid('SHM size can not be less than 0');
  const isolation = hostConfig.Isolation ?? '';
  if (!/^(|default)$/i.test(isolation))
    throw invalid(`Invalid isolation: "${isolation}" - linux only supports 'default'`);
}

function checkConfig(config: ContainerConfig): void {
  const directory = config.WorkingDir ?? '';
  if (directory !== '' && !directory.startsWith('/')) {
    throw invalid(`the working directory '${directory}' is invalid, it needs to be an absolute path`);
  }
  for (const entry of config.Env ?? []) {
    if (entry === '' || entry.startsWith('=')) throw invalid(`invalid environment variable: ${entry}`);
    if (entry.includes('\0')) throw invalid('invalid environment variable: contains a NUL');
  }
  for (const word of [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])]) {
    if (word.includes('\0')) throw invalid('invalid command: contains a NUL');
  }
  if ((config.StopSignal ?? '') !== '') parseSignal(config.StopSignal ?? '');
  checkHealthcheck(config.Healthcheck);
  const hostname = config.Hostname ?? '';
  if (hostname.length > 64 || /[\0\n/]/.test(hostname)) throw invalid(`invalid hostname: ${hostname}`);
}

function checkHealthcheck(health: HealthConfig | null | undefined): void {
  if (health === undefined || health === null) return;
  const least = 1_000_000;
  for (const key of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const) {
    const value = health[key] ?? 0;
    if (value !== 0 && value < least) throw invalid(`${key} in Healthcheck cannot be less than 1ms`);
  }
  if ((health.Retries ?? 0) < 0) throw invalid('Retries in Healthcheck cannot be negative');
}

/** Also for update. */
export function checkRestartPolicy(hostConfig: HostConfig): void {
  const name = hostConfig.RestartPolicy?.Name ?? '';
  const retries = hostConfig.RestartPolicy?.MaximumRetryCount ?? 0;
  if (!['', 'no', 'always', 'unless-stopped', 'on-failure'].includes(name)) {
    throw invalid(
      `invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
    );
  }
  if (retries < 0) throw invalid('invalid restart policy: maximum retry count cannot be negative');
  if (retries > 0 && name !== 'on-failure') {
    throw invalid("invalid restart policy: maximum retry count can only be used with 'on-failure'");
  }
  if (hostConfig.AutoRemove === true && name !== '' && name !== 'no') {
    throw invalid("can't create 'AutoRemove' container with restart policy");
  }
}

function checkNetworkMode(config: ContainerConfig, hostConfig: HostConfig): void {
  const mode = hostConfig.NetworkMode ?? '';
  const has = (list: readonly unknown[] | null | undefined): boolean => (list?.length ?? 0) > 0;
  const isContainer = mode === 'container' || mode.startsWith('container:');
  if (isContainer && (mode.length <= 'container:'.length || !mode.includes(':'))) {
    throw invalid('invalid network mode: invalid container format container:<name|id>');
  }
  if (isContainer && (config.Hostname ?? '') !== '')
    throw invalid('conflicting options: hostname and the network mode');
  if (hostConfig.UTSMode === 'host' && (config.Hostname ?? '') !== '') {
    throw invalid('conflicting options: hostname and the UTS mode');
  }
  if (mode === 'host' && has(hostConfig.Links)) {
    throw invalid(
      "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
    );
  }
  if (!isContainer) return;
  if (has(hostConfig.Links))
    throw invalid(
      "conflicting options: container type network can't be used with links. This would result in undefined behavior",
    );
  if (has(hostConfig.Dns)) throw invalid('conflicting options: dns and the network mode');
  if (has(hostConfig.ExtraHosts)) throw invalid('conflicting options: custom host-to-IP mapping and the network mode');
  if (Object.keys(hostConfig.PortBindings ?? {}).length > 0 || hostConfig.PublishAllPorts === true) {
    throw invalid('conflicting options: port publishing and the container type network mode');
  }
  if (Object.keys(config.ExposedPorts ?? {}).length > 0) {
    throw invalid('conflicting options: port exposing and the container type network mode');
  }
}

function checkExtraHosts(hostConfig: HostConfig): void {
  for (const entry of hostConfig.ExtraHosts ?? []) {
    const colon = entry.indexOf(':');
    const address = colon < 0 ? '' : entry.slice(colon + 1).replace(/^\[(.*)\]$/, '$1');
    if (colon <= 0 || address === '') throw invalid(`bad format for add-host: "${entry}"`);
    if (address !== 'host-gateway' && parseAddress(address) === undefined) {
      throw invalid(`invalid IP address in add-host: "${address}"`);
    }
  }
}

/** dockerd says so at the start; a container that cannot start is better not made. */
function checkDns({ Dns }: HostConfig): void {
  for (const server of Dns ?? []) {
    const address = server.replace(/%\w+$/, ''); // the zone of a link-local address
    if (parseAddress(address) === undefined) throw invalid(`bad nameserver address ${JSON.stringify(server)}`);
  }
}
