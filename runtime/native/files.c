// File trees removed. The depth that a container can build is bounded by nothing, so what lies deeper than the descriptors
// reach is first moved up.
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { deepest = 256 };

bool is_dot(const char *name) {
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

DIR *open_list(int directory) {
  int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return NULL;
  DIR *list = fdopendir(fd);
  if (list == NULL) close(fd);
  return list;
}

// A directory's own entry, not what may be mounted on it: whoever removes a folder does not mean the files mounted there.
static int open_entry(int directory, const char *name) {
  struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_NO_XDEV};
  int fd = (int)syscall(SYS_openat2, directory, name, &how, sizeof how);
  return fd < 0 && errno == ENOSYS ? openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : fd;
}

struct removal {
  int top;        // where directories that lie too deep are moved to
  unsigned moved; // makes their names
};

static int empty_below(struct removal *removal, int directory, int depth);

// A removal that failed may have left such names, and what is removed may have had them from the beginning.
static int move_up(struct removal *removal, int directory, const char *name) {
  char up[64];
  do {
    snprintf(up, sizeof up, ".coracle-removed-%u", removal->moved++);
    if (renameat(directory, name, removal->top, up) == 0) return 0;
  } while (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR);
  return errno;
}

static int remove_entry(struct removal *removal, int directory, const char *name, int depth) {
  if (unlinkat(directory, name, 0) == 0 || errno == ENOENT) return 0;
  if (errno != EISDIR && errno != EPERM) return errno;
  if (unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
  if (errno != ENOTEMPTY && errno != EEXIST) return errno;
  if (depth == deepest) return move_up(removal, directory, name);
  int below = open_entry(directory, name);
  if (below < 0) return errno;
  int error = empty_below(removal, below, depth + 1);
  close(below);
  if (error != 0) return error;
  return unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno;
}

static int empty_below(struct removal *removal, int directory, int depth) {
  DIR *list = open_list(directory);
  if (list == NULL) return errno;
  int error = 0;
  struct dirent *entry;
  while (error == 0 && (entry = readdir(list)) != NULL) {
    if (!is_dot(entry->d_name)) error = remove_entry(removal, directory, entry->d_name, depth);
  }
  closedir(list);
  return error;
}

int empty_directory(int directory) {
  struct removal removal = {.top = directory};
  unsigned moved;
  int error;
  // Whatever was moved up may have been overlooked by the list that was open at the time.
  do {
    moved = removal.moved;
    error = empty_below(&removal, directory, 0);
  } while (error == 0 && moved != removal.moved);
  return error;
}

static int remove_from(int directory, const char *name) {
  if (unlinkat(directory, name, 0) == 0 || errno == ENOENT) return 0;
  if (errno != EISDIR && errno != EPERM) return errno;
  int top = open_entry(directory, name);
  if (top < 0) return errno == ENOENT ? 0 : errno;
  int error = empty_directory(top);
  close(top);
  if (error != 0) return error;
  return unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno;
}

int remove_at(int directory, const char *path) {
  const char *slash = strrchr(path, '/');
  if (slash == NULL) return remove_from(directory, path);
  char above[4096];
  size_t length = (size_t)(slash - path) + 1; // with the slash, so that the root is one
  if (length >= sizeof above) return ENAMETOOLONG;
  memcpy(above, path, length);
  above[length] = 0;
  int parent = openat(directory, above, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (parent < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : errno;
  int error = remove_from(parent, slash + 1);
  close(parent);
  return error;
}

static const char owner_link[] = "id";

// Removes an entry, together with what is mounted on it. 0 or an errno.
static int clear_entry(int directory, const char *folder, const char *name) {
  if (unlinkat(directory, name, 0) == 0 || errno == ENOENT) return 0;
  if (errno != EISDIR && errno != EPERM && errno != EBUSY) return errno;
  char path[4200];
  if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path) return ENAMETOOLONG;
  if (umount2(path, UMOUNT_NOFOLLOW | MNT_DETACH) != 0 && errno != EINVAL) return errno; // EINVAL: not mounted
  if (unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
  if (errno != ENOTDIR) return errno;
  return unlinkat(directory, name, 0) == 0 || errno == ENOENT ? 0 : errno;
}

// All but the link. 0 or an errno; EBUSY where something stays.
static int clear_entries(int directory, const char *path, const char *kept) {
  DIR *list = open_list(directory);
  if (list == NULL) return errno;
  int error = 0;
  for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
    if (is_dot(entry->d_name) || strcmp(entry->d_name, owner_link) == 0) continue;
    int failed = strcmp(entry->d_name, kept) == 0 ? EBUSY : clear_entry(directory, path, entry->d_name);
    if (failed == ENOTEMPTY) failed = EBUSY;
    if (failed != 0 && (error == 0 || error == EBUSY)) error = failed;
  }
  closedir(list);
  return error;
}

int clear_folder(const char *path, const char *kept) {
  int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return errno == ENOENT ? 0 : errno;
  int error = clear_entries(directory, path, kept);
  // A shim that was killed, or ends just now, may leave a file as late as this.
  for (int tries = 0; error == 0 && tries < 3; tries++) {
    if (unlinkat(directory, owner_link, 0) != 0 && errno != ENOENT) error = errno;
    if (error != 0 || rmdir(path) == 0 || errno != ENOTEMPTY) break;
    error = clear_entries(directory, path, kept);
  }
  close(directory);
  return error == EBUSY ? 0 : error;
}
