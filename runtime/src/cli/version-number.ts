// The version of this command line; a test holds it to the manifest's.

export const clientVersion = '0.1.0';
