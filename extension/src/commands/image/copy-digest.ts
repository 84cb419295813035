// Copies the name with the digest, by which anybody pulls the very same image.

import { l10n } from '../../l10n.ts';
import { copyVerb } from '../copy.ts';
import { images } from '../targets.ts';

export const copyImageDigest = copyVerb({
  id: 'coracle.image.copyDigest',
  noun: images,
  question: () => l10n.t('Choose images whose digests to copy'),
  of: async ({ id }, { client }) => (await client.images.inspect(id)).RepoDigests?.[0],
});
