// The table of verbs about registries. Each is a command of the same id in the manifest; a test holds the two together.

import { connectRegistry } from './connect.ts';
import { copyRegistryDigest, copyRegistryName } from './copy.ts';
import { disconnectRegistry } from './disconnect.ts';
import type { AnyRegistryVerb } from './host.ts';
import { inspectManifest } from './inspect.ts';
import { logInToRegistry } from './log-in.ts';
import { logOutOfRegistry } from './log-out.ts';
import { forgetRepository, nameRepository } from './name-repository.ts';
import { pullFromRegistry, runFromRegistry } from './pull.ts';
import { removeFromRegistry } from './remove.ts';

export const registryVerbs: readonly AnyRegistryVerb[] = [
  connectRegistry,
  disconnectRegistry,
  logInToRegistry,
  logOutOfRegistry,
  nameRepository,
  forgetRepository,
  pullFromRegistry,
  runFromRegistry,
  copyRegistryName,
  copyRegistryDigest,
  inspectManifest,
  removeFromRegistry,
];
