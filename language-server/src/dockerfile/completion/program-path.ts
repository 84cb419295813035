const usual = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The folders of a PATH; of Docker's own one where none is known. */
export function imageProgramPath(path: string | undefined): string[] {
  return (path ?? usual).split(':').filter((folder) => folder.startsWith('/'));
}
