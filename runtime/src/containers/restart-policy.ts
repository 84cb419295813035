// Whether a container that ended is started again, and when: Docker's policies with a back-off of 100 ms that doubles up
// to a minute and begins anew once the container has run for ten seconds.

import type { Container } from './container.ts';
import type { Room } from './room.ts';

const firstMs = 100;
const longestMs = 60_000;
const longRunMs = 10_000;

/** @returns milliseconds until the next start, undefined when there is none */
export function nextTry(room: Room, container: Container, exitCode: number, ranForMs: number): number | undefined {
  if (room.closing.signal.aborted || container.stopRequested || container.removing) return undefined;
  if (!wantsRestart(container, exitCode)) return undefined;
  const before = ranForMs >= longRunMs ? 0 : container.backoffMs;
  container.backoffMs = before === 0 ? firstMs : Math.min(before * 2, longestMs);
  return container.backoffMs;
}

function wantsRestart(container: Container, exitCode: number): boolean {
  const { hostConfig, restartCount, stoppedByUser } = container.record;
  const most = hostConfig.RestartPolicy?.MaximumRetryCount ?? 0;
  switch (hostConfig.RestartPolicy?.Name) {
    case 'always':
      return true;
    case 'unless-stopped':
      return !stoppedByUser;
    case 'on-failure':
      return exitCode !== 0 && (most === 0 || restartCount < most);
    default:
      return false;
  }
}

/** Whether a new daemon starts a container that it found ended. */
export function wantsStartAtBoot(container: Container, exitCode: number): boolean {
  return container.record.everStarted && wantsRestart(container, exitCode);
}
