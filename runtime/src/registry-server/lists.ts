// What there is: repositories, tags, and what refers to a manifest (distribution spec, "Content Discovery").

import type { Digest } from '../spec/digest.ts';
import { mediaTypes } from '../spec/manifest.ts';
import { type RegistryReply, jsonReply } from './exchange.ts';
import type { RegistryIndex } from './index/index.ts';
import { pageOf } from './paging.ts';
import { Refusal } from './refusal.ts';

const itself = (name: string): string => name;

/** Docker's list of repositories, which the distribution spec leaves to registries. */
export function listRepositories(index: RegistryIndex, query: URLSearchParams): RegistryReply {
  const { entries, headers } = pageOf(index.names(), itself, '/v2/_catalog', query);
  return jsonReply({ repositories: entries }, { headers });
}

export function listTags(index: RegistryIndex, repository: string, query: URLSearchParams): RegistryReply {
  const state = index.repository(repository);
  if (state === undefined) throw new Refusal('NAME_UNKNOWN', `there is no repository ${repository}`);
  const tags = [...state.tags.keys()].toSorted();
  const { entries, headers } = pageOf(tags, itself, `/v2/${repository}/tags/list`, query);
  return jsonReply({ name: repository, tags: entries }, { headers });
}

/** An index of the manifests whose subject is `digest`, which need not be there. */
export function listReferrers(
  index: RegistryIndex,
  { repository, digest }: { readonly repository: string; readonly digest: Digest },
  query: URLSearchParams,
): RegistryReply {
  const wanted = query.get('artifactType') ?? '';
  const state = index.repository(repository);
  const all = (state?.referrersOf(digest) ?? []).flatMap((each) => {
    const manifest = state?.manifests.get(each);
    if (manifest === undefined || (wanted !== '' && manifest.artifactType !== wanted)) return [];
    const { mediaType, size, artifactType, annotations } = manifest;
    return [{ mediaType, digest: each, size, artifactType, annotations }];
  });
  const path = `/v2/${repository}/referrers/${digest}`;
  const { entries, headers } = pageOf(all, (descriptor) => descriptor.digest, path, query);
  const applied = wanted === '' ? headers : { ...headers, 'OCI-Filters-Applied': 'artifactType' };
  const list = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries };
  return jsonReply(list, { type: mediaTypes.ociIndex, headers: applied });
}
