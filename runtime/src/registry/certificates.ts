// Certificates per registry, as docker has them: `certs.d/HOST:PORT/` with authorities in `*.crt` and what a client shows in
// `*.cert` and `*.key` of the same name.

import type { Files, TlsMaterial } from '../host/host.ts';
import { EngineError, messageOf } from '../spec/errors.ts';

/** What is known of one host: all of it, and the part that is no secret. */
interface Known {
  readonly text: string;
  readonly all: TlsMaterial;
  readonly authorities: TlsMaterial;
}

/** Read anew with each request, so that a certificate that was replaced counts at once. */
export class CertificateFolders {
  readonly #files: Pick<Files, 'list' | 'readText'>;
  readonly #folders: readonly string[];
  readonly #known = new Map<string, Known>();

  /** @param folders each a `certs.d`; the first that has a host says all about it */
  constructor(files: Pick<Files, 'list' | 'readText'>, folders: readonly string[]) {
    this.#files = files;
    this.#folders = folders;
  }

  /**
   * Certificates for a request to `url` on behalf of the registry at `home`. To other hosts than the registry's own, which
   * have no folder, its authorities count too (its token server, its storage); its client certificate is shown to it alone.
   * @throws EngineError invalidParameter for a certificate without its key, or that cannot be read
   */
  async for(url: URL, home: URL): Promise<TlsMaterial | undefined> {
    if (url.protocol !== 'https:' || this.#folders.length === 0) return undefined;
    const own = await this.#of(url);
    if (own !== undefined || url.host === home.host) return own?.all;
    const ofHome = home.protocol === 'https:' ? await this.#of(home) : undefined;
    return ofHome === undefined || ofHome.authorities.authorities.length === 0 ? undefined : ofHome.authorities;
  }

  async #of(url: URL): Promise<Known | undefined> {
    // Else the host would be a folder above.
    if (url.hostname.startsWith('.')) return undefined;
    for (const name of url.port === '' ? [url.hostname, `${url.hostname}:443`] : [url.host]) {
      for (const folder of this.#folders) {
        const path = `${folder}/${name}`;
        const files = (await this.#files.list(path)).filter((file) => /\.(?:crt|cert|key)$/.test(file));
        if (files.length > 0) return this.#remembered(path, await this.#read(path, files));
      }
    }
    return undefined;
  }

  async #read(path: string, files: readonly string[]): Promise<TlsMaterial> {
    const text = (file: string): Promise<string> =>
      this.#files.readText(`${path}/${file}`).catch((error: unknown) => {
        const why = `certificate ${path}/${file} cannot be read: ${messageOf(error)}`;
        throw new EngineError('invalidParameter', why, { cause: error });
      });
    const authorities: string[] = [];
    const clients: TlsMaterial['clients'][number][] = [];
    for (const file of files) {
      const stem = file.replace(/\.[a-z]+$/, '');
      const other = file.endsWith('.cert') ? `${stem}.key` : `${stem}.cert`;
      if (file.endsWith('.crt')) authorities.push(await text(file));
      else if (!files.includes(other)) throw lacking(path, file, other);
      else if (file.endsWith('.cert')) clients.push({ certificate: await text(file), key: await text(other) });
    }
    return { authorities, clients };
  }

  #remembered(path: string, all: TlsMaterial): Known {
    const text = JSON.stringify(all);
    const before = this.#known.get(path);
    if (before?.text === text) return before;
    const known = { text, all, authorities: { authorities: all.authorities, clients: [] } };
    this.#known.set(path, known);
    return known;
  }
}

function lacking(path: string, file: string, other: string): EngineError {
  const message = file.endsWith('.cert')
    ? `missing key ${other} for client certificate ${file} in ${path}; certificates of authorities must have the extension .crt`
    : `missing client certificate ${other} for key ${file} in ${path}`;
  return new EngineError('invalidParameter', message);
}
