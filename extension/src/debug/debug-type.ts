/** Of our configurations and sessions, as the manifest says it. */
export const debugType = 'coracle';
