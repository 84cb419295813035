// `verify`: which signatures of an image at its registry are by a key, without an engine.

import { fullReference } from '../../spec/reference.ts';
import { verifyImage } from '../../trust/verify-image.ts';
import { command, ExitError } from '../command.ts';
import { findImage, readKeyFile } from '../find-image.ts';
import { bool, list } from '../flags/types.ts';

export const verify = command({
  usage: '[OPTIONS] IMAGE',
  long: `Verify the signatures of an image at its registry by a key

Prints each signature that is good as a line of JSON, and ends with status 1
when there is none. Whether the name that was signed is IMAGE is told, not
judged: a trust policy of the engine does that.`,
  args: { min: 1, max: 1 },
  completes: 'images',
  flags: {
    key: list('', 'A public key; may be repeated, one of them is enough', { type: 'path' }),
    'tls-verify': bool('', 'Insist on TLS and a valid certificate', true),
  },
  async run({ args: [name = ''], flags, session }) {
    if (flags.key.length === 0) throw new Error('--key names the public key');
    const keys = await Promise.all(flags.key.map(readKeyFile));
    const { reference, repository, found } = await findImage(session, name, flags['tls-verify']);
    const { verified, reasons } = await verifyImage(repository, { ...found, reference }, keys);
    for (const each of verified) session.print(JSON.stringify(each));
    if (verified.length > 0) return;
    const why = reasons.length === 0 ? 'no signature was found' : [...new Set(reasons)].join('; ');
    throw new ExitError(1, `${fullReference(reference)} (${found.digest}) is not signed by the key: ${why}`);
  },
});
