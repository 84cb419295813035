// The verbs that need a machine: its files as they are, and what is known of engines on it.

import { copyFrom } from './container/copy-from.ts';
import { copyTo } from './container/copy-to.ts';
import { createContext } from './context/create.ts';
import type { ContextVerb } from './context/host.ts';
import { inspectContext } from './context/inspect.ts';
import { removeContext } from './context/remove.ts';
import { useContext } from './context/use.ts';
import type { ContainerTarget } from './targets.ts';
import type { TargetVerb } from './verb.ts';

export const machineVerbs: readonly TargetVerb<ContainerTarget>[] = [copyFrom, copyTo];

export const contextVerbs: readonly ContextVerb[] = [useContext, createContext, inspectContext, removeContext];
