// Names that images of Dockerfiles get where nobody said one.

import { basename, dirname } from 'node:path';

/** `shop:latest` for `/src/shop/Dockerfile`, `shop-api:latest` for `/src/shop/api.Dockerfile`; a stage is the tag. */
export function defaultTag(dockerfile: string, stage: string): string {
  const file = basename(dockerfile);
  const variant =
    /^(?:docker|container)file\.(.+)$/i.exec(file)?.[1] ?? /^(.+)\.(?:docker|container)file$/i.exec(file)?.[1];
  const folder = nameOf(basename(dirname(dockerfile))) || 'image';
  const repository = variant === undefined || nameOf(variant) === '' ? folder : `${folder}-${nameOf(variant)}`;
  return `${repository}:${tagOf(stage) || 'latest'}`;
}

/** Of what a repository's name may be made of. */
function nameOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 100)
    .replaceAll(/^-|-$/g, '');
}

function tagOf(text: string): string {
  return text.replaceAll(/[^\w.-]+/g, '-').slice(0, 128);
}
