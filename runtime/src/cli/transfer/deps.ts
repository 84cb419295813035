// What a copy of images takes of this machine and of the engine.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { addAbortSignal, Readable } from 'node:stream';
import { jsonLines } from '../../client/ndjson.ts';
import type { ProgressLine } from '../../client/images.ts';
import type { ImageGate } from '../../spec/engine/trust.ts';
import { parsePlatform } from '../../spec/platform.ts';
import type { EngineStore, TransferDeps } from '../../transfer/open.ts';
import { checkOutput, writeOutput } from '../io/files.ts';
import { openRegistries } from '../registry-client.ts';
import type { Session } from '../session.ts';

export interface Allowed {
  /** Hosts of registries that are not asked for TLS. */
  readonly insecureFrom: readonly string[];
  readonly insecureTo: readonly string[];
  /** The file of a trust policy. */
  readonly policy: string | undefined;
}

/** Disposing removes what was kept meanwhile. */
export function transferDeps(
  session: Session,
  { insecureFrom, insecureTo, policy }: Allowed,
): TransferDeps & AsyncDisposable & { writeText(path: string, text: string): Promise<void> } {
  const registries = openRegistries(session);
  const folders: string[] = [];
  return {
    host: registries.host,
    registries: { source: registries.registry(insecureFrom), target: registries.registry(insecureTo) },
    authFor: async (reference) => (await session.authAt(reference.domain)).auth,
    engine: () => engineStore(session),
    ...(policy === undefined ? {} : { gate: gateBy(resolve(policy), registries.host.clock) }),
    input: (signal) => addAbortSignal(signal, process.stdin),
    output: (tar) => writeOutput(Readable.from(tar), ''),
    async writeFile(path, tar) {
      await checkOutput(path);
      await writeOutput(Readable.from(tar), path);
    },
    writeText: (path, text) => writeFile(path, text),
    async temporary() {
      const folder = await mkdtemp(join(temporaryFolder(session.env), 'coracle-copy-'));
      folders.push(folder);
      return folder;
    },
    platform: parsePlatform(architectures[process.arch] ?? process.arch, { os: 'linux', architecture: 'amd64' }),
    async [Symbol.asyncDispose]() {
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Its script is loaded when it is asked. */
function gateBy(path: string, clock: TransferDeps['host']['clock']): NonNullable<TransferDeps['gate']> {
  let opened: Promise<ImageGate> | undefined;
  const gate = () => (opened ??= import('../../trust/gate.ts').then(({ openGate }) => openGate(() => path, clock)));
  return {
    admitRemote: async (image) => (await gate()).admitRemote(image),
    admitArchive: async (name, place) => (await gate()).admitArchive(name, place),
  };
}

/** Of Node's names those that are not Go's. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** Images are large, and /tmp is memory on many machines. */
function temporaryFolder(env: Session['env']): string {
  if ((env['TMPDIR'] ?? '') !== '') return tmpdir();
  return existsSync('/var/tmp') ? '/var/tmp' : tmpdir();
}

async function engineStore(session: Session): Promise<EngineStore> {
  const client = await session.client();
  return {
    save: (name, platform, signal) => client.images.save([name], platform, signal),
    async load(tar, signal) {
      const answer = await client.images.load(tar, { quiet: true, signal });
      for await (const line of jsonLines<ProgressLine>(answer)) {
        const error = line.errorDetail?.message ?? line.error;
        if (error !== undefined) throw new Error(error);
      }
    },
    async platform() {
      const { Os, Arch } = await client.system.version();
      return `${Os}/${Arch}`;
    },
  };
}
