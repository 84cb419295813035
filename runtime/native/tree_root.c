// Into the tree: another process's mount namespace, or a private one with an overlay and binds, or a bare chroot.
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mounts.h"
#include "tree.h"
#include "wire.h"

static int open_in(int root, const char *path, uint64_t flags) {
  struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

// Makes what is missing of a mount point, links resolved inside the root. Gives its descriptor, -1 with errno.
static int make_target(int root, const char *path, bool directory) {
  char part[path_limit];
  while (*path == '/') path++;
  if (!copy_string(part, sizeof part, path)) {
    errno = ENAMETOOLONG;
    return -1;
  }
  int fd = open_in(root, *part == 0 ? "." : part, O_PATH);
  if (fd >= 0 || errno != ENOENT) return fd;
  char *slash = strrchr(part, '/');
  const char *name = slash == NULL ? part : slash + 1;
  if (slash != NULL) *slash = 0;
  int parent = slash == NULL ? open_in(root, ".", O_PATH) : make_target(root, part, true);
  if (parent < 0) return -1;
  if (directory) {
    if (mkdirat(parent, name, 0755) != 0 && errno != EEXIST) fd = -2;
  } else {
    int made = openat(parent, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (made < 0 && errno != EEXIST) fd = -2;
    if (made >= 0) close(made);
  }
  int error = errno;
  close(parent);
  errno = error;
  return fd == -2 ? -1 : open_in(root, path, O_PATH);
}

static int bind_inside(int root, const char *source, const char *target, bool read_only) {
  struct stat info;
  if (stat(source, &info) != 0) return errno;
  int fd = make_target(root, target, S_ISDIR(info.st_mode));
  if (fd < 0) return errno;
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int error = mount(source, path, NULL, MS_BIND | MS_REC, NULL) == 0 ? 0 : errno;
  close(fd);
  if (error != 0 || !read_only) return error;
  fd = make_target(root, target, S_ISDIR(info.st_mode)); // now the mount on top
  if (fd < 0) return errno;
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  error = mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | kept_flags(path), NULL) == 0 ? 0 : errno;
  close(fd);
  return error;
}

static int enter_private(const struct tree_place *place, const char **what) {
  *what = "private mounts";
  if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) return errno;
  if (*place->overlay != 0) {
    *what = "mount overlay";
    if (*place->cwd != 0 && chdir(place->cwd) != 0) return errno;
    if (mount("overlay", place->root, "overlay", 0, place->overlay) != 0) return errno;
  } else {
    *what = "bind";
    if (mount(place->root, place->root, NULL, MS_BIND | MS_REC, NULL) != 0) return errno;
  }
  int root = open(place->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return errno;
  for (size_t i = 0; i < place->bind_count; i += 3) {
    *what = place->binds[i + 1];
    int error = bind_inside(root, place->binds[i], place->binds[i + 1], place->binds[i + 2][0] == '1');
    if (error != 0) return error;
  }
  // Everything else is let go, so that no mount of the host is kept alive from here.
  *what = "pivot_root";
  if (fchdir(root) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0) return errno;
  close(root);
  return chdir("/") == 0 && chroot("/") == 0 ? 0 : errno;
}

static int enter_process(long pid, const char **what) {
  char path[64];
  *what = "join";
  snprintf(path, sizeof path, "/proc/%ld/ns/mnt", pid);
  int mounts = open(path, O_RDONLY | O_CLOEXEC);
  snprintf(path, sizeof path, "/proc/%ld/root", pid);
  int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (mounts < 0 || root < 0) return errno;
  if (setns(mounts, CLONE_NEWNS) != 0 || fchdir(root) != 0 || chroot(".") != 0) return errno;
  close(mounts);
  close(root);
  return chdir("/") == 0 ? 0 : errno;
}

int tree_enter(const struct tree_place *place, const char **what) {
  if (place->join_pid > 0) return enter_process(place->join_pid, what);
  if (*place->overlay != 0 || place->bind_count > 0) return enter_private(place, what);
  *what = "chroot";
  return chdir(place->root) == 0 && chroot(".") == 0 ? 0 : errno;
}
