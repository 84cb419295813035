// Every setting of the daemon as one row: its flag, its key in the configuration file, how it is read, what help says.
// Names and meanings are dockerd's where it has the setting.

export type SettingKind = 'string' | 'boolean' | 'integer' | 'list' | 'runtimes' | 'builder';

export interface Setting {
  readonly flag: string;
  readonly short?: string;
  /** Key in the file; absent for what only a command line can say. */
  readonly key?: string;
  readonly kind: SettingKind;
  readonly value?: string;
  readonly help: string;
}

export const settings: readonly Setting[] = [
  {
    flag: 'host',
    short: 'H',
    key: 'hosts',
    kind: 'list',
    value: 'URL',
    help: 'Listen on unix://PATH, npipe://PIPE, tcp://IP:PORT, fd:// or fd://N',
  },
  {
    flag: 'group',
    short: 'G',
    key: 'group',
    kind: 'string',
    value: 'NAME',
    help: 'Group that may use the unix socket (mode 0660)',
  },
  { flag: 'config-file', kind: 'string', value: 'FILE', help: 'Settings as JSON (/etc/coracle/daemon.json) *' },
  { flag: 'data-root', key: 'data-root', kind: 'string', value: 'DIR', help: 'What is kept (/var/lib/coracle) *' },
  {
    flag: 'exec-root',
    key: 'exec-root',
    kind: 'string',
    value: 'DIR',
    help: 'What lives while running (/run/coracle) *',
  },
  {
    flag: 'mode',
    key: 'mode',
    kind: 'string',
    value: 'NAME',
    help: 'linux, wasm (WebAssembly only, no privilege) or auto: what works',
  },
  {
    flag: 'storage-driver',
    short: 's',
    key: 'storage-driver',
    kind: 'string',
    value: 'NAME',
    help: 'overlay2, fuse-overlayfs or vfs (what works, in this order)',
  },
  {
    flag: 'pidfile',
    short: 'p',
    key: 'pidfile',
    kind: 'string',
    value: 'FILE',
    help: 'Where to write the process id (EXEC-ROOT/coracle.pid)',
  },
  { flag: 'debug', short: 'D', key: 'debug', kind: 'boolean', help: 'The same as --log-level debug' },
  {
    flag: 'log-level',
    short: 'l',
    key: 'log-level',
    kind: 'string',
    value: 'LEVEL',
    help: 'debug, info, warn, error or fatal (info)',
  },
  { flag: 'log-format', key: 'log-format', kind: 'string', value: 'FORMAT', help: 'text or json (text)' },
  {
    flag: 'bridge',
    short: 'b',
    key: 'bridge',
    kind: 'string',
    value: 'NAME',
    help: 'Bridge of the default network, or none (coracle0)',
  },
  { flag: 'bip', key: 'bip', kind: 'string', value: 'CIDR', help: 'Address of that bridge' },
  { flag: 'dns', key: 'dns', kind: 'list', value: 'IP', help: 'Name servers for containers' },
  {
    flag: 'default-runtime',
    key: 'default-runtime',
    kind: 'string',
    value: 'NAME',
    help: 'OCI runtime (crun when there, else runc)',
  },
  { flag: 'add-runtime', key: 'runtimes', kind: 'runtimes', value: 'NAME=PATH', help: 'One more OCI runtime' },
  {
    flag: 'insecure-registry',
    key: 'insecure-registries',
    kind: 'list',
    value: 'HOST',
    help: 'Registry without (checked) TLS',
  },
  { flag: 'registry-mirror', key: 'registry-mirrors', kind: 'list', value: 'URL', help: 'Ask here before Docker Hub' },
  {
    flag: 'trust-policy',
    key: 'trust-policy',
    kind: 'string',
    value: 'FILE',
    help: 'Which images may be here (/etc/coracle/policy.json, where it is) *',
  },
  { flag: 'label', key: 'labels', kind: 'list', value: 'K=V', help: 'Label of this engine, shown by info' },
  {
    flag: 'builder',
    key: 'builder',
    kind: 'builder',
    value: 'K=V',
    help: 'Cache and entitlements of builds: keep-storage=10GB, keep-time=336h …',
  },
  { flag: 'live-restore', key: 'live-restore', kind: 'boolean', help: 'Leave containers running when the daemon ends' },
  {
    flag: 'shutdown-timeout',
    key: 'shutdown-timeout',
    kind: 'integer',
    value: 'S',
    help: 'Time for containers to stop at the end (15)',
  },
  { flag: 'tls', key: 'tls', kind: 'boolean', help: 'Serve tcp with TLS; implied by --tlsverify' },
  {
    flag: 'tlsverify',
    key: 'tlsverify',
    kind: 'boolean',
    help: 'Serve tcp with TLS and ask clients for a certificate',
  },
  { flag: 'tlscacert', key: 'tlscacert', kind: 'string', value: 'FILE', help: 'Who signed those certificates' },
  { flag: 'tlscert', key: 'tlscert', kind: 'string', value: 'FILE', help: 'Our certificate' },
  { flag: 'tlskey', key: 'tlskey', kind: 'string', value: 'FILE', help: 'Our key' },
  {
    flag: 'insecure-tcp',
    kind: 'boolean',
    help: 'Allow tcp beyond loopback without TLS: whoever connects is root here',
  },
  { flag: 'idle-exit', kind: 'integer', value: 'S', help: 'End after so many seconds with nothing to do' },
  { flag: 'preflight', kind: 'boolean', help: 'Say as JSON what this system allows an engine of yours' },
  { flag: 'version', short: 'v', kind: 'boolean', help: 'Say the version' },
  { flag: 'help', short: 'h', kind: 'boolean', help: 'Say this' },
];

/** A line a flag, so that all of a program fit a screen. */
export function helpRows(table: readonly Setting[]): readonly string[] {
  return table.map(({ flag, short, value, help }) => {
    const name = `${short === undefined ? '    ' : `-${short}, `}--${flag}${value === undefined ? '' : ` ${value}`}`;
    return `  ${name.padEnd(29)}${help}`;
  });
}

/** The text of `--help`. */
export function helpText(): string {
  const rows = helpRows(settings);
  const own = [
    '* for root; for others below $XDG_CONFIG_HOME or ~/.config, $XDG_DATA_HOME or ~/.local/share,',
    '  $XDG_RUNTIME_DIR or ~/.coracle/run',
  ];
  return `Usage: coracle daemon [OPTIONS]\n\n${[...rows, '', ...own].join('\n')}\n`;
}
