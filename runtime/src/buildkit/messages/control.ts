// moby.buildkit.v1.Control: api/services/control/control.proto of BuildKit.

import { bytes, flag, integer, list, map, message, nested, text, texts, type ValueOf } from '../protobuf/message.ts';
import {
  buildkitVersion,
  definition,
  definitions,
  range,
  sourceInfo,
  status,
  timestamp,
  workerRecord,
} from './common.ts';

export const infoResponse = message({ buildkitVersion: nested(1, buildkitVersion) });

export const listWorkersResponse = message({ record: list(nested(1, workerRecord)) });

const cacheOptionsEntry = message({ type: text(1), attrs: texts(2) });

export const exporter = message({ type: text(1), attrs: texts(2) });

export const solveRequest = message({
  ref: text(1),
  definition: nested(2, definition),
  exporterDeprecated: text(3),
  exporterAttrsDeprecated: texts(4),
  session: text(5),
  frontend: text(6),
  frontendAttrs: texts(7),
  cache: nested(
    8,
    message({ exports: list(nested(4, cacheOptionsEntry)), imports: list(nested(5, cacheOptionsEntry)) }),
  ),
  entitlements: list(text(9)),
  frontendInputs: definitions(10),
  internal: flag(11),
  exporters: list(nested(13, exporter)),
});
export type SolveRequest = ValueOf<typeof solveRequest>;

export const solveResponse = message({ exporterResponse: texts(1) });

export const statusRequest = message({ ref: text(1) });

export const vertex = message({
  digest: text(1),
  inputs: list(text(2)),
  name: text(3),
  cached: flag(4),
  started: nested(5, timestamp),
  completed: nested(6, timestamp),
  error: text(7),
});
export type Vertex = ValueOf<typeof vertex>;

const vertexStatus = message({
  id: text(1),
  vertex: text(2),
  name: text(3),
  current: integer(4),
  total: integer(5),
  timestamp: nested(6, timestamp),
  started: nested(7, timestamp),
  completed: nested(8, timestamp),
});

/** `stream`: 1 is stdout, 2 stderr. */
const vertexLog = message({ vertex: text(1), timestamp: nested(2, timestamp), stream: integer(3), msg: bytes(4) });

export const vertexWarning = message({
  vertex: text(1),
  level: integer(2),
  short: bytes(3),
  detail: list(bytes(4)),
  url: text(5),
  info: nested(6, sourceInfo),
  ranges: list(nested(7, range)),
});

export const statusResponse = message({
  vertexes: list(nested(1, vertex)),
  statuses: list(nested(2, vertexStatus)),
  logs: list(nested(3, vertexLog)),
  warnings: list(nested(4, vertexWarning)),
});
export type StatusResponse = ValueOf<typeof statusResponse>;

export const usageRecord = message({
  id: text(1),
  mutable: flag(2),
  inUse: flag(3),
  size: integer(4),
  createdAt: nested(6, timestamp),
  lastUsedAt: nested(7, timestamp),
  usageCount: integer(8),
  description: text(9),
  recordType: text(10),
  shared: flag(11),
});

export const diskUsageRequest = message({ filter: list(text(1)) });
export const diskUsageResponse = message({ record: list(nested(1, usageRecord)) });

/** `keepDuration` in nanoseconds, spaces in bytes. */
export const pruneRequest = message({
  filter: list(text(1)),
  all: flag(2),
  keepDuration: integer(3),
  reservedSpace: integer(4),
  maxUsedSpace: integer(5),
  minFreeSpace: integer(6),
});

export const buildHistoryRequest = message({
  activeOnly: flag(1),
  ref: text(2),
  earlyExit: flag(3),
  filter: list(text(4)),
  limit: integer(5),
});

export const buildHistoryEvents = { started: 0, complete: 1, deleted: 2 } as const;

const descriptor = message({ mediaType: text(1), digest: text(2), size: integer(3), annotations: texts(5) });

const buildHistoryRecord = message({
  ref: text(1),
  frontend: text(2),
  frontendAttrs: texts(3),
  exporters: list(nested(4, exporter)),
  error: nested(5, status),
  createdAt: nested(6, timestamp),
  completedAt: nested(7, timestamp),
  logs: nested(8, descriptor),
  exporterResponse: texts(9),
  results: map(11, (number) => nested(number, message({}))),
  generation: integer(12),
  numCachedSteps: integer(15),
  numTotalSteps: integer(16),
  numCompletedSteps: integer(17),
  numWarnings: integer(19),
});

export const buildHistoryEvent = message({ type: integer(1), record: nested(2, buildHistoryRecord) });

export const updateBuildHistoryRequest = message({ ref: text(1), pinned: flag(2), delete: flag(3), finalize: flag(4) });
