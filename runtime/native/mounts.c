// mount(2) and umount2(2), trees removed, and sealed copies of programs.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "duties.h"
#include "files.h"
#include "mounts.h"

unsigned long kept_flags(const char *path) {
  static const struct {
    unsigned long shown, flag;
  } pairs[] = {{ST_NOSUID, MS_NOSUID},   {ST_NODEV, MS_NODEV},           {ST_NOEXEC, MS_NOEXEC},
               {ST_NOATIME, MS_NOATIME}, {ST_NODIRATIME, MS_NODIRATIME}, {ST_RELATIME, MS_RELATIME}};
  struct statvfs info;
  unsigned long flags = 0;
  if (statvfs(path, &info) != 0) return 0;
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    if ((info.f_flag & pairs[i].shown) != 0) flags |= pairs[i].flag;
  }
  return flags;
}

void do_mount(struct request *request) {
  const char *source = next_string(request), *target = next_string(request), *type = next_string(request);
  unsigned long flags = (unsigned long)next_int(request, 0, 0x7fffffff);
  const char *data = next_string(request), *cwd = next_string(request);
  if (refuse_malformed(request)) return;
  if (*cwd != 0 && chdir(cwd) != 0) {
    reply(request->id, errno, "chdir %s", cwd);
    return;
  }
  int error = mount(source, target, type, flags, *data == 0 ? NULL : data) == 0 ? 0 : errno;
  bool anew = (flags & (MS_REMOUNT | MS_BIND)) == (MS_REMOUNT | MS_BIND);
  if (error == EPERM && anew) error = mount(source, target, type, flags | kept_flags(target), NULL) == 0 ? 0 : errno;
  if (*cwd != 0 && chdir("/") != 0 && error == 0) error = errno;
  reply(request->id, error, "mount %s on %s", type, target);
}

static int unmount(const char *target, const char *lazy) {
  int error = umount2(target, UMOUNT_NOFOLLOW | (*lazy != 0 ? MNT_DETACH : 0)) == 0 ? 0 : errno;
  return error == EINVAL || error == ENOENT ? 0 : error; // not mounted, or not there
}

// Aside: an unmount that writes a file system out takes milliseconds.
void do_unmount(struct request *request) {
  const char *target = next_string(request);
  bool lazy = next_int(request, 0, 1) == 1;
  if (!refuse_malformed(request)) run_aside(request, "unmount", unmount, target, lazy ? "lazy" : "");
}

static int remove_tree(const char *path, const char *unused) {
  (void)unused;
  return remove_at(AT_FDCWD, path);
}

void do_remove_tree(struct request *request) {
  const char *path = next_string(request);
  size_t length = strlen(path);
  if (path[0] != '/' || path[length - 1] == '/') request->bad = true; // a name must be left to be removed
  if (!refuse_malformed(request)) run_aside(request, "remove", remove_tree, path, "");
}

// Aside as well: one of the mounts may be the last of its file system.
void do_clear_folder(struct request *request) {
  const char *path = next_string(request), *kept = next_string(request);
  if (path[0] != '/') request->bad = true;
  if (!refuse_malformed(request)) run_aside(request, "clear", clear_folder, path, kept);
}

void do_sync_files(struct request *request) {
  const char *path = next_string(request);
  if (refuse_malformed(request) || !fork_duty(request, "coracle-sync")) return;
  int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  bool synced = directory >= 0 && syncfs(directory) == 0;
  reply(request->id, synced ? 0 : errno, "sync %s", path);
  _exit(0);
}

static int copy_all(int from, int to) {
  for (;;) {
    ssize_t moved = sendfile(to, from, NULL, 1 << 30);
    if (moved < 0 && errno == EINTR) continue;
    if (moved <= 0) return (int)moved;
  }
}

void do_seal(struct request *request) {
  const char *path = next_string(request);
  if (refuse_malformed(request)) return;
  int from = open(path, O_RDONLY | O_CLOEXEC);
  if (from < 0) {
    reply(request->id, errno, "open %s", path);
    return;
  }
  int copy = memfd_create("coracle-sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  int all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (copy < 0 || copy_all(from, copy) != 0 || fchmod(copy, 0555) != 0 || fcntl(copy, F_ADD_SEALS, all) != 0) {
    reply(request->id, errno, "seal %s", path);
    if (copy >= 0) close(copy);
  } else {
    // The descriptor stays open: it is what the path means.
    reply(request->id, 0, "/proc/%d/fd/%d", (int)getpid(), copy);
  }
  close(from);
}
