// All commands, by name, with what help says about each. The code of a command is loaded when it is called.

import type { Command } from './command.ts';

export interface Entry {
  readonly name: string;
  readonly short: string;
  readonly aliases?: readonly string[];
  readonly hidden?: boolean;
  readonly load?: () => Promise<Command>;
  readonly children?: readonly Entry[];
}

type Loader = () => Promise<Command>;

const leaf = (name: string, short: string, load: Loader, aliases: readonly string[] = []): Entry => ({
  name,
  short,
  load,
  aliases,
});

const lifecycle = async () => await import('./commands/lifecycle.ts');
const images = async () => await import('./commands/images.ts');
const archives = async () => await import('./commands/archives.ts');
const pull = async () => await import('./commands/pull.ts');
const network = async () => await import('./commands/network.ts');
const volume = async () => await import('./commands/volume.ts');
const context = async () => await import('./commands/context.ts');
const prune = async () => await import('./commands/prune.ts');
const inspect = async () => await import('./commands/inspect.ts');
const commit = async () => await import('./commands/commit.ts');
const look = async () => await import('./commands/look.ts');

const run = leaf(
  'run',
  'Create and run a new container from an image',
  async () => (await import('./commands/run.ts')).run,
);
const create = leaf('create', 'Create a new container', async () => (await import('./commands/run.ts')).create);
const exec = leaf(
  'exec',
  'Execute a command in a running container',
  async () => (await import('./commands/exec.ts')).exec,
);
const attach = leaf(
  'attach',
  'Attach local standard input, output, and error streams to a running container',
  async () => (await import('./commands/attach.ts')).attach,
);
const start = leaf(
  'start',
  'Start one or more stopped containers',
  async () => (await import('./commands/start.ts')).start,
);
const ps = (name: string, aliases: readonly string[]) =>
  leaf(name, 'List containers', async () => (await import('./commands/ps.ts')).ps, aliases);
