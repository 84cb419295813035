// Whether an image meets a rule, and if not, why: in words for whom it is refused to.

import type { Digest } from '../spec/digest.ts';
import { messageOf } from '../spec/errors.ts';
import { type Reference, fullName, fullReference } from '../spec/reference.ts';
import { identityFits } from './identity.ts';
import type { SigstoreSigned } from './policy.ts';
import type { Rule } from './scope.ts';
import type { Claim, Signature } from './signature.ts';
import type { TrustedSigners } from './signers.ts';
import { verifySignature } from './verify-signature.ts';

/** What is judged. */
export interface Candidate {
  /** undefined for what has no name that could have been signed. */
  readonly reference: Reference | undefined;
  /** Of manifests of which one signed is enough. */
  readonly digests: readonly Digest[];
  /** Looked for when they are asked for; the same each time. */
  readonly signatures: () => AsyncIterable<Signature>;
  /** Said where there are none. */
  readonly unsigned: string;
}

export interface Verdict {
  /** undefined: it is admitted. */
  readonly refusal?: { readonly place: string; readonly why: string };
  /** That met the rule, in any case. */
  readonly served: readonly Signature[];
}

/** @param signersOf reads keys @throws Error only for what `signatures` throws */
export async function judge(
  rule: Rule,
  candidate: Candidate,
  signersOf: (requirement: SigstoreSigned) => TrustedSigners,
  now: Date,
): Promise<Verdict> {
  const served: Signature[] = [];
  for (const [index, requirement] of rule.requirements.entries()) {
    const refuse = (why: string): Verdict => ({
      refusal: { place: `${rule.place}[${index}] (${requirement.type})`, why },
      served,
    });
    switch (requirement.type) {
      case 'insecureAcceptAnything':
        break;
      case 'reject':
        return refuse('it rejects all that it is for');
      case 'signedBy':
      case 'signedBaseLayer':
        return refuse('signatures of this kind are not verified here; use sigstoreSigned');
      case 'sigstoreSigned': {
        let signers;
        try {
          signers = signersOf(requirement);
        } catch (error) {
          return refuse(messageOf(error));
        }
        const found = await signed(requirement, signers, candidate, now);
        if (typeof found === 'string') return refuse(found);
        served.push(found);
      }
    }
  }
  return { served };
}

/** Reasons told, of different kinds. */
const maximumReasons = 3;

/** @returns the signature that does, or why none did */
async function signed(
  { identity }: SigstoreSigned,
  signers: TrustedSigners,
  { reference, digests, signatures, unsigned }: Candidate,
  now: Date,
): Promise<Signature | string> {
  const reasons = new Set<string>();
  let count = 0;
  for await (const signature of signatures()) {
    count++;
    try {
      const claims = verifySignature(signature, signers, now);
      const ours = claims.filter(({ digest }) => digests.includes(digest));
      if (ours.length === 0)
        throw new Error(`it is of another image, ${claims[0]?.digest ?? 'which it does not name'}`);
      if (reference !== undefined) {
        if (ours.some((claim) => identityFits(identity, reference, claim.reference))) return signature;
        throw new Error(misfit(identity.type, reference, ours));
      }
      if (identity.type === 'matchDigest') return signature;
      throw new Error('the image has no name');
    } catch (error) {
      if (reasons.size < maximumReasons) reasons.add(messageOf(error));
    }
  }
  if (count === 0) return unsigned;
  const found = count === 1 ? 'a signature was found, but' : `${count} signatures were found, but`;
  return `${found} ${[...reasons].join('; ')}`;
}

function misfit(type: string, reference: Reference, claims: readonly Claim[]): string {
  const names = claims.flatMap(({ reference: signed }) => (signed === undefined ? [] : [signed]));
  const [name] = names;
  if (name === undefined) {
    return 'it names no image, only a digest: signedIdentity would have to be {"type":"matchDigest"}';
  }
  const isUntagged = name.tag === undefined && name.digest === undefined && fullName(name) === fullName(reference);
  const hint = isUntagged ? ', without a tag: signedIdentity would have to be {"type":"matchRepository"}' : '';
  return `it is for ${fullReference(name)}${hint === '' ? `, which ${type} does not allow` : hint}`;
}
