// What an engine tells of its images, containers, volumes and networks. Ours also shows the files of images; of another one they
// stay unknown.

import type { EngineClient } from '../../../../runtime/src/client/client.ts';
import { isNotFound } from '../../../../runtime/src/client/errors.ts';
import type { FileStatus } from '../../../../runtime/src/spec/engine/files.ts';
import type {
  AccountFacts,
  BuildFacts,
  ContainerFacts,
  FileFacts,
  ImageFacts,
  Knowledge,
  Known,
  ProgramFacts,
  TagFacts,
} from '../knowledge.ts';
import { Answers } from './answers.ts';
import { buildsOf, knownBuilds } from './build-facts.ts';
import { imageFacts, tagFacts } from './image-facts.ts';
import { logInFor, logIns } from './log-ins.ts';
import { headBytes, readProgram } from './program.ts';
import { EngineWatch } from './watch.ts';

const buildsKey = 'builds';
/** Nobody tells of builds that make no image; while somebody edits they are looked for as often as this. */
const buildsFreshMs = 10_000;

/** Others push to a registry meanwhile. */
const registryFreshMs = 5 * 60_000;
/** As many as an engine tells of. */
const mostRepositories = 100;

/** /etc/passwd of no image is larger. */
const largestAccounts = 1 << 20;

export class EngineKnowledge implements Knowledge, Disposable {
  readonly #answers: Answers;
  readonly #watch: EngineWatch;
  readonly #listeners = new Set<() => void>();

