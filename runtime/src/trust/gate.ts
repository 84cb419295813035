// The policy of a file, asked for each image; read again when it, or a key that it names, has changed. One that cannot be read or
// understood admits nothing.

import type { Clock } from '../host/host.ts';
import type { Digest } from '../spec/digest.ts';
import type { ImageGate, ImageOrigin, LocalPlace, RemoteImage, StoredImage } from '../spec/engine/trust.ts';
import { EngineError, messageOf } from '../spec/errors.ts';
import { familiarReference, fullReference, parseReference } from '../spec/reference.ts';
import { decodeSignatures, encodeSignatures } from './evidence.ts';
import { findSignatures } from './find-signatures.ts';
import { type Candidate, judge, type Verdict } from './judge.ts';
import { maximumPolicySize, parsePolicy, type Policy, type SigstoreSigned } from './policy.ts';
import { type Rule, ruleForPlace, ruleForReference } from './scope.ts';
import type { Signature } from './signature.ts';
import { readSigners, type TrustedSigners } from './signers.ts';
import { WatchedFiles } from './watched-files.ts';

/** @param path of the policy, asked for each time */
export function openGate(path: () => string, clock: Pick<Clock, 'now'>): ImageGate {
  return new Gate(path, clock);
}

/** A policy as it was read, with the keys that were read for it. */
interface Loaded {
  readonly path: string;
  readonly files: WatchedFiles;
  readonly policy: Policy;
  readonly signers: Map<SigstoreSigned, TrustedSigners>;
}

class Gate implements ImageGate {
  readonly #path: () => string;
  readonly #clock: Pick<Clock, 'now'>;
  #loaded: Loaded | undefined;

  constructor(path: () => string, clock: Pick<Clock, 'now'>) {
    this.#path = path;
    this.#clock = clock;
  }

  async admitRemote({ reference, manifests, source }: RemoteImage): Promise<Uint8Array | undefined> {
    const name = fullReference(reference);
    const loaded = this.#load(name);
    const seen = remembered(async function* () {
      for (const manifest of manifests) yield* findSignatures(source, manifest);
    });
    const candidate = {
      reference,
      digests: manifests.map(({ digest }) => digest),
      signatures: seen.all,
      unsigned: 'no signature was found at its registry',
    };
    const verdict = await this.#judge(loaded, ruleForReference(loaded.policy, reference), candidate);
    this.#refuse(loaded, name, verdict);
    if (verdict.served.length === 0) return undefined;
    return encodeSignatures([...new Set([...verdict.served, ...seen.known()])]);
  }

  async admitArchive(name: string, place: LocalPlace = dockerArchive): Promise<void> {
    const loaded = this.#load(name);
    this.#refuse(loaded, name, await this.#judge(loaded, ruleForPlace(loaded.policy, place), unsignedArchive));
  }

  async admitStored({ name, origins, read }: StoredImage): Promise<void> {
    if (origins.some(({ kind }) => kind === 'made')) return;
    const loaded = this.#load(name);
    let first: Verdict | undefined;
    for (const origin of origins) {
      const verdict = await this.#judgeOrigin(loaded, origin, read);
      if (verdict.refusal === undefined) return;
      first ??= verdict;
    }
    this.#refuse(loaded, name, first ?? (await this.#judge(loaded, archiveRule(loaded), unsignedArchive)));
  }

  async #judgeOrigin(
    loaded: Loaded,
    origin: ImageOrigin,
    read: (digest: Digest) => Promise<Uint8Array>,
  ): Promise<Verdict> {
    if (origin.kind !== 'registry') return this.#judge(loaded, archiveRule(loaded), unsignedArchive);
    const reference = parseReference(origin.reference);
    const { digests, signatures } = origin;
    const kept = remembered(async function* () {
      if (signatures !== undefined) yield* decodeSignatures(await read(signatures));
    });
    const again = familiarReference(reference);
    const unsigned = `it was pulled when no signature was asked for; pull ${again} again`;
    const candidate = { reference, digests, signatures: kept.all, unsigned };
    return this.#judge(loaded, ruleForReference(loaded.policy, reference), candidate);
  }

  #judge(loaded: Loaded, rule: Rule, candidate: Candidate): Promise<Verdict> {
    return judge(rule, candidate, (requirement) => signersOf(loaded, requirement), new Date(this.#clock.now()));
  }

  #refuse({ path }: Loaded, name: string, { refusal }: Verdict): void {
    if (refusal === undefined) return;
    throw new EngineError('forbidden', `image ${name} is refused by ${path}, ${refusal.place}: ${refusal.why}`);
  }

  /** @throws EngineError forbidden when there is no policy to be asked */
  #load(name: string): Loaded {
    const path = this.#path();
    if (this.#loaded?.path === path && this.#loaded.files.areSame()) return this.#loaded;
    this.#loaded = undefined;
    const files = new WatchedFiles();
    try {
      const policy = parsePolicy(files.read(path, maximumPolicySize + 1));
      return (this.#loaded = { path, files, policy, signers: new Map() });
    } catch (cause) {
      const why = messageOf(cause);
      const what = why.startsWith(path) ? why : `${path}: ${why}`;
      throw new EngineError('forbidden', `image ${name} is refused, since the trust policy is of no use: ${what}`, {
        cause,
      });
    }
  }
}

const dockerArchive = { transport: 'docker-archive' } as const;

/** For what came to the engine as an archive of any kind. */
function archiveRule({ policy }: Loaded): Rule {
  return ruleForPlace(policy, dockerArchive);
}

const unsignedArchive: Candidate = {
  reference: undefined,
  digests: [],
  signatures: async function* () {
    yield* [];
  },
  unsigned: 'an archive holds no signatures',
};

function signersOf({ signers, files }: Loaded, requirement: SigstoreSigned): TrustedSigners {
  const known = signers.get(requirement);
  if (known !== undefined) return known;
  const read = readSigners(requirement, files);
  signers.set(requirement, read);
  return read;
}

/** An iteration that can be made again: what came once is not asked for twice. */
function remembered(make: () => AsyncGenerator<Signature, void, undefined>): {
  readonly all: () => AsyncIterable<Signature>;
  readonly known: () => readonly Signature[];
} {
  const found: Signature[] = [];
  let rest: AsyncGenerator<Signature, void, undefined> | undefined;
  async function* all(): AsyncGenerator<Signature, void, undefined> {
    for (let index = 0; ; index++) {
      if (index === found.length) {
        rest ??= make();
        const next = await rest.next();
        if (next.done === true) return;
        found.push(next.value);
      }
      const signature = found[index];
      if (signature !== undefined) yield signature;
    }
  }
  return { all, known: () => found };
}
