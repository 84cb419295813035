// How a package is installed on a distribution.

/** Debian's name of a package -> what others call it. */
const otherNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  uidmap: { fedora: 'shadow-utils', arch: 'shadow', suse: 'shadow', alpine: 'shadow-uidmap' },
};

const managers: readonly (readonly [family: string, command: string])[] = [
  ['debian', 'sudo apt-get install -y'],
  ['fedora', 'sudo dnf install -y'],
  ['arch', 'sudo pacman -S --noconfirm'],
  ['suse', 'sudo zypper install -y'],
  ['alpine', 'sudo apk add'],
];

/** @param name Debian's @param osRelease the text of /etc/os-release */
export function installCommand(name: string, osRelease: string): string {
  const families = [...osRelease.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap(([, words = '']) =>
    words.split(' '),
  );
  const [family, command] = managers.find(([id]) =>
    families.some((each) => each.startsWith(id) || each === aliases[id]),
  ) ?? ['debian', 'sudo apt-get install -y'];
  return `${command} ${otherNames[name]?.[family] ?? name}`;
}

/** Distributions that do not name the family they belong to. */
const aliases: Readonly<Record<string, string>> = { fedora: 'rhel', debian: 'ubuntu', suse: 'opensuse' };
