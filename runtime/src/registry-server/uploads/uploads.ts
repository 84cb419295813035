// The uploads that are going on: each a file of what came and a document that says where it belongs, so that a client goes on
// with it after a restart.

import type { Host } from '../../host/host.ts';
import { isKind } from '../../spec/errors.ts';
import type { Logger } from '../../spec/logger.ts';
import { parseJsonObject } from '../../spec/manifest.ts';
import { isRepositoryPath } from '../../spec/reference.ts';
import { Refusal } from '../refusal.ts';
import { type Algorithm, Upload } from './upload.ts';

const mostUploads = 1000;
/** When all places are taken, who has sent nothing for so long loses its own. */
const idleMs = 10 * 60_000;

export class Uploads {
  readonly #host: Host;
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #all = new Map<string, Upload>();

  constructor(host: Host, root: string, logger: Logger) {
    this.#host = host;
    this.#folder = `${root}/uploads`;
    this.#logger = logger;
  }

  /** Finds what an earlier run has left; what belongs to no upload is removed. */
  async open(): Promise<void> {
    const { files } = this.#host;
    await files.makeDirectory(this.#folder, { recursive: true, mode: 0o700 });
    const names = await files.list(this.#folder);
    for (const name of names.filter((each) => each.endsWith('.json'))) await this.#take(name.slice(0, -'.json'.length));
    const known = new Set([...this.#all.keys()].flatMap((id) => [id, `${id}.json`]));
    for (const name of names.filter((each) => !known.has(each))) await files.remove(`${this.#folder}/${name}`);
  }

  async #take(id: string): Promise<void> {
    const { files } = this.#host;
    const path = `${this.#folder}/${id}`;
    const stat = await files.stat(path);
    const named = parseNamed(await files.read(`${path}.json`));
    if (stat?.kind !== 'file' || named === undefined) return;
    this.#all.set(id, new Upload(this.#host, { ...named, id, path }, { size: stat.size, lastMs: stat.mtimeMs }));
  }

  /** @throws Refusal TOOMANYREQUESTS */
  async begin(repository: string, algorithm: Algorithm): Promise<Upload> {
    await this.#makeRoom();
    const { files, clock } = this.#host;
    const id = uuid(this.#host.random(16));
    const path = `${this.#folder}/${id}`;
    const upload = new Upload(this.#host, { id, repository, algorithm, path }, { size: 0, lastMs: clock.now() });
    this.#all.set(id, upload);
    try {
      await files.write(path, '', { mode: 0o600 });
      await files.writeAtomic(`${path}.json`, JSON.stringify({ repository, algorithm }), { durable: false });
    } catch (error) {
      await this.remove(upload);
      throw error;
    }
    return upload;
  }

  /** @throws Refusal BLOB_UPLOAD_UNKNOWN, also for an upload to another repository */
  find(repository: string, id: string): Upload {
    const upload = this.#all.get(id);
    if (upload?.repository === repository) return upload;
    throw new Refusal('BLOB_UPLOAD_UNKNOWN', 'there is no such upload: it has ended, or begin it with POST');
  }

  /** Forgets it, with its file where that has not become a blob. The second time nothing happens. */
  async remove(upload: Upload): Promise<void> {
    this.#all.delete(upload.id);
    await this.#host.files.remove(`${upload.path}.json`);
    await this.#host.files.remove(upload.path);
  }

  /** Removes uploads to which nothing was added for `ageMs`. */
  async expire(ageMs: number): Promise<void> {
    const limitMs = this.#host.clock.now() - ageMs;
    for (const upload of this.#all.values()) if (upload.lastMs <= limitMs) await this.#end(upload);
  }

  async #makeRoom(): Promise<void> {
    if (this.#all.size < mostUploads) return;
    const [idlest] = [...this.#all.values()].toSorted((a, b) => a.lastMs - b.lastMs);
    if (idlest === undefined || idlest.lastMs > this.#host.clock.now() - idleMs) {
      const headers = { 'Retry-After': '60' };
      throw new Refusal('TOOMANYREQUESTS', `${mostUploads} uploads are going on already`, { headers });
    }
    await this.#end(idlest);
  }

  async #end(upload: Upload): Promise<void> {
    await upload.exclusive(() => this.remove(upload));
    this.#logger.info('upload given up: nothing came any more', { repository: upload.repository, upload: upload.id });
  }
}

/** Version 4 of RFC 9562. */
function uuid(bytes: Uint8Array): string {
  const hex = [...bytes].map((byte, at) => {
    const value = at === 6 ? (byte & 0x0f) | 0x40 : at === 8 ? (byte & 0x3f) | 0x80 : byte;
    return value.toString(16).padStart(2, '0');
  });
  const groups = [hex.slice(0, 4), hex.slice(4, 6), hex.slice(6, 8), hex.slice(8, 10), hex.slice(10)];
  return groups.map((group) => group.join('')).join('-');
}

/** undefined for what a machine that went down has left of one: its client begins anew. */
function parseNamed(bytes: Uint8Array): { readonly repository: string; readonly algorithm: Algorithm } | undefined {
  let value;
  try {
    value = parseJsonObject(bytes, 'upload');
  } catch (error) {
    if (isKind(error, 'invalidParameter')) return undefined;
    throw error;
  }
  const { repository, algorithm } = value;
  if (typeof repository !== 'string' || !isRepositoryPath(repository)) return undefined;
  return algorithm === 'sha256' || algorithm === 'sha512' ? { repository, algorithm } : undefined;
}
