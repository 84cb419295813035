// The registries that the user has connected, and what is known of what is in them. Everything is asked for when somebody looks, part by
// part, and kept until it is asked anew.

import type { AuthConfig } from '../../../runtime/src/spec/api/images.ts';
import { parseReference } from '../../../runtime/src/spec/reference.ts';
import { l10n } from '../l10n.ts';
import { Later } from '../later.ts';
import type { Connected, Connections } from './connections.ts';
import type { ProvidedRegistry } from './contract.ts';
import type { Details } from './details.ts';
import { githubDomain, hubDomain } from './domains.ts';
import { List } from './list.ts';
import type { LogIns } from './log-ins.ts';
import type { Look, Looks } from './look.ts';
import { answerOf } from './patience.ts';
import type { Providers } from './providers.ts';
import { repositoriesOf } from './sources.ts';
import { isNameAt, registryKey, type ShownRegistry } from './targets.ts';
import type { WebLists } from './web-lists.ts';

export interface RegistriesDeps {
  readonly connections: Connections;
  readonly logIns: LogIns;
  readonly providers: Providers;
  looks(): Promise<Looks>;
  /** Names of images that are here, without starting anything. */
  localImages(): readonly string[];
  /** Addresses of the lists of Docker Hub and GitHub. */
  readonly web: Omit<WebLists, 'http'>;
}

/** What is known of one registry. */
interface Known {
  readonly shown: ShownRegistry;
  readonly provided: ProvidedRegistry;
  readonly connected: Connected;
  readonly look: Later<Look>;
  readonly repositories: List;
  readonly tags: Map<string, List>;
  readonly details: Map<string, Promise<Details>>;
}

export class Registries {
  readonly #deps: RegistriesDeps;
  #known = new Later(() => this.#find());
  #ended = new AbortController();
  /** What went wrong with providers, by their ids. */
  readonly faults = new Map<string, unknown>();

  constructor(deps: RegistriesDeps) {
    this.#deps = deps;
  }

  /** Asks for everything anew when somebody looks. */
  forget(): void {
    this.#ended.abort();
    this.#ended = new AbortController();
    this.#known = new Later(() => this.#find());
    this.faults.clear();
  }

  /** Ends what is under way. */
  [Symbol.dispose](): void {
    this.#ended.abort();
  }

  async registries(): Promise<readonly ShownRegistry[]> {
    return (await this.#all()).map(({ shown }) => shown);
  }

  /** What is known of the repositories of a registry; the first part is asked for when there is none. */
  async repositories(registry: ShownRegistry): Promise<List> {
    const known = await this.#of(registry);
    await known.repositories.begin();
    return known.repositories;
  }

  async tags(registry: ShownRegistry, repository: string): Promise<List> {
    const { tags, look } = await this.#of(registry);
    const { signal } = this.#ended;
    const { domain } = registry;
    const list =
      tags.get(repository) ??
      new List(
        async (from) => (await look.get()).tags(repository, from, { signal }),
        (tag) => isNameAt(domain, repository, tag),
      );
    tags.set(repository, list);
    await list.begin();
    return list;
  }

  async details(registry: ShownRegistry, repository: string, target: string): Promise<Details> {
    const { details, look } = await this.#of(registry);
    const key = `${repository} ${target}`;
    const { signal } = this.#ended;
    const known = details.get(key) ?? look.get().then((made) => made.details(repository, target, signal));
    details.set(key, known);
    // Tried again the next time.
    known.catch(() => details.delete(key));
    return await known;
  }

  async look(registry: ShownRegistry): Promise<Look> {
    return await (await this.#of(registry)).look.get();
  }

  /** Tries a log-in. @throws EngineError unauthorized in the registry's words */
  async tryLogIn(auth: AuthConfig, signal: AbortSignal): Promise<void> {
    await (await this.#deps.looks()).logIn(auth, signal);
  }

  /** What a provider that is connected has as a log-in to a registry. */
  async providedLogIn(domain: string): Promise<AuthConfig | undefined> {
    const found = (await this.#all()).find(
      ({ shown, connected }) => connected.kind === 'provider' && shown.domain === domain,
    );
    return found === undefined ? undefined : await credentialsOf(found.provided);
  }

  async #of(registry: ShownRegistry): Promise<Known> {
    const key = registryKey(registry);
    const known = (await this.#all()).find(({ shown }) => registryKey(shown) === key);
    if (known === undefined) throw new Error(l10n.t('{0} is not connected any more.', registry.label));
    return known;
  }

  /** What is forgotten while somebody waits for it may lack what was given up. */
  async #all(): Promise<readonly Known[]> {
    for (;;) {
      const known = this.#known;
      const found = await known.get();
      if (known === this.#known) return found;
    }
  }

  async #find(): Promise<readonly Known[]> {
    const found = await Promise.all(this.#deps.connections.all.map((connected) => this.#ofConnection(connected)));
    // The first of those that would be one and the same row.
    return [
      ...new Map(
        found
          .flat()
          .toReversed()
          .map((known) => [registryKey(known.shown), known]),
      ).values(),
    ].toReversed();
  }

  async #ofConnection(connected: Connected): Promise<readonly Known[]> {
    const { kind, name } = connected;
    if (kind !== 'provider') return [await this.#make(connected, { domain: name })];
    const provider = this.#deps.providers.find(name);
    // Its extension may be activated later than ours.
    if (provider === undefined) return [];
    const { signal } = this.#ended;
    try {
      const asked = provider.registries({ mayAsk: false, signal });
      const provided = (await answerOf(provider.label, asked, { signal })) ?? [];
      return await Promise.all(provided.map((each) => this.#make(connected, each)));
    } catch (error) {
      // What was forgotten meanwhile is being asked anew.
      if (!signal.aborted) this.faults.set(name, error);
      return [];
    }
  }

  async #make(connected: Connected, provided: ProvidedRegistry): Promise<Known> {
    const { domain } = parseReference(`${provided.domain}/x/x`);
    const { signal } = this.#ended;
    const auth = async () => (await credentialsOf(provided, signal)) ?? (await this.#deps.logIns.find(domain));
    const user = (await auth())?.username ?? '';
    const shown: ShownRegistry = {
      kind: connected.kind,
      connection: connected.name,
      domain,
      label: provided.label ?? labelOf(domain),
      ...(user === '' ? {} : { user }),
    };
    const look = new Later(async () => (await this.#deps.looks()).at(domain, await auth()));
    const source = async (from: string | undefined) => {
      const looks = await this.#deps.looks();
      const deps = { web: { ...this.#deps.web, http: looks.http }, localImages: () => this.#deps.localImages() };
      return await repositoriesOf({ ...deps, shown, connected, provided, auth, look: await look.get(), signal }, from);
    };
    const repositories = new List(source, (name) => isNameAt(domain, name));
    return { shown, provided, connected, look, repositories, tags: new Map(), details: new Map() };
  }
}

async function credentialsOf(provided: ProvidedRegistry, signal?: AbortSignal): Promise<AuthConfig | undefined> {
  return await answerOf(provided.label ?? provided.domain, provided.credentials?.(), { signal });
}

function labelOf(domain: string): string {
  if (domain === hubDomain) return 'Docker Hub';
  return domain === githubDomain ? 'GitHub' : domain;
}
