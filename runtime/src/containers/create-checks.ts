// What Docker refuses at create before anything is looked up: combinations and values that cannot mean anything. What a
// host can hold (limits, devices, capabilities) is the runner's to check; mounts are checked where they are parsed.

import type { ContainerConfig, HealthConfig, HostConfig } from '../spec/api/containers.ts';
import { parseAddress } from '../spec/address.ts';
import { EngineError } from '../spec/errors.ts';
import { invalid } from './errors.ts';
import { parseSignal } from './signals.ts';

/** @throws EngineError invalidParameter in Docker's words */
export function checkRequest(config: ContainerConfig, hostConfig: HostConfig): void {
  checkConfig(config);
  checkRestartPolicy(hostConfig);
  checkNetworkMode(config, hostConfig);
  checkExtraHosts(hostConfig);
  checkDns(hostConfig);
  checkLogConfig(hostConfig);
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

const logOptions: Readonly<Record<string, readonly string[]>> = {
  'json-file': ['max-size', 'max-file'],
  local: ['max-size', 'max-file'],
  none: [],
};

/** Options of Docker's drivers that would change what is kept, and that we do not do. */
const refusedOptions = ['compress', 'labels', 'labels-regex', 'env', 'env-regex', 'tag', 'mode', 'max-buffer-size'];

function checkLogConfig(hostConfig: HostConfig): void {
  const driver = hostConfig.LogConfig?.Type ?? '';
  const known = logOptions[driver === '' ? 'json-file' : driver];
  if (known === undefined || !Object.hasOwn(logOptions, driver === '' ? 'json-file' : driver)) {
    throw invalid(`error looking up logging plugin ${driver}: plugin "${driver}" not found`);
  }
  for (const [key, value] of Object.entries(hostConfig.LogConfig?.Config ?? {})) {
    // Docker's own defaults for these say the same as we do.
    if ((key === 'mode' && value === 'blocking') || (key === 'compress' && value === 'false')) continue;
    if (refusedOptions.includes(key)) throw new EngineError('notImplemented', `log opt '${key}' is not supported`);
    if (!known.includes(key)) throw invalid(`unknown log opt '${key}' for ${driver} log driver`);
    if (key === 'max-size') parseLogSize(value);
    if (key === 'max-file' && !(/^\d+$/.test(value) && Number(value) >= 1)) {
      throw invalid(`invalid value for max-file: ${value}: it must be a number of at least 1`);
    }
  }
}

/** `10m`, `1.5g`, `512k`, plain bytes; -1 or 0 = no limit. @throws EngineError invalidParameter `invalid size: 'x'` */
export function parseLogSize(text: string): number {
  if (text === '-1') return 0;
  const match = /^(\d+(?:\.\d+)?)\s?([kmgt]?)i?b?$/i.exec(text);
  if (match === null) throw invalid(`invalid size: '${text}'`);
  const power = ['', 'k', 'm', 'g', 't'].indexOf((match[2] ?? '').toLowerCase());
  return Math.floor(Number(match[1]) * 1024 ** power);
}
