// `copy`: an image from one place to another without an engine. Coracle's own, in the words of skopeo.

import type { Arrival } from '../../registry/upload.ts';
import { shortId } from '../../spec/ids.ts';
import type { Descriptor } from '../../spec/manifest.ts';
import { copyImage, copyTags } from '../../transfer/copy.ts';
import { type Location, parseLocation } from '../../transfer/location.ts';
import type { Watcher } from '../../transfer/parts.ts';
import { command, type Invocation } from '../command.ts';
import { bool, list, string } from '../flags/types.ts';
import { output } from '../io/output.ts';
import { ProgressScreen } from '../io/progress.ts';
import { isTerminal } from '../io/terminal.ts';
import { transferDeps } from '../transfer/deps.ts';

const flags = {
  all: bool('', 'Copy all platforms, or fail where the destination has room for one'),
  'all-tags': bool('', 'Copy all tags of a repository'),
  'dest-tls-verify': bool('', 'Insist on TLS and a valid certificate at the destination', true),
  platform: list('', 'Copy only this platform of a multi-platform image; may be repeated', { type: 'os/arch' }),
  'preserve-digests': bool('', 'Fail rather than change a digest'),
  quiet: bool('q', 'Show no progress'),
  referrers: bool('', 'Copy signatures and attestations too'),
  'src-tls-verify': bool('', 'Insist on TLS and a valid certificate at the source', true),
  'trust-policy': string('', 'Copy only what a policy for signatures admits', '', { type: 'path' }),
  'digest-file': string('', 'Write the digest of what was copied to a file', '', { type: 'path' }),
};

export const copy = command({
  usage: '[OPTIONS] SOURCE DESTINATION',
  long: `Copy an image between registries, archives, layouts and the engine

SOURCE and DESTINATION are each one of
  NAME[:TAG|@DIGEST], docker://NAME    an image in a registry
  oci:FOLDER[:TAG]                     an OCI image layout
  oci-archive:FILE[:TAG]               the same in a tar; - is standard input or output
  docker-archive:FILE[:NAME]           what "docker save" writes
  engine:NAME                          an image of the engine
  -                                    an archive on standard input or output

All platforms are copied, byte for byte, so that digests stay. Where the
destination has room for one (docker-archive, engine), it is this machine's.`,
  args: { min: 2, max: 2 },
  completes: 'images',
  flags,
  run,
});

async function run({
  args: [from = '', to = ''],
  flags: given,
  changed,
  session,
}: Invocation<typeof flags>): Promise<void> {
  const request = {
    from: parseLocation(from),
    to: parseLocation(to),
    platforms: given.platform,
    all: given.all,
    referrers: given.referrers,
    preserveDigests: given['preserve-digests'],
  };
  if (given.all && given.platform.length > 0) throw new Error('--all and --platform exclude each other');
  if (given['all-tags'] && given['digest-file'] !== '')
    throw new Error('--digest-file is for one image: with --all-tags the digests are on standard output');
  const toStream = 'path' in request.to && request.to.path === '-';
  if (toStream && isTerminal(1)) throw new Error('cowardly refusing to write an archive to a terminal: redirect it');
  await using deps = transferDeps(session, {
    insecureFrom: insecure(request.from, given['src-tls-verify']),
    insecureTo: insecure(request.to, given['dest-tls-verify']),
    // A name that is empty, as a variable of a script may be, is that of a policy which is not there.
    policy: changed.has('trust-policy') ? given['trust-policy'] : undefined,
  });
  const stopping = new AbortController();
  const stop = (signal: NodeJS.Signals) => stopping.abort(new Error(`stopped by ${signal}`));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  // Standard output may be the archive.
  const print = (line: string) => (toStream ? session.warn(line) : session.print(line));
  const { signal } = stopping;
  const watcher = watching(given.quiet);
  try {
    if (given['all-tags']) {
      await copyTags(deps, request, { watcher, signal, each: (tag, digest) => print(`${tag}: ${digest}`) });
      return;
    }
    const digest = await copyImage(deps, request, watcher, signal);
    if (given['digest-file'] !== '') await deps.writeText(given['digest-file'], `${digest}\n`);
    print(digest);
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop);
  }
}

function insecure(location: Location, verify: boolean): readonly string[] {
  return verify || location.kind !== 'registry' ? [] : [location.reference.domain];
}

const statuses: Readonly<Record<Arrival, string>> = {
  sent: 'Copied',
  present: 'Already there',
  mounted: 'Taken from another repository',
};

/** Bars on a terminal; elsewhere only what people have to know. */
function watching(quiet: boolean): Watcher {
  const stream = output(2);
  const isShown = !quiet && isTerminal(2);
  const screen = new ProgressScreen({
    write: (text) => stream.write(text),
    isTerminal: true,
    width: stream.columns ?? 80,
  });
  let last = 0;
  return {
    moved({ digest, size }, current) {
      const now = performance.now();
      if (!isShown || now - last < 100) return;
      last = now;
      screen.show({ id: shortId(digest), status: 'Copying', progressDetail: { current, total: size } });
    },
    arrived({ digest }: Descriptor, arrival) {
      if (isShown) screen.show({ id: shortId(digest), status: statuses[arrival], progressDetail: {} });
    },
    waits({ limitedBy, seconds }) {
      if (!quiet && limitedBy !== undefined) stream.write(`${limitedBy} limits requests: going on in ${seconds} s\n`);
    },
  };
}