  /** @param connect a client of the engine that is meant; undefined where none runs. It must start none. */
  constructor(connect: () => EngineClient | undefined) {
    this.#watch = new EngineWatch(connect, (prefix) => {
      this.#answers.forget(prefix);
      // Of builds an engine tells by the images that they make.
      if (prefix === 'image') this.#answers.renew(buildsKey);
    });
    this.#answers = new Answers(
      () => this.#watch.client(),
      () => {
        for (const listener of this.#listeners) listener();
      },
    );
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    this.#listeners.clear();
  }

  image(reference: string): Known<ImageFacts> {
    return this.#answers.get(`image ${reference}`, async ({ images }) => imageFacts(await images.inspect(reference)));
  }

  imageFiles(reference: string, path: string): Known<readonly FileFacts[]> {
    return this.#answers.get(`image ${reference} files ${path}`, async ({ files }, signal) => {
      const { type, targetType, entries } = await files.status('images', reference, path, { list: true, signal });
      return (targetType ?? type) === 'directory' ? (entries ?? []).map(fileFacts) : undefined;
    });
  }

  imageFile(reference: string, path: string): Known<FileFacts> {
    return this.#answers.get(`image ${reference} file ${path}`, async ({ files }, signal) =>
      fileFacts(await files.status('images', reference, path, { list: false, follow: true, signal })),
    );
  }

  imageProgram(reference: string, path: string): Known<ProgramFacts> {
    return this.#answers.get(`image ${reference} program ${path}`, async ({ files }, signal) => {
      const status = await files.status('images', reference, path, { list: false, follow: true, signal });
      if ((status.targetType ?? status.type) !== 'file') return undefined;
      const stream = await files.read('images', reference, path, { length: headBytes, signal });
      return readProgram((status.mode & 0o111) !== 0, await bytes(stream, headBytes));
    });
  }

  imageUsers(reference: string): Known<readonly AccountFacts[]> {
    return this.#accounts(reference, '/etc/passwd');
  }

  imageGroups(reference: string): Known<readonly AccountFacts[]> {
    return this.#accounts(reference, '/etc/group');
  }

  #accounts(reference: string, path: string): Known<readonly AccountFacts[]> {
    return this.#answers.get(`image ${reference} accounts ${path}`, async ({ files }, signal) => {
      const stream = await files.read('images', reference, path, { length: largestAccounts, signal });
      const lines = (await bytes(stream, largestAccounts)).toString('utf8').split('\n');
      return lines.flatMap((line) => {
        const [name = '', , id = ''] = line.split(':');
        return name !== '' && /^\d{1,10}$/.test(id) ? [{ name, id: Number(id) }] : [];
      });
    });
  }

  imagePrograms(reference: string, path: readonly string[]): Known<readonly string[]> {
    return this.#answers.get(`image ${reference} programs ${path.join(':')}`, async ({ files }, signal) => {
      const names = new Set<string>();
      for (const folder of path.slice(0, 20)) {
        for (const entry of await entriesOf(files, reference, folder, signal)) {
          if (isProgram(entry)) names.add(entry.name);
        }
      }
      return [...names].sort();
    });
  }

  images(): Known<readonly TagFacts[]> {
    return this.#answers.get('images', async ({ images }, signal) => (await images.list({}, signal)).flatMap(tagFacts));
  }

  tags(repository: string): Known<readonly TagFacts[]> {
    const question = async ({ images }: EngineClient, signal: AbortSignal): Promise<readonly TagFacts[]> => {
      const tags = await images.remoteTags(repository, { ...(await logInFor(repository)), signal });
      return tags.map((tag) => ({
        reference: `${repository}:${tag}`,
        size: undefined,
        created: undefined,
        where: 'registry',
      }));
    };
    return this.#answers.get(`tags ${repository}`, question, registryFreshMs);
  }

  repositories(registry: string): Known<readonly string[]> {
    const question = async ({ images }: EngineClient, signal: AbortSignal): Promise<readonly string[]> => {
      const query = { term: `${registry}/`, limit: mostRepositories };
      const found = await images.search(query, { ...(await logInFor(`${registry}/`)), signal });
      return found.flatMap(({ name }) => (name ? [name] : []));
    };
    return this.#answers.get(`repositories ${registry}`, question, registryFreshMs);
  }

  logIns(): Known<readonly string[]> {
    return { kind: 'known', value: logIns() };
  }

  containers(): Known<readonly ContainerFacts[]> {
    return this.#answers.get('containers', async ({ containers }) =>
      (await containers.list({ all: true })).map((each) => ({
        id: each.Id ?? '',
        name: (each.Names?.[0] ?? '').replace(/^\//, ''),
        project: each.Labels?.['com.docker.compose.project'],
        service: each.Labels?.['com.docker.compose.service'],
        state: each.State ?? '',
        status: each.Status ?? '',
        ports: (each.Ports ?? []).flatMap(({ IP, PublicPort, Type }) =>
          PublicPort === undefined || PublicPort === null
            ? []
            : [{ host: IP ?? '', hostPort: PublicPort, protocol: Type ?? 'tcp' }],
        ),
      })),
    );
  }

  volumes(): Known<readonly string[]> {
    return this.#answers.get('volumes', async ({ volumes }) =>
      ((await volumes.list()).Volumes ?? []).flatMap(({ Name }) => (Name ? [Name] : [])),
    );
  }

  networks(): Known<readonly string[]> {
    return this.#answers.get('networks', async ({ networks }) =>
      (await networks.list()).flatMap(({ Name }) => (Name ? [Name] : [])),
    );
  }

  builds(dockerfile: string): Known<readonly BuildFacts[]> {
    const known = this.#answers.get(buildsKey, async ({ builds }) => knownBuilds(await builds.list()), buildsFreshMs);
    return known.kind === 'known' ? { kind: 'known', value: buildsOf(known.value, dockerfile) } : known;
  }

  buildEnded(): void {
    this.#answers.renew(buildsKey);
  }

  onChange(listener: () => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }
}

async function entriesOf(
  files: EngineClient['files'],
  reference: string,
  path: string,
  signal: AbortSignal,
): Promise<readonly FileStatus[]> {
  try {
    return (await files.status('images', reference, path, { list: true, signal })).entries ?? [];
  } catch (error) {
    // A folder of PATH that is not there is as usual as one that is.
    if (isNotFound(error)) return [];
    throw error;
  }
}

function isProgram({ type, targetType, mode }: FileStatus): boolean {
  return type === 'symlink' ? targetType === 'file' : type === 'file' && (mode & 0o111) !== 0;
}

function fileFacts({ name, type, targetType, size, mode, linkTarget }: FileStatus): FileFacts {
  const isDirectory = type === 'directory' || targetType === 'directory';
  const kind = isDirectory ? 'directory' : type === 'file' ? 'file' : type === 'symlink' ? 'link' : 'other';
  return { name, kind, size, mode, target: linkTarget };
}

async function bytes(stream: AsyncIterable<Uint8Array>, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= most) break;
  }
  return Buffer.concat(chunks).subarray(0, most);
}
