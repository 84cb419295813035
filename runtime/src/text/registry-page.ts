// The web page that a registry has for people about an image.

import { parseReference, type Reference } from '../spec/reference.ts';
import { EngineError } from '../spec/errors.ts';

type Page = (reference: Reference) => string | undefined;

const pages: ReadonlyMap<string, Page> = new Map<string, Page>([
  ['docker.io', hubPage],
  // GitHub leads to the package's page itself, whose address depends on whether the owner is a person.
  ['ghcr.io', ({ path }) => `https://ghcr.io/${path}`],
  ['quay.io', ({ path }) => `https://quay.io/repository/${path}`],
  ['mcr.microsoft.com', ({ path }) => `https://mcr.microsoft.com/artifact/mar/${path}/tags`],
  ['public.ecr.aws', ({ path }) => `https://gallery.ecr.aws/${path}`],
]);

/** @returns the page of an image's repository; undefined for a registry without pages and for what names no image */
export function registryPage(image: string): string | undefined {
  const reference = readReference(image);
  if (reference === undefined) return undefined;
  const { domain } = reference;
  // Google's registries lead a browser to their console.
  if (/^(?:[a-z]+\.)?gcr\.io$|^[a-z0-9-]+-docker\.pkg\.dev$/.test(domain)) return `https://${domain}/${reference.path}`;
  return pages.get(domain)?.(reference);
}

function hubPage({ path, tag }: Reference): string {
  const official = /^library\/([^/]+)$/.exec(path)?.[1];
  const page = official === undefined ? `https://hub.docker.com/r/${path}` : `https://hub.docker.com/_/${official}`;
  return tag === undefined ? page : `${page}/tags?name=${encodeURIComponent(tag)}`;
}

function readReference(image: string): Reference | undefined {
  try {
    return parseReference(image);
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}
