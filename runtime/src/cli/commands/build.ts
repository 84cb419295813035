// `build`: an image from a Dockerfile.

import { readFile, writeFile } from 'node:fs/promises';
import { isApiError } from '../../client/errors.ts';
import type { BuildOptions } from '../../spec/api/builds.ts';
import { entitlements } from '../../spec/engine/builds.ts';
import { readMap } from '../build/arguments.ts';
import { Checking } from '../build/checking.ts';
import { contextOf, namedContexts, sendNamed } from '../build/context.ts';
import { progressFor, type Mode } from '../../text/build-progress.ts';
import { bringCaches, cachesOf } from '../build/caches.ts';
import { follow, type Outcome } from '../build/follow.ts';
import { limitFlags, limitsOf } from '../build/limits.ts';
import { metadata } from '../build/metadata.ts';
import { fetchResult, outputsOf, withCaches } from '../build/outputs.ts';
import { command, ExitError } from '../command.ts';
import { bool, bytes, list, string } from '../flags/types.ts';
import { output } from '../io/output.ts';
import { isTerminal } from '../io/terminal.ts';

const modes: ReadonlyMap<string, Mode | 'auto'> = new Map([
  ['auto', 'auto'],
  ['plain', 'plain'],
  ['tty', 'tty'],
  ['quiet', 'quiet'],
  ['rawjson', 'rawjson'],
]);

const flags = {
  'add-host': list('', 'Add a custom host-to-IP mapping ("host:ip")'),
  allow: list('', 'Allow extra privileged entitlement (e.g., "network.host", "security.insecure")'),
  'build-arg': list('', 'Set build-time variables'),
  'cache-from': list('', 'External cache sources (e.g., "user/app:cache", "type=local,src=path/to/dir")'),
  'cache-to': list('', 'Cache export destinations (e.g., "user/app:cache", "type=local,dest=path/to/dir")'),
  'build-context': list('', 'Additional build contexts (e.g., name=docker-image://alpine)'),
  check: bool('', 'Find what is wrong with the Dockerfile, build nothing'),
  file: string('f', 'Name of the Dockerfile (default: "PATH/Dockerfile")'),
  iidfile: string('', 'Write the image ID to a file'),
  load: bool('', 'Shorthand for "--output=type=docker"'),
  'metadata-file': string('', 'Write build result metadata to a file'),
  output: list('o', 'Output destination (format: "type=local,dest=path")'),
  push: bool('', 'Shorthand for "--output=type=registry"'),
  ...limitFlags,
  label: list('', 'Set metadata for an image'),
  network: string('', 'Set the networking mode for the RUN instructions during build', 'default'),
  'no-cache': bool('', 'Do not use cache when building the image'),
  'no-cache-filter': list('', 'Do not cache specified stages'),
  platform: string('', 'Set target platform for build'),
  progress: string('', 'Set type of progress output ("auto", "plain", "tty", "quiet", "rawjson")', 'auto'),
  pull: bool('', 'Always attempt to pull all referenced images'),
  quiet: bool('q', 'Suppress the build output and print image ID on success'),
  secret: list('', 'Secret to expose to the build ("id=mysecret[,src=/local/secret]" or "id=mysecret,env=NAME")'),
  'shm-size': bytes('', 'Size of "/dev/shm" for build containers'),
  ssh: list('', 'SSH agent socket to expose to the build ("default|<id>[=<socket>]")'),
  tag: list('t', 'Name and optionally a tag (format: "name:tag")'),
  target: string('', 'Set the target build stage to build'),
};

