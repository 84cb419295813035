// A policy in the format of containers-policy.json(5), so that a file of Podman's or skopeo's means the same here. What it says that
// we do not know makes the whole file wrong: a rule that was misread must not let anything in.

import { fromBase64 } from '../spec/base64.ts';
import { messageOf } from '../spec/errors.ts';
import { parseJsonObject } from '../spec/manifest.ts';
import { duplicateKey } from './duplicate-key.ts';
import { checkKeys, type Json, list, object, PolicyError, text } from './fields.ts';
import { type SignedIdentity, parseIdentity } from './identity.ts';

/** Key or certificates, in PEM: in a file of this machine, or in the policy itself. */
export type Material = { readonly path: string } | { readonly data: Uint8Array };

/** Who may sign. */
export type Signers =
  | { readonly kind: 'keys'; readonly keys: readonly Material[] }
  | { readonly kind: 'pki'; readonly roots: Material; readonly intermediates?: Material; readonly subject: Subject }
  | { readonly kind: 'fulcio'; readonly roots: Material; readonly issuer: string; readonly subject: Subject };

/** Whom a certificate has to name; each that is given. */
export interface Subject {
  readonly email?: string;
  readonly hostname?: string;
}

export interface SigstoreSigned {
  readonly type: 'sigstoreSigned';
  readonly signers: Signers;
  /** Keys of transparency logs, one of which must have promised to list the signature; none: not asked. */
  readonly logs: readonly Material[];
  readonly identity: SignedIdentity;
}

export type Requirement =
  | { readonly type: 'insecureAcceptAnything' }
  | { readonly type: 'reject' }
  /** Known in the format, not checked here: it refuses. */
  | { readonly type: 'signedBy' | 'signedBaseLayer' }
  | SigstoreSigned;

/** All of them have to be met; never empty. */
export type Requirements = readonly Requirement[];

export interface Policy {
  readonly default: Requirements;
  /** Transport -> scope -> what is asked there. */
  readonly transports: ReadonlyMap<string, ReadonlyMap<string, Requirements>>;
}

/** Bytes of a policy; above, it is refused. */
export const maximumPolicySize = 1024 * 1024;

/** @throws PolicyError that names the place in the document */
export function parsePolicy(bytes: Uint8Array): Policy {
  if (bytes.length > maximumPolicySize) throw new PolicyError('', 'is larger than 1 MiB');
  let document: Json;
  try {
    document = parseJsonObject(bytes, 'the policy');
  } catch (cause) {
    throw new PolicyError('', messageOf(cause), { cause });
  }
  const twice = duplicateKey(new TextDecoder().decode(bytes));
  if (twice !== undefined) throw new PolicyError('', `${JSON.stringify(twice.slice(0, 100))} is there twice`);
  checkKeys(document, '', ['default', 'transports']);
  const transports = Object.entries(object(document['transports'] ?? {}, 'transports'));
  return {
    default: requirements(document['default'], 'default'),
    transports: new Map(transports.map(([name, scopes]) => [name, scopesOf(name, scopes)])),
  };
}

/** How a scope is shown. */
export function placeOf(transport: string, scope: string): string {
  return `transports.${transport}[${JSON.stringify(scope)}]`;
}

function scopesOf(transport: string, value: unknown): ReadonlyMap<string, Requirements> {
  const scopes = Object.entries(object(value, `transports.${transport}`));
  return new Map(
    scopes.map(([scope, each]) => {
      const place = placeOf(transport, scope);
      if (transport === 'docker' && /^.+\*|^\*(?!\.)|^\*.*\//.test(scope)) {
        throw new PolicyError(place, 'matches nothing: a wildcard stands for subdomains, as *.example.com');
      }
      return [scope, requirements(each, place)];
    }),
  );
}

function requirements(value: unknown, place: string): Requirements {
  const found = list(value, place).map((each, index) => requirement(each, `${place}[${index}]`));
  if (found.length === 0) throw new PolicyError(place, 'must not be empty: insecureAcceptAnything accepts all');
  return found;
}

function requirement(value: unknown, place: string): Requirement {
  const fields = object(value, place);
  const type = text(fields['type'], `${place}.type`);
  switch (type) {
    case 'insecureAcceptAnything':
    case 'reject':
      checkKeys(fields, place, ['type']);
      return { type };
    case 'signedBy':
    case 'signedBaseLayer':
      return { type };
    case 'sigstoreSigned':
      return sigstoreSigned(fields, place);
    default:
      throw new PolicyError(`${place}.type`, `is ${JSON.stringify(type.slice(0, 100))}, which is not known`);
  }
}

