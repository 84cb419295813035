// The summary of `system df`: what each kind of thing takes, and what of it nothing needs.

import type { ContainerSummary } from '../spec/api/containers.ts';
import type { BuildCacheRecord, DiskUsage } from '../spec/api/system.ts';
import type { Volume } from '../spec/api/volumes.ts';
import { humanSize } from './units.ts';

export interface DiskUsageRow {
  readonly type: string;
  readonly total: number;
  readonly active: number;
  readonly size: number;
  readonly reclaimable: number;
  /** Whether a share of the whole is told. */
  readonly hasShare: boolean;
}

/** `1.2GB (40%)`: what nothing needs. */
export function reclaimableText(row: DiskUsageRow): string {
  const text = humanSize(row.reclaimable);
  return row.hasShare && row.size > 0 ? `${text} (${Math.trunc((row.reclaimable * 100) / row.size)}%)` : text;
}

/** What images, containers, volumes and the build cache take. */
export function diskUsageRows(usage: DiskUsage): DiskUsageRow[] {
  const images = usage.Images ?? [];
  const usedByImages = images
    .filter((image) => (image.Containers ?? 0) !== 0 && image.Size !== -1 && image.SharedSize !== -1)
    .map((image) => (image.Size ?? 0) - (image.SharedSize ?? 0));
  const layers = usage.LayersSize ?? 0;
  const containers = usage.Containers ?? [];
  const stopped = containers.filter((container) => !isActive(container));
  const volumes = usage.Volumes ?? [];
  const unused = volumes.filter((volume) => volume.UsageData?.RefCount === 0);
  const caches = usage.BuildCache ?? [];
  return [
    { type: 'Images', total: images.length, active: images.filter((image) => (image.Containers ?? 0) > 0).length, size: layers, reclaimable: layers - sum(usedByImages), hasShare: true },
    { type: 'Containers', total: containers.length, active: containers.length - stopped.length, size: sum(containers.map((one) => one.SizeRw ?? 0)), reclaimable: sum(stopped.map((one) => one.SizeRw ?? 0)), hasShare: true },
    { type: 'Local Volumes', total: volumes.length, active: volumes.filter((volume) => (volume.UsageData?.RefCount ?? 0) > 0).length, size: sum(volumes.map(volumeSize)), reclaimable: sum(unused.map(volumeSize)), hasShare: true },
    { type: 'Build Cache', total: caches.length, active: caches.filter((cache) => cache.InUse === true).length, size: cacheSize(caches), reclaimable: cacheSize(caches.filter((cache) => cache.InUse !== true)), hasShare: false },
  ];
} // prettier-ignore

function isActive({ State }: ContainerSummary): boolean {
  return State === 'running' || State === 'paused' || State === 'restarting';
}

function volumeSize(volume: Volume): number {
  return Math.max(0, volume.UsageData?.Size ?? 0);
}

export function cacheSize(caches: readonly BuildCacheRecord[]): number {
  return sum(caches.filter((cache) => cache.Shared !== true).map((cache) => cache.Size ?? 0));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
