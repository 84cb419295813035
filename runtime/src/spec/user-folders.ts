// Where an engine keeps its things when nothing else is said: the machine's folders for root, their own for everybody else.
// The engine, the command line and the extension have to agree.

type Environment = Readonly<Record<string, string | undefined>>;

export interface Owner {
  readonly uid: number;
  readonly home: string;
  readonly env: Environment;
}

/** Sockets, locks, what lives while it runs. */
export function runFolder({ uid, home, env }: Owner): string {
  if (uid === 0) return '/run/coracle';
  const runtime = env['XDG_RUNTIME_DIR'];
  return runtime === undefined || runtime === '' ? `${home}/.coracle/run` : `${runtime}/coracle`;
}

/** Images, containers, volumes. */
export function dataFolder({ uid, home, env }: Owner): string {
  return uid === 0 ? '/var/lib/coracle' : `${env['XDG_DATA_HOME'] || `${home}/.local/share`}/coracle`;
}

/** The daemon's settings. */
export function settingsFile({ uid, home, env }: Owner): string {
  const folder = uid === 0 ? '/etc' : env['XDG_CONFIG_HOME'] || `${home}/.config`;
  return `${folder}/coracle/daemon.json`;
}

/** Which images may be here. */
export function trustPolicyFile(owner: Owner): string {
  return settingsFile(owner).replace(/[^/]*$/, 'policy.json');
}

/** Certificates of registries, a folder per `HOST:PORT` in each: beside our settings, then docker's. @param settings our settings file */
export function certificateFolders({ uid, home, env }: Owner, settings: string): readonly string[] {
  const users = uid === 0 ? [] : [`${env['XDG_CONFIG_HOME'] || `${home}/.config`}/docker/certs.d`];
  return [settings.replace(/[^/\\]*$/, 'certs.d'), ...users, '/etc/docker/certs.d'];
}

/**
 * Where an engine listens when nothing else is said.
 * @param folder its run folder @param platform Node's name of the system: Windows has pipes with names, in no folder
 */
export function ownAddress(folder: string, platform: string): string {
  if (platform !== 'win32') return `unix://${folder}/coracle.sock`;
  return `npipe:////./pipe/coracle-${folder.replace(/[^A-Za-z0-9]+/g, '-').slice(-200)}`;
}
