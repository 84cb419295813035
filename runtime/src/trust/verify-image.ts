// `coracle verify`: which signatures of an image are by a key.

import type { Digest } from '../spec/digest.ts';
import type { SignatureSource } from '../spec/engine/trust.ts';
import { messageOf } from '../spec/errors.ts';
import { fullReference, type Reference } from '../spec/reference.ts';
import { findSignatures } from './find-signatures.ts';
import { identityFits } from './identity.ts';
import type { Signature } from './signature.ts';
import { publicKeyIn, type TrustedSigners } from './signers.ts';
import { verifySignature } from './verify-signature.ts';

export interface Verified {
  readonly kind: Signature['kind'];
  readonly digest: Digest;
  /** For which name; undefined where it says none. */
  readonly identity: string | undefined;
  /** The name by which it was asked for is that one. */
  readonly isNamed: boolean;
}

export interface Verification {
  readonly verified: readonly Verified[];
  /** Of signatures that are not by the key, or not of this image. */
  readonly reasons: readonly string[];
}

/** @param keys in PEM; one of them is enough @throws Error for what is no key, and what the registry says */
export async function verifyImage(
  source: SignatureSource,
  image: { readonly reference: Reference; readonly digest: Digest; readonly bytes: Uint8Array },
  keys: readonly string[],
): Promise<Verification> {
  const trusted: TrustedSigners = { who: { kind: 'keys', keys: keys.map(publicKeyIn) }, logs: [] };
  const verified: Verified[] = [];
  const reasons: string[] = [];
  for await (const signature of findSignatures(source, image)) {
    try {
      const claims = verifySignature(signature, trusted, new Date());
      const claim = claims.find(({ digest }) => digest === image.digest);
      if (claim === undefined)
        throw new Error(`it is of another image, ${claims[0]?.digest ?? 'which it does not name'}`);
      const { reference } = claim;
      verified.push({
        kind: signature.kind,
        digest: image.digest,
        identity: reference === undefined ? undefined : fullReference(reference),
        isNamed: identityFits({ type: 'matchRepoDigestOrExact' }, image.reference, reference),
      });
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  return { verified, reasons };
}