export const build = command({
  usage: '[OPTIONS] PATH | URL | -',
  args: { min: 1, max: 1 },
  completes: 'files',
  flags,
  async run({ args: [where = ''], flags: given, session }) {
    const mode = modeOf(given.quiet ? 'quiet' : given.progress);
    const wanted = await outputsOf(given);
    const caches = cachesOf(given);
    const deliveries = [...wanted.deliveries, ...caches.deliveries];
    const named = await namedContexts(readMap('--build-context', given['build-context'], {}));
    const buildArgs = readMap('--build-arg', given['build-arg'], session.env);
    const options: BuildOptions = {
      tags: [...given.tag, ...wanted.names],
      target: given.target,
      buildArgs,
      labels: readMap('--label', given.label, {}),
      noCache: given['no-cache'],
      noCacheFilter: given['no-cache-filter'].flatMap((names) => names.split(',')),
      pull: given.pull,
      network: given.network,
      entitlements: entitlementsOf(given),
      extraHosts: given['add-host'],
      secrets: await readSecrets(given.secret, session.env),
      sshAgents: agents(given.ssh, session.env),
      checkOnly: given.check,
      auth: given.check ? {} : await session.allAuths(),
      limits: limitsOf(given),
      outputs: withCaches(wanted.outputs, caches),
      cacheTo: caches.to,
      ...(given.platform === '' ? {} : { platform: given.platform }),
      ...(given['shm-size'] === undefined ? {} : { shmSize: given['shm-size'] }),
      ...epoch(buildArgs, session.env),
    };
    const { options: asked, context } = await contextOf(where, given.file);
    const client = await session.client();
    const checks = new Checking({ ...asked, buildArgs });
    const stop = new AbortController();
    const interrupt = () => stop.abort();
    process.once('SIGINT', interrupt);
    const stream = output(2);
    const progress = progressFor(mode, {
      write: (text) => (mode === 'rawjson' ? session.write(text) : stream.write(text)),
      get width() {
        return stream.columns ?? 80;
      },
      get height() {
        return stream.rows ?? 24;
      },
    });
    const tell = (line: string) => void (mode === 'quiet' || mode === 'rawjson' || stream.write(line));
    let outcome: Outcome;
    try {
      if (!given.check) await checks.refuse();
      await using contexts = await sendNamed(client, named, stop.signal);
      const cacheFrom = await bringCaches(client, caches.from, { tell, signal: stop.signal });
      const whole = { ...options, ...asked, ...contexts.options, cacheFrom };
      const sent = given.check ? undefined : context;
      const events = await client.builds.build(whole, sent, stop.signal);
      // While the engine works.
      if (mode !== 'quiet' && mode !== 'rawjson') checks.begin();
      outcome = await follow(events, progress, {
        name: asked.dockerfile ?? 'Dockerfile',
        text: asked.dockerfileText ?? '',
      });
      for (const delivery of outcome.finished === undefined ? [] : deliveries) {
        await fetchResult(client, outcome.build, delivery, { tell, signal: stop.signal });
      }
    } catch (error) {
      if (stop.signal.aborted) throw new ExitError(130, 'coracle: the build was cancelled');
      if (isApiError(error, 404) && error.message === 'page not found') throw new Error(otherEngine, { cause: error });
      throw error;
    } finally {
      process.removeListener('SIGINT', interrupt);
    }
    const { build: id, finished, failure } = outcome;
    if (failure !== undefined) throw new Error(failure);
    if (given.check) {
      if (mode !== 'quiet') session.write(await checks.report());
      return (await checks.found()).length === 0 ? 0 : 1;
    }
    if (mode !== 'quiet' && mode !== 'rawjson') tell(await checks.summary());
    if (finished === undefined) return 1;
    const { imageId, tags } = finished;
    if (given.iidfile !== '') await writeFile(given.iidfile, imageId);
    if (given['metadata-file'] !== '') await writeFile(given['metadata-file'], metadata(id, finished));
    const places = deliveries.map(({ place }) => place.path);
    if (mode === 'quiet' && !places.includes('')) session.print(imageId);
    tell(`Built ${[...(tags.length === 0 ? [imageId] : tags), ...places.filter((path) => path !== '')].join(', ')}\n`);
    return 0;
  },
});

const otherEngine =
  'this engine knows no builds of Coracle’s kind: build with docker, or choose an engine of ours (-H, --context)';

/** Who gives all steps the host's network allows it by that, as with buildx. */
function entitlementsOf({ allow, network }: { readonly allow: readonly string[]; readonly network: string }) {
  const asked = [...allow.flatMap((names) => names.split(',')), ...(network === 'host' ? ['network.host'] : [])];
  return asked.map((name) => {
    const found = entitlements.find((each) => each === name);
    if (found !== undefined) return found;
    throw new Error(`invalid --allow "${name}": there is ${entitlements.join(', ')}`);
  });
}

function modeOf(text: string): Mode {
  const mode = modes.get(text);
  if (mode === undefined) throw new Error(`invalid progress mode "${text}": use auto, plain, tty, quiet or rawjson`);
  if (mode !== 'auto') return mode;
  return isTerminal(2) ? 'tty' : 'plain';
}

/** `id=name[,src=path]`, `id=name,env=NAME`, or `id=name` alone for a variable of that name, else a file. */
async function readSecrets(
  specs: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  const secrets: Record<string, string> = {};
  for (const spec of specs) {
    const fields = new Map(
      spec.split(',').map((field) => [field.split('=', 1)[0] ?? '', field.replace(/^[^=]*=/, '')]),
    );
    const id = fields.get('id') ?? '';
    if (id === '') throw new Error(`invalid --secret "${spec}": id is missing`);
    const source = fields.get('src') ?? fields.get('source');
    const name = fields.get('env') ?? (source === undefined && env[id] !== undefined ? id : undefined);
    const value = name === undefined ? await readFile(source ?? id) : Buffer.from(env[name] ?? '');
    secrets[id] = value.toString('base64');
  }
  return secrets;
}

function agents(specs: readonly string[], env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    specs.map((spec) => {
      const [id = 'default', socket = env['SSH_AUTH_SOCK'] ?? ''] = spec.split('=');
      if (socket === '') throw new Error(`invalid --ssh "${spec}": no agent: SSH_AUTH_SOCK is not set`);
      return [id, socket];
    }),
  );
}

/** As a build argument, as BuildKit takes it, else in the environment. @throws Error for what is no number of seconds */
function epoch(
  buildArgs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>>,
): { readonly sourceDateEpoch?: number } {
  const name = 'SOURCE_DATE_EPOCH';
  const text = (Object.hasOwn(buildArgs, name) ? buildArgs[name] : env[name]) ?? '';
  if (text === '') return {};
  if (!/^\d{1,11}$/.test(text)) throw new Error(`invalid ${name} "${text}": seconds since 1970 are wanted`);
  return { sourceDateEpoch: Number(text) };
}
