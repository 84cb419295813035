// BuildKit's API with the linter that answers its checks. A script of its own: few need it.

import { type BuildKit, type BuildKitDeps, createBuildKit } from '../buildkit/buildkit.ts';
import { lintDockerfile } from './linter.ts';

export function makeBuildKit(deps: Omit<BuildKitDeps, 'lint'>): BuildKit {
  return createBuildKit({ ...deps, lint: lintDockerfile });
}
