// `manifest inspect`: what a registry has under a name, without pulling it.

import type { OCIPlatform, RemoteManifestText } from '../../spec/api/images.ts';
import type { EngineClient } from '../../client/client.ts';
import { toBase64 } from '../../spec/base64.ts';
import { type Descriptor, mediaTypes, parseManifest } from '../../spec/manifest.ts';
import {
  type Reference,
  familiarReference,
  fullReference,
  parseReference,
  withDefaultTag,
} from '../../spec/reference.ts';
import { command } from '../command.ts';
import { bool } from '../flags/types.ts';
import type { Session } from '../session.ts';

export const inspect = command({
  usage: '[OPTIONS] MANIFEST',
  args: { min: 1, max: 1 },
  flags: { verbose: bool('v', 'Output additional info including layers and platform') },
  async run({ args: [name = ''], flags, session }) {
    const client = await session.client();
    const auth = await session.authFor(name);
    const remote = await client.images.remoteManifest(name, auth);
    // With the fields in the registry's order, indented as docker does.
    const shown: unknown = flags.verbose ? await detailed(client, auth, name, remote) : JSON.parse(remote.manifest);
    session.print(JSON.stringify(shown, undefined, '\t'));
  },
});

type Auth = Awaited<ReturnType<Session['authFor']>>;

/** As docker has it: one object, or of an index a list. */
async function detailed(client: EngineClient, auth: Auth, name: string, remote: RemoteManifestText): Promise<unknown> {
  const reference = withDefaultTag(parseReference(name));
  const content = parseManifest(new TextEncoder().encode(remote.manifest), remote.mediaType);
  if (content.kind === 'manifest') {
    const { Platforms: platforms } = await client.images.distribution(name, auth);
    return details(reference, remote, platforms?.[0] ?? undefined);
  }
  const entries: object[] = [];
  for (const entry of content.manifests) entries.push(await ofEntry(client, auth, reference, entry));
  return entries;
}

async function ofEntry(client: EngineClient, auth: Auth, reference: Reference, entry: Descriptor): Promise<object> {
  const { domain, path } = reference;
  const own = { domain, path, digest: entry.digest };
  const inner = await client.images.remoteManifest(familiarReference(own), auth);
  return details({ ...reference, digest: entry.digest }, inner, entry.platform);
}

function details(
  reference: Reference,
  { mediaType, digest, size, manifest }: RemoteManifestText,
  platform: OCIPlatform | undefined,
): object {
  const kind = mediaType === mediaTypes.dockerManifest ? 'SchemaV2Manifest' : 'OCIManifest';
  return {
    Ref: fullReference(reference),
    Descriptor: { mediaType, digest, size, ...(platform === undefined ? {} : { platform: inOrder(platform) }) },
    Raw: toBase64(new TextEncoder().encode(manifest)),
    [kind]: JSON.parse(manifest) as unknown,
  };
}

/** As docker writes it. */
function inOrder({ architecture, os, variant, ...rest }: OCIPlatform): OCIPlatform {
  return { architecture, os, ...rest, ...(variant ? { variant } : {}) };
}
