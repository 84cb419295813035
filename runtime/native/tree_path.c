// From names to descriptors. The process is chrooted, and on top of that openat2 resolves below the root and through none
// of the links that /proc makes up.
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tree.h"

static int open_below(struct tree *tree, const char *path, int flags) {
  struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC), .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  if (*path == 0) path = ".";
  int fd = (int)syscall(SYS_openat2, tree->root, path, &how, sizeof how);
  // Before Linux 5.6 the chroot alone has to do.
  return fd < 0 && errno == ENOSYS ? openat(tree->root, path, flags | O_CLOEXEC) : fd;
}

int resolve(struct tree *tree, const char *path, int flags) {
  return open_below(tree, path, flags);
}

void forget_parent(struct tree *tree) {
  if (tree->parent >= 0) close(tree->parent);
  tree->parent = -1;
}

static int make_directories(struct tree *tree, const char *path) {
  int fd = open_below(tree, path, O_PATH | O_DIRECTORY);
  if (fd >= 0 || errno != ENOENT) return fd;
  char above[path_limit];
  const char *slash = strrchr(path, '/');
  size_t length = slash == NULL ? 0 : (size_t)(slash - path);
  memcpy(above, path, length);
  above[length] = 0;
  int parent = make_directories(tree, above);
  if (parent < 0) return -1;
  int failed = mkdirat(parent, slash == NULL ? path : slash + 1, 0755);
  int error = errno;
  close(parent);
  if (failed != 0 && error != EEXIST) {
    errno = error;
    return -1;
  }
  return open_below(tree, path, O_PATH | O_DIRECTORY);
}

int resolve_parent(struct tree *tree, const char *path, const char **name, bool make) {
  const char *slash = strrchr(path, '/');
  *name = slash == NULL ? path : slash + 1;
  if (**name == 0 || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0) {
    errno = EINVAL;
    return -1;
  }
  size_t length = slash == NULL ? 0 : (size_t)(slash - path);
  bool known = tree->parent >= 0 && strncmp(tree->parent_path, path, length) == 0 && tree->parent_path[length] == 0;
  if (known) return tree->parent;
  forget_parent(tree);
  memcpy(tree->parent_path, path, length);
  tree->parent_path[length] = 0;
  tree->parent = open_below(tree, tree->parent_path, O_PATH | O_DIRECTORY);
  if (tree->parent < 0 && errno == ENOENT && make) tree->parent = make_directories(tree, tree->parent_path);
  return tree->parent;
}
