// Names of images: `[domain/]path[:tag][@digest]`, the grammar and the defaults of Docker's reference package. What people
// type is the familiar form (`alpine`), what we compare is the full one (`docker.io/library/alpine`). Every expression
// here is deterministic (no nested repetition over the same characters), so hostile names cost linear time.

import { type Digest, parseDigest } from './digest.ts';
import { EngineError } from './errors.ts';

export interface Reference {
  /** `docker.io`, `localhost:5000`, … */
  readonly domain: string;
  /** `library/alpine` */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const defaultDomain = 'docker.io';
const legacyDefaultDomain = 'index.docker.io';
const officialPrefix = 'library/';
const maximumPathLength = 255;
/** Far above any name that can be valid: 255 of path, a DNS name, a tag, a digest. */
const maximumLength = 1024;

const pathPattern = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*$/;
const hostPattern = /^(?:[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*|\[[a-fA-F0-9:]+\])$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^[A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/**
 * Reads a name in familiar or full form; domain and `library/` are filled in, a tag is not (`withDefaultTag` does).
 * @throws EngineError invalidParameter in Docker's words
 */
export function parseReference(text: string): Reference {
  if (/^[a-f0-9]{64}$/.test(text)) {
    throw invalid(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  if (text.length > maximumLength) throw invalid('invalid reference format');
  const { domain, rest } = splitDomain(text);
  const colon = rest.indexOf(':');
  const remote = colon < 0 ? rest : rest.slice(0, colon);
  if (remote.toLowerCase() !== remote) {
    throw invalid(`invalid reference format: repository name (${remote}) must be lowercase`);
  }
  return parseParts(domain, rest);
}

function splitDomain(text: string): { domain: string; rest: string } {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  let domain = defaultDomain;
  let rest = text;
  if (first === legacyDefaultDomain) {
    rest = text.slice(slash + 1);
  } else if (slash >= 0 && (first === 'localhost' || /[.:]/.test(first) || first.toLowerCase() !== first)) {
    domain = first;
    rest = text.slice(slash + 1);
  }
  if (domain === defaultDomain && !rest.includes('/')) rest = officialPrefix + rest;
  return { domain, rest };
}

function parseParts(domain: string, rest: string): Reference {
  const at = rest.indexOf('@');
  const named = at < 0 ? rest : rest.slice(0, at);
  const digest = at < 0 ? undefined : rest.slice(at + 1);
  const colon = named.indexOf(':');
  const path = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  const valid =
    isDomain(domain) &&
    pathPattern.test(path) &&
    (tag === undefined || tagPattern.test(tag)) &&
    (digest === undefined || digestPattern.test(digest));
  if (!valid) throw invalid('invalid reference format');
  if (path.length > maximumPathLength) throw invalid('repository name must not be more than 255 characters');
  return {
    domain,
    path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest: parseDigest(digest) }),
  };
}

/** Whether it can be the name of a registry, with a port or without. */
export function isDomain(domain: string): boolean {
  const port = /:[0-9]+$/.exec(domain);
  return hostPattern.test(port === null ? domain : domain.slice(0, port.index));
}

/** Whether it names a repository of a registry, without the registry's own name. */
export function isRepositoryPath(text: string): boolean {
  return text.length <= maximumPathLength && pathPattern.test(text);
}

export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** Adds `:latest` when the reference has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: 'latest' } : reference;
}

/**
 * The reference with another tag and no digest.
 * @throws EngineError invalidParameter `invalid tag format`
 */
export function withTag(reference: Reference, tag: string): Reference {
  if (!tagPattern.test(tag)) throw invalid('invalid tag format');
  return { domain: reference.domain, path: reference.path, tag };
}

/** The reference with another digest and no tag. */
export function withDigest(reference: Reference, digest: Digest): Reference {
  return { domain: reference.domain, path: reference.path, digest };
}

/** `docker.io/library/alpine` */
export function fullName(reference: Reference): string {
  return `${reference.domain}/${reference.path}`;
}

/** `docker.io/library/alpine:latest@sha256:…` */
export function fullReference(reference: Reference): string {
  return fullName(reference) + suffix(reference);
}

/** The shortest name that means the same repository: `alpine`, `user/app`, `localhost:5000/x`. */
export function familiarName(reference: Reference): string {
  if (reference.domain !== defaultDomain) return fullName(reference);
  const official = /^library\/([^/]+)$/.exec(reference.path);
  return official?.[1] ?? reference.path;
}

/** `alpine:latest`, `alpine@sha256:…` */
export function familiarReference(reference: Reference): string {
  return familiarName(reference) + suffix(reference);
}

function suffix(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  return tag + (reference.digest === undefined ? '' : `@${reference.digest}`);
}

function invalid(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}
