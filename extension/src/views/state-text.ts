// How an engine is, in words.

import { l10n } from '../l10n.ts';
import type { EngineState } from '../model/engine-model.ts';

/** It cannot be reached, and the user may do something about it. */
export function isBad(state: EngineState): boolean {
  return state === 'failed' || state === 'denied' || state === 'unreachable';
}

export function stateText(state: EngineState): string {
  switch (state) {
    case 'idle':
      return l10n.t('nobody looks');
    case 'connecting':
      return l10n.t('connecting');
    case 'sleeping':
      return l10n.t('sleeping');
    case 'starting':
      return l10n.t('starting');
    case 'connected':
      return l10n.t('connected');
    case 'denied':
      return l10n.t('permission denied');
    case 'failed':
      return l10n.t('did not start');
    case 'unreachable':
      return l10n.t('does not answer');
  }
}
