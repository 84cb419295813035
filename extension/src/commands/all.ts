// The table of verbs; those that need a machine are in `machine.ts`. Each is a command of the same id in the manifest; a test holds the two together.

import { buildAgain } from './build/again.ts';
import { buildAndRun } from './build/build-and-run.ts';
import { buildImage, buildImageAs, buildWithoutCache } from './build/build-image.ts';
import { buildStage } from './build/build-stage.ts';
import { cancelBuild } from './build/cancel.ts';
import type { DockerfileVerb } from './build/dockerfile.ts';
import { inspectBuild } from './build/inspect.ts';
import { buildLog } from './build/log.ts';
import { openLine } from './build/open-line.ts';
import { pruneBuildCache } from './build/prune.ts';
import { removeBuild } from './build/remove.ts';
import { stepShell, stepShellBefore } from './build/shell.ts';
import { attach } from './container/attach.ts';
import { copyContainerAddress } from './container/copy-address.ts';
import { copyContainerId } from './container/copy-id.ts';
import { copyContainerImage } from './container/copy-image.ts';
import { copyContainerName } from './container/copy-name.ts';
import { exec } from './container/exec.ts';
import { inspectContainer } from './container/inspect.ts';
import { kill } from './container/kill.ts';
import { logs, logsSince } from './container/logs.ts';
import { openInBrowser } from './container/open.ts';
import { pause } from './container/pause.ts';
import { pruneContainers } from './container/prune.ts';
import { remove as removeContainer } from './container/remove.ts';
import { rename } from './container/rename.ts';
import { restart } from './container/restart.ts';
import { searchContainerLogs } from './container/search-logs.ts';
import { shell, shellAs } from './container/shell.ts';
import { start } from './container/start.ts';
import { stats } from './container/stats.ts';
import { stop } from './container/stop.ts';
import { top } from './container/top.ts';
import { unpause } from './container/unpause.ts';
import { copyImageDigest } from './image/copy-digest.ts';
import { copyImageId } from './image/copy-id.ts';
import { copyImageName } from './image/copy-name.ts';
import { history } from './image/history.ts';
import { inspectImage } from './image/inspect.ts';
import { load } from './image/load.ts';
import { pruneImages } from './image/prune.ts';
import { pull, pullAgain } from './image/pull.ts';
import { push } from './image/push.ts';
import { remove as removeImage } from './image/remove.ts';
import { run, runNew } from './image/run.ts';
import { save } from './image/save.ts';
import { tag } from './image/tag.ts';
import { connect } from './network/connect.ts';
import { copyNetworkId } from './network/copy-id.ts';
import { copyNetworkName } from './network/copy-name.ts';
import { createNetwork } from './network/create.ts';
import { disconnect } from './network/disconnect.ts';
import { inspectNetwork } from './network/inspect.ts';
import { pruneNetworks } from './network/prune.ts';
import { remove as removeNetwork } from './network/remove.ts';
import { diskUsage } from './system/df.ts';
import { pruneSystem } from './system/prune.ts';
import type { BuildTarget, ContainerTarget, ImageTarget, NetworkTarget, VolumeTarget } from './targets.ts';
import type { PlainVerb, TargetVerb } from './verb.ts';
import { copyVolumeName } from './volume/copy-name.ts';
import { createVolume } from './volume/create.ts';
import { inspectVolume } from './volume/inspect.ts';
import { pruneVolumes } from './volume/prune.ts';
import { remove as removeVolume } from './volume/remove.ts';

export const containerVerbs: readonly TargetVerb<ContainerTarget>[] = [
  start,
  stop,
  restart,
  pause,
  unpause,
  kill,
  rename,
  removeContainer,
  logs,
  logsSince,
  searchContainerLogs,
  shell,
  shellAs,
  exec,
  attach,
  inspectContainer,
  top,
  stats,
  openInBrowser,
  copyContainerId,
  copyContainerName,
  copyContainerAddress,
  copyContainerImage,
];

export const imageVerbs: readonly TargetVerb<ImageTarget>[] = [
  run,
  pullAgain,
  push,
  tag,
  save,
  history,
  inspectImage,
  removeImage,
  copyImageId,
  copyImageName,
  copyImageDigest,
];

export const volumeVerbs: readonly TargetVerb<VolumeTarget>[] = [inspectVolume, removeVolume, copyVolumeName];

export const networkVerbs: readonly TargetVerb<NetworkTarget>[] = [
  connect,
  disconnect,
  inspectNetwork,
  removeNetwork,
  copyNetworkId,
  copyNetworkName,
];

export const buildVerbs: readonly TargetVerb<BuildTarget>[] = [
  buildLog,
  stepShell,
  stepShellBefore,
  openLine,
  inspectBuild,
  buildAgain,
  cancelBuild,
  removeBuild,
];

export const dockerfileVerbs: readonly DockerfileVerb[] = [
  buildImage,
  buildImageAs,
  buildStage,
  buildWithoutCache,
  buildAndRun,
];

export const plainVerbs: readonly PlainVerb[] = [
  runNew,
  pruneContainers,
  pull,
  load,
  pruneImages,
  createVolume,
  pruneVolumes,
  createNetwork,
  pruneNetworks,
  pruneBuildCache,
  diskUsage,
  pruneSystem,
];