const cp = leaf(
  'cp',
  'Copy files/folders between a container and the local filesystem',
  async () => (await import('./commands/cp.ts')).cp,
);
const logs = leaf('logs', 'Fetch the logs of a container', async () => (await import('./commands/logs.ts')).logs);
const stats = leaf(
  'stats',
  'Display a live stream of container(s) resource usage statistics',
  async () => (await import('./commands/stats.ts')).stats,
);
const update = leaf(
  'update',
  'Update configuration of one or more containers',
  async () => (await import('./commands/update.ts')).update,
);
const stop = leaf('stop', 'Stop one or more running containers', async () => (await lifecycle()).stop);
const restart = leaf('restart', 'Restart one or more containers', async () => (await lifecycle()).restart);
const kill = leaf('kill', 'Kill one or more running containers', async () => (await lifecycle()).kill);
const rm = leaf('rm', 'Remove one or more containers', async () => (await lifecycle()).rm, ['remove']);
const pause = leaf('pause', 'Pause all processes within one or more containers', async () => (await lifecycle()).pause);
const unpause = leaf(
  'unpause',
  'Unpause all processes within one or more containers',
  async () => (await lifecycle()).unpause,
);
const wait = leaf(
  'wait',
  'Block until one or more containers stop, then print their exit codes',
  async () => (await lifecycle()).wait,
);
const rename = leaf('rename', 'Rename a container', async () => (await lifecycle()).rename);
const top = leaf('top', 'Display the running processes of a container', async () => (await look()).top);
const port = leaf(
  'port',
  'List port mappings or a specific mapping for the container',
  async () => (await look()).port,
);
const diff = leaf(
  'diff',
  "Inspect changes to files or directories on a container's filesystem",
  async () => (await look()).diff,
);
const commitEntry = leaf(
  'commit',
  "Create a new image from a container's changes",
  async () => (await commit()).commit,
);
const exportEntry = leaf(
  'export',
  "Export a container's filesystem as a tar archive",
  async () => (await archives()).exportContainer,
);
const importEntry = leaf(
  'import',
  'Import the contents from a tarball to create a filesystem image',
  async () => (await archives()).importImage,
);
const load = leaf('load', 'Load an image from a tar archive or STDIN', async () => (await archives()).load);
const save = leaf(
  'save',
  'Save one or more images to a tar archive (streamed to STDOUT by default)',
  async () => (await archives()).save,
);
const history = leaf('history', 'Show the history of an image', async () => (await images()).history);
const tag = leaf('tag', 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE', async () => (await images()).tag);
const rmi = (name: string, aliases: readonly string[]) =>
  leaf(name, 'Remove one or more images', async () => (await images()).rmi, aliases);
const pushEntry = leaf('push', 'Upload an image to a registry', async () => (await import('./commands/push.ts')).push);
const pullEntry = leaf('pull', 'Download an image from a registry', async () => (await pull()).pull);
const searchEntry = leaf(
  'search',
  'Search Docker Hub for images',
  async () => (await import('./commands/search.ts')).search,
);
const info = leaf('info', 'Display system-wide information', async () => (await import('./commands/info.ts')).info);
const events = leaf(
  'events',
  'Get real time events from the server',
  async () => (await import('./commands/events.ts')).events,
);

const build = leaf(
  'build',
  'Build an image from a Dockerfile',
  async () => (await import('./commands/build.ts')).build,
);

const containerGroup: Entry = {
  name: 'container',
  short: 'Manage containers',
  children: [
    attach, commitEntry, cp, create, diff, exec, exportEntry,
    leaf('inspect', 'Display detailed information on one or more containers', async () => (await inspect()).inspectContainer),
    kill, logs, ps('ls', ['ps', 'list']), pause, port,
    leaf('prune', 'Remove all stopped containers', async () => (await prune()).pruneContainers),
    rename, restart, rm, run, start, stats, stop, top, unpause, update, wait,
  ],
}; // prettier-ignore

const imageGroup: Entry = {
  name: 'image',
  short: 'Manage images',
  children: [
    build,
    history,
    importEntry,
    leaf('inspect', 'Display detailed information on one or more images', async () => (await inspect()).inspectImage),
    load,
    leaf('ls', 'List images', async () => (await images()).list, ['list']),
    leaf('prune', 'Remove unused images', async () => (await prune()).pruneImages),
    pullEntry,
    pushEntry,
    rmi('rm', ['remove']),
    save,
    tag,
  ],
};

const networkGroup: Entry = {
  name: 'network',
  short: 'Manage networks',
  children: [
    leaf('connect', 'Connect a container to a network', async () => (await network()).connect),
    leaf('create', 'Create a network', async () => (await network()).create),
    leaf('disconnect', 'Disconnect a container from a network', async () => (await network()).disconnect),
    leaf(
      'inspect',
      'Display detailed information on one or more networks',
      async () => (await inspect()).inspectNetwork,
    ),
    leaf('ls', 'List networks', async () => (await network()).list, ['list']),
    leaf('prune', 'Remove all unused networks', async () => (await prune()).pruneNetworks),
    leaf('rm', 'Remove one or more networks', async () => (await network()).remove, ['remove']),
  ],
};

const volumeGroup: Entry = {
  name: 'volume',
  short: 'Manage volumes',
  children: [
    leaf('create', 'Create a volume', async () => (await volume()).create),
    leaf('inspect', 'Display detailed information on one or more volumes', async () => (await inspect()).inspectVolume),
    leaf('ls', 'List volumes', async () => (await volume()).list, ['list']),
    leaf('prune', 'Remove unused local volumes', async () => (await prune()).pruneVolumes),
    leaf('rm', 'Remove one or more volumes', async () => (await volume()).remove, ['remove']),
  ],
};

const systemGroup: Entry = {
  name: 'system',
  short: 'Manage the engine',
  children: [
    leaf('check', "Check the engine's store for things that do not hold together", async () => (await import('./commands/check.ts')).check),
    leaf('df', 'Show disk usage', async () => (await import('./commands/disk-usage.ts')).diskUsage),
    events,
    info,
    leaf('prune', 'Remove unused data', async () => (await prune()).pruneSystem),
  ],
}; // prettier-ignore

const contextGroup: Entry = {
  name: 'context',
  short: 'Manage contexts',
  children: [
    leaf('create', 'Create a context', async () => (await context()).create),
    leaf('inspect', 'Display detailed information on one or more contexts', async () => (await context()).inspect),
    leaf('ls', 'List contexts', async () => (await context()).list, ['list']),
    leaf('rm', 'Remove one or more contexts', async () => (await context()).remove, ['remove']),
    leaf('show', 'Print the name of the current context', async () => (await context()).show),
    leaf('update', 'Update a context', async () => (await context()).update),
    leaf('use', 'Set the current context', async () => (await context()).use),
  ],
};

const manifestGroup: Entry = {
  name: 'manifest',
  short: 'Look at manifests of images in registries',
  children: [
    leaf(
      'inspect',
      'Display an image manifest, or manifest list',
      async () => (await import('./commands/manifest.ts')).inspect,
    ),
  ],
};

const completionGroup: Entry = {
  name: 'completion',
  short: 'Generate the autocompletion script for the specified shell',
  load: async () => (await import('./commands/completion.ts')).completion,
};

export const commonCommands: readonly Entry[] = [
  run,
  exec,
  ps('ps', []),
  pullEntry,
  pushEntry,
  leaf('images', 'List images', async () => (await images()).list),
  searchEntry,
  leaf('version', 'Show the version of client and engine', async () => (await import('./commands/version.ts')).version),
  leaf('login', 'Authenticate to a registry', async () => (await import('./commands/login.ts')).login),
  leaf('logout', 'Log out from a registry', async () => (await import('./commands/login.ts')).logout),
  info,
];

const builderGroup: Entry = {
  name: 'builder',
  short: 'Manage builds',
  children: [build, leaf('prune', 'Remove build cache', async () => (await prune()).pruneBuilder)],
};

const builds = async () => await import('./commands/builds.ts');

const buildsGroup: Entry = {
  name: 'builds',
  short: 'Look at builds: their steps, what was cached and why not',
  children: [
    leaf('inspect', 'Show the steps of a build', async () => (await builds()).inspect),
    leaf('ls', 'List builds', async () => (await builds()).list, ['list']),
    leaf('rm', 'Remove the records of builds', async () => (await builds()).remove),
    leaf('shell', 'Open a shell in what a step ended with', async () => (await builds()).shell),
  ],
};

export const managementCommands: readonly Entry[] = [
  builderGroup,
  buildsGroup,
  completionGroup,
  containerGroup,
  contextGroup,
  { name: 'daemon', short: 'Run the engine in the foreground (see coracle daemon --help)' },
  imageGroup,
  manifestGroup,
  networkGroup,
  { name: 'registry', short: 'Run a registry of your own (see coracle registry --help)' },
  systemGroup,
  volumeGroup,
];

export const otherCommands: readonly Entry[] = [
  attach, build, commitEntry,
  leaf('copy', 'Copy an image between registries, archives, layouts and the engine', async () => (await import('./commands/copy.ts')).copy),
  cp, create, diff,
  leaf('doctor', 'Tell what this machine allows the engine', async () => (await import('./commands/doctor.ts')).doctor),
  events, exportEntry,
  leaf('fmt', 'Lay out Dockerfiles', async () => (await import('./commands/fmt.ts')).fmt),
  history, importEntry,
  leaf('inspect', 'Return low-level information on objects', async () => (await inspect()).inspectAny),
  kill,
  leaf('lint', 'Find what is wrong with Dockerfiles', async () => (await import('./commands/lint.ts')).lint),
  load, logs, pause, port, rename, restart, rm, rmi('rmi', []), save,
  leaf('sign', 'Sign an image at its registry', async () => (await import('./commands/sign.ts')).sign),
  start, stats, stop, tag, top, unpause,
  leaf(
    'unshare',
    "Run a command among the files of an engine without root",
    async () => (await import('./commands/unshare.ts')).unshare,
  ),
  update,
  leaf('verify', 'Verify the signatures of an image', async () => (await import('./commands/verify.ts')).verify),
  wait,
]; // prettier-ignore

const hiddenCommands: readonly Entry[] = [
  {
    name: '__complete',
    short: 'Print what could stand next on a command line',
    hidden: true,
    load: async () => (await import('./commands/complete.ts')).complete,
  },
];

export const rootEntry: Entry = {
  name: 'coracle',
  short: 'Containers without ceremony',
  children: [...commonCommands, ...managementCommands, ...otherCommands, ...hiddenCommands],
};

/** The child of that name or alias. */
export function findEntry(entries: readonly Entry[] | undefined, name: string): Entry | undefined {
  return entries?.find((entry) => entry.name === name || entry.aliases?.includes(name) === true);
}
