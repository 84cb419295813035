// Registries that everybody knows, as names of images have them.

export const hubDomain = 'docker.io';
export const githubDomain = 'ghcr.io';