const keyFields = ['keyPath', 'keyPaths', 'keyData', 'keyDatas'] as const;
const logFields = ['rekorPublicKeyPath', 'rekorPublicKeyPaths', 'rekorPublicKeyData', 'rekorPublicKeyDatas'] as const;

function sigstoreSigned(fields: Json, place: string): SigstoreSigned {
  checkKeys(fields, place, ['type', 'signedIdentity', 'fulcio', 'pki', ...keyFields, ...logFields]);
  const signers = [
    ...materials(fields, place, keyFields).map((keys): Signers => ({ kind: 'keys', keys })),
    ...(fields['pki'] === undefined ? [] : [pki(fields['pki'], `${place}.pki`)]),
    ...(fields['fulcio'] === undefined ? [] : [fulcio(fields['fulcio'], `${place}.fulcio`)]),
  ];
  const [signer, second] = signers;
  if (signer === undefined || second !== undefined) {
    throw new PolicyError(place, `must have exactly one of ${keyFields.join(', ')}, pki and fulcio`);
  }
  const [logs = [], more] = materials(fields, place, logFields);
  if (more !== undefined) throw new PolicyError(place, `must have at most one of ${logFields.join(', ')}`);
  if (signer.kind === 'fulcio' && logs.length === 0) {
    throw new PolicyError(place, 'needs rekorPublicKeyPath or rekorPublicKeyData beside fulcio');
  }
  if (signer.kind === 'pki' && logs.length > 0) {
    throw new PolicyError(place, 'must not have a rekor key beside pki');
  }
  const identity = parseIdentity(fields['signedIdentity'], `${place}.signedIdentity`);
  return { type: 'sigstoreSigned', signers: signer, logs, identity };
}

function pki(value: unknown, place: string): Signers {
  const fields = object(value, place);
  const roots = ['caRootsPath', 'caRootsData'] as const;
  const intermediates = ['caIntermediatesPath', 'caIntermediatesData'] as const;
  checkKeys(fields, place, [...roots, ...intermediates, 'subjectEmail', 'subjectHostname']);
  const between = atMostOne(fields, place, intermediates);
  const subject = {
    ...(fields['subjectEmail'] === undefined ? {} : { email: filled(fields, place, 'subjectEmail') }),
    ...(fields['subjectHostname'] === undefined ? {} : { hostname: filled(fields, place, 'subjectHostname') }),
  };
  if (Object.keys(subject).length === 0) throw new PolicyError(place, 'needs subjectEmail or subjectHostname');
  return {
    kind: 'pki',
    roots: exactlyOne(fields, place, roots),
    ...(between === undefined ? {} : { intermediates: between }),
    subject,
  };
}

function fulcio(value: unknown, place: string): Signers {
  const fields = object(value, place);
  const roots = ['caPath', 'caData'] as const;
  checkKeys(fields, place, [...roots, 'oidcIssuer', 'subjectEmail']);
  return {
    kind: 'fulcio',
    roots: exactlyOne(fields, place, roots),
    issuer: filled(fields, place, 'oidcIssuer'),
    subject: { email: filled(fields, place, 'subjectEmail') },
  };
}

function filled(fields: Json, place: string, key: string): string {
  const value = text(fields[key], `${place}.${key}`);
  if (value === '') throw new PolicyError(`${place}.${key}`, 'must not be empty');
  return value;
}

function exactlyOne(fields: Json, place: string, names: readonly string[]): Material {
  const found = atMostOne(fields, place, names);
  if (found === undefined) throw new PolicyError(place, `must have exactly one of ${names.join(' and ')}`);
  return found;
}

function atMostOne(fields: Json, place: string, names: readonly string[]): Material | undefined {
  const [found, second] = materials(fields, place, names);
  if (second !== undefined) throw new PolicyError(place, `must have at most one of ${names.join(' and ')}`);
  return found?.[0];
}

/** What each of the fields that are there holds: names that end in s hold several, those with Path files. */
function materials(fields: Json, place: string, names: readonly string[]): readonly (readonly Material[])[] {
  return names
    .filter((name) => fields[name] !== undefined)
    .map((name) => {
      const at = `${place}.${name}`;
      const values = name.endsWith('s') ? list(fields[name], at) : [fields[name]];
      if (values.length === 0) throw new PolicyError(at, 'must not be empty');
      const isPath = /Paths?$/.test(name);
      return values.map((value) => (isPath ? fileAt(text(value, at), at) : { data: base64(text(value, at), at) }));
    });
}

function fileAt(path: string, place: string): Material {
  if (!/^(?:\/|[A-Za-z]:[\\/])/.test(path)) throw new PolicyError(place, 'must be an absolute path');
  return { path };
}

function base64(value: string, place: string): Uint8Array {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value) || value === '') {
    throw new PolicyError(place, 'must be base64');
  }
  return fromBase64(value);
}
