// The flags of `run` and `create`: docker's, as a table. Those that only Windows engines or retired features know are in
// `refused`, each with the reason the user reads.

import { bool, bytes, cpus, duration, int, list, map, string } from '../flags/types.ts';
import type { Flag } from '../flags/types.ts';
import { parseMount } from '../../text/mounts.ts';
import {
  checkEnvironment,
  checkStream,
  parseExtraHost,
  parseGpus,
  parseIops,
  parseRate,
  parseUlimit,
  parseWeight,
} from '../../text/values.ts';
import { here } from './places.ts';

/** Checks a value where it is read, so that the error names the flag; it is taken apart later. */
function checked(parse: (text: string) => unknown): { check: (text: string) => string } {
  return {
    check: (text) => {
      parse(text);
      return text;
    },
  };
}

/** A flag we know but do not support: using it is an error that names it. */
function refused(name: string, type: string, why: string): Flag<undefined> {
  return {
    type,
    usage: why,
    initial: undefined,
    hidden: true,
    ...(type === '' ? { isSwitch: true } : {}),
    set: () => {
      throw new Error(`--${name} is not supported: ${why}`);
    },
  };
}

const windows = 'it is for Windows containers';

const identityFlags = {
  annotation: map('', 'Add an annotation to the container (passed through to the OCI runtime)', { needsValue: true }),
  cidfile: string('', 'Write the container ID to the file'),
  label: list('l', 'Set meta data on a container'),
  'label-file': list('', 'Read in a line delimited file of labels'),
  name: string('', 'Assign a name to the container'),
  platform: string('', 'Set platform if server is multi-platform capable'),
  pull: string('', 'Pull image before running ("always", "missing", "never")', 'missing'),
  quiet: bool('q', 'Suppress the pull output'),
  'disable-content-trust': bool('', 'Skip image verification', true, { hidden: true }),
};

const processFlags = {
  attach: list('a', 'Attach to STDIN, STDOUT or STDERR', checked(checkStream)),
  entrypoint: string('', 'Overwrite the default ENTRYPOINT of the image'),
  env: list('e', 'Set environment variables', checked(checkEnvironment)),
  'env-file': list('', 'Read in a file of environment variables'),
  init: bool('', 'Run an init inside the container that forwards signals and reaps processes'),
  interactive: bool('i', 'Keep STDIN open even if not attached'),
  'stop-signal': string('', 'Signal to stop the container'),
  'stop-timeout': int('', 'Timeout (in seconds) to stop a container'),
  tty: bool('t', 'Allocate a pseudo-TTY'),
  user: string('u', 'Username or UID (format: <name|uid>[:<group|gid>])'),
  workdir: string('w', 'Working directory inside the container'),
};

const networkFlags = {
  'add-host': list('', 'Add a custom host-to-IP mapping (host:ip)', checked(parseExtraHost)),
  dns: list('', 'Set custom DNS servers'),
  'dns-opt': list('', 'Set DNS options', { hidden: true }),
  'dns-option': list('', 'Set DNS options'),
  'dns-search': list('', 'Set custom DNS search domains'),
  domainname: string('', 'Container NIS domain name'),
  expose: list('', 'Expose a port or a range of ports'),
  hostname: string('h', 'Container host name'),
  ip: string('', 'IPv4 address (e.g., 172.30.100.104)'),
  ip6: string('', 'IPv6 address (e.g., 2001:db8::33)'),
  link: list('', 'Add link to another container'),
  'link-local-ip': list('', 'Container IPv4/IPv6 link-local addresses'),
  'mac-address': string('', 'Container MAC address (e.g., 92:d0:c6:0a:29:33)'),
  net: list('', 'Connect a container to a network', { hidden: true, type: 'network' }),
  'net-alias': list('', 'Add network-scoped alias for the container', { hidden: true }),
  network: list('', 'Connect a container to a network', { type: 'network' }),
  'network-alias': list('', 'Add network-scoped alias for the container'),
  publish: list('p', "Publish a container's port(s) to the host"),
  'publish-all': bool('P', 'Publish all exposed ports to random ports'),
};

const storageFlags = {
  mount: list('', 'Attach a filesystem mount to the container', {
    type: 'mount',
    ...checked((text) => parseMount(text, here)),
  }),
  'read-only': bool('', "Mount the container's root filesystem as read only"),
  'shm-size': bytes('', 'Size of /dev/shm'),
  'storage-opt': list('', 'Storage driver options for the container'),
  tmpfs: list('', 'Mount a tmpfs directory'),
  volume: list('v', 'Bind mount a volume'),
  'volume-driver': string('', 'Optional volume driver for the container'),
  'volumes-from': list('', 'Mount volumes from the specified container(s)'),
};

