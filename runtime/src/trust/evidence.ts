// Signatures that are kept with an image, so that it can be judged again without its registry: by a policy that changed, or before it runs.

import { fromBase64, toBase64 } from '../spec/base64.ts';
import { field, jsonOf, type Signature } from './signature.ts';

const version = 1;
/** Bytes of a document; what does not fit is left out. */
const maximumSize = 1024 * 1024;

const kept = { payload: ['certificate', 'chain', 'log'] } as const;

/** @param signatures those that served first */
export function encodeSignatures(signatures: readonly Signature[]): Uint8Array {
  const entries: object[] = [];
  let size = 0;
  for (const signature of signatures) {
    const entry = entryOf(signature);
    size += JSON.stringify(entry).length;
    if (size > maximumSize && entries.length > 0) break;
    entries.push(entry);
  }
  return new TextEncoder().encode(JSON.stringify({ version, signatures: entries }));
}

function entryOf(signature: Signature): object {
  if (signature.kind === 'payload') {
    return { ...signature, payload: toBase64(signature.payload), signature: toBase64(signature.signature) };
  }
  const { text, manifest } = signature;
  // A statement names what it is of; the manifest is only needed where that itself was signed.
  const isNeeded = manifest !== undefined && !text.includes('"dsseEnvelope"');
  return { kind: 'bundle', text, ...(isNeeded ? { manifest: toBase64(manifest) } : {}) };
}

/** @throws Error for a document of another kind */
export function decodeSignatures(bytes: Uint8Array): readonly Signature[] {
  const document = jsonOf(bytes, 'what is kept of its signatures');
  const entries = field(document, 'signatures');
  if (field(document, 'version') !== version || !Array.isArray(entries)) {
    throw new Error('what is kept of its signatures is of another version');
  }
  return entries.map(signatureOf);
}

function signatureOf(entry: unknown): Signature {
  const text = (key: string): string => {
    const value = field(entry, key);
    return typeof value === 'string' ? value : '';
  };
  if (text('kind') === 'bundle') {
    const manifest = text('manifest');
    return { kind: 'bundle', text: text('text'), ...(manifest === '' ? {} : { manifest: fromBase64(manifest) }) };
  }
  const more = kept.payload.flatMap((key) => (text(key) === '' ? [] : [[key, text(key)] as const]));
  return {
    kind: 'payload',
    payload: fromBase64(text('payload')),
    signature: fromBase64(text('signature')),
    ...Object.fromEntries(more),
  };
}
