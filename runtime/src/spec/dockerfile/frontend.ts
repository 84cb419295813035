// Which programs that read Dockerfiles ("frontends") are what this engine does by itself.

const ownFrontends = /^(?:(?:index\.)?docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@]|$)/;

/** @param image as `# syntax=` or BUILDKIT_SYNTAX names it, with any tag or digest */
export function isOwnFrontend(image: string): boolean {
  return ownFrontends.test(image);
}