/** Shared with `update`. */
export const limitFlags = {
  'blkio-weight': int('', 'Block IO (relative weight), between 10 and 1000, or 0 to disable', {
    type: 'uint16',
    min: 0,
    max: 65535,
  }),
  'cpu-period': int('', 'Limit CPU CFS (Completely Fair Scheduler) period'),
  'cpu-quota': int('', 'Limit CPU CFS (Completely Fair Scheduler) quota'),
  'cpu-rt-period': int('', 'Limit CPU real-time period in microseconds'),
  'cpu-rt-runtime': int('', 'Limit CPU real-time runtime in microseconds'),
  'cpu-shares': int('c', 'CPU shares (relative weight)'),
  cpus: cpus('Number of CPUs'),
  'cpuset-cpus': string('', 'CPUs in which to allow execution (0-3, 0,1)'),
  'cpuset-mems': string('', 'MEMs in which to allow execution (0-3, 0,1)'),
  memory: bytes('m', 'Memory limit'),
  'memory-reservation': bytes('', 'Memory soft limit'),
  'memory-swap': bytes('', "Swap limit equal to memory plus swap: '-1' to enable unlimited swap", true),
  'pids-limit': int('', 'Tune container pids limit (set -1 for unlimited)'),
};

const resourceFlags = {
  ...limitFlags,
  'blkio-weight-device': list('', 'Block IO weight (relative device weight)', checked(parseWeight)),
  'cgroup-parent': string('', 'Optional parent cgroup for the container'),
  device: list('', 'Add a host device to the container'),
  'device-cgroup-rule': list('', 'Add a rule to the cgroup allowed devices list'),
  'device-read-bps': list('', 'Limit read rate (bytes per second) from a device', checked(parseRate)),
  'device-read-iops': list('', 'Limit read rate (IO per second) from a device', checked(parseIops)),
  'device-write-bps': list('', 'Limit write rate (bytes per second) to a device', checked(parseRate)),
  'device-write-iops': list('', 'Limit write rate (IO per second) to a device', checked(parseIops)),
  gpus: list('', "GPU devices to add to the container ('all' to pass all GPUs)", {
    type: 'gpu-request',
    ...checked(parseGpus),
  }),
  'memory-swappiness': int('', 'Tune container memory swappiness (0 to 100)'),
  'oom-kill-disable': bool('', 'Disable OOM Killer'),
  'oom-score-adj': int('', "Tune host's OOM preferences (-1000 to 1000)"),
  ulimit: list('', 'Ulimit options', { type: 'ulimit', ...checked(parseUlimit) }),
};

const isolationFlags = {
  'cap-add': list('', 'Add Linux capabilities'),
  'cap-drop': list('', 'Drop Linux capabilities'),
  cgroupns: string('', 'Cgroup namespace to use (host|private)'),
  'group-add': list('', 'Add additional groups to join'),
  ipc: string('', 'IPC mode to use'),
  isolation: string('', 'Container isolation technology'),
  pid: string('', 'PID namespace to use'),
  privileged: bool('', 'Give extended privileges to this container'),
  runtime: string('', 'Runtime to use for this container'),
  'security-opt': list('', 'Security Options'),
  sysctl: map('', 'Sysctl options', { needsValue: true }),
  userns: string('', 'User namespace to use'),
  uts: string('', 'UTS namespace to use'),
};

const serviceFlags = {
  'health-cmd': string('', 'Command to run to check health'),
  'health-interval': duration('', 'Time between running the check (ms|s|m|h)'),
  'health-retries': int('', 'Consecutive failures needed to report unhealthy'),
  'health-start-interval': duration('', 'Time between running the check during the start period (ms|s|m|h)'),
  'health-start-period': duration('', 'Start period to initialize before starting health-retries countdown (ms|s|m|h)'),
  'health-timeout': duration('', 'Maximum time to allow one check to run (ms|s|m|h)'),
  'log-driver': string('', 'Logging driver for the container'),
  'log-opt': list('', 'Log driver options'),
  'no-healthcheck': bool('', 'Disable any container-specified HEALTHCHECK'),
  restart: string('', 'Restart policy to apply when a container exits', 'no'),
  rm: bool('', 'Automatically remove the container and its associated anonymous volumes when it exits'),
};

const refusedFlags = {
  'cpu-count': refused('cpu-count', 'int', windows),
  'cpu-percent': refused('cpu-percent', 'int', windows),
  'io-maxbandwidth': refused('io-maxbandwidth', 'bytes', windows),
  'io-maxiops': refused('io-maxiops', 'uint', windows),
  'kernel-memory': refused('kernel-memory', 'bytes', 'kernel memory limits were retired by the Linux kernel'),
  'use-api-socket': refused('use-api-socket', '', 'mount the socket with -v instead'),
};

export const createFlags = {
  ...identityFlags,
  ...processFlags,
  ...networkFlags,
  ...storageFlags,
  ...resourceFlags,
  ...isolationFlags,
  ...serviceFlags,
  ...refusedFlags,
};

export const runFlags = {
  ...createFlags,
  detach: bool('d', 'Run container in background and print container ID'),
  'detach-keys': string('', 'Override the key sequence for detaching a container'),
  'sig-proxy': bool('', 'Proxy received signals to the process', true),
};
