// A whole copy of an image's layers: the root of a container where no overlay can be mounted. Blocks are shared with the layers
// where the file system can do that without either side noticing (reflinks); inodes never are.
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "duties.h"
#include "layers.h"

enum { path_room = 4096, chunk = 64 << 20, attribute_room = 64 * 1024 };

// A file with several names in one layer has them in the copy as well.
struct linked {
  struct linked *next;
  dev_t device;
  ino_t inode;
  char path[];
};

struct copy {
  int root;
  char path[path_room]; // of the entry at hand; where an error happened
  size_t path_size;
  struct linked *linked[1024];
  char *attribute; // room for one value
};

// Nobody waits for the copy any more: the daemon has gone, and the next one removes what there is of it.
static bool unwanted(void) {
  struct pollfd daemon = {.fd = control_fd, .events = POLLRDHUP};
  return poll(&daemon, 1, 0) > 0;
}

static struct linked **slot_of(struct copy *copy, const struct stat *info) {
  struct linked **slot = &copy->linked[(info->st_ino ^ info->st_dev) % (sizeof copy->linked / sizeof *copy->linked)];
  while (*slot != NULL && ((*slot)->inode != info->st_ino || (*slot)->device != info->st_dev)) slot = &(*slot)->next;
  return slot;
}

static int remember(struct copy *copy, struct linked **slot, const struct stat *info) {
  struct linked *linked = malloc(sizeof *linked + copy->path_size + 1);
  if (linked == NULL) return ENOMEM;
  *linked = (struct linked){.device = info->st_dev, .inode = info->st_ino};
  memcpy(linked->path, copy->path, copy->path_size + 1);
  *slot = linked;
  return 0;
}

static int copy_by_hand(int from, int to) {
  static char buffer[256 * 1024];
  for (;;) {
    ssize_t got = read(from, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) return 0;
    if (write_full(to, buffer, (size_t)got) != 0) return errno;
    if (unwanted()) return EPIPE;
  }
}

static int copy_content(int from, int to) {
  if (ioctl(to, FICLONE, from) == 0) return 0;
  for (bool begun = false;; begun = true) {
    ssize_t put = copy_file_range(from, NULL, to, NULL, chunk, 0);
    if (put < 0 && errno == EINTR) continue;
    // Between some file systems it cannot be done; some older ones say that they copied nothing.
    if (!begun && put <= 0) return copy_by_hand(from, to);
    if (put <= 0) return put == 0 ? 0 : errno;
    if (unwanted()) return EPIPE;
  }
}

// What the file system does not keep, and what only a real root may set, is left out, as when layers are unpacked. Both are
// reached by names in /proc/self/fd, which is the working directory, since they may be open by name only.
static int copy_attributes(struct copy *copy, const char *from, const char *to) {
  char names[attribute_room];
  ssize_t total = listxattr(from, names, sizeof names);
  if (total < 0) return errno == ENOTSUP ? 0 : errno;
  for (const char *name = names; name < names + total; name += strlen(name) + 1) {
    if (is_overlay_attribute(name)) continue;
    ssize_t size = getxattr(from, name, copy->attribute, attribute_room);
    if (size < 0 && errno != ENODATA && errno != ENOTSUP) return errno;
    if (size >= 0 && setxattr(to, name, copy->attribute, (size_t)size, 0) != 0 && errno != ENOTSUP && errno != EPERM) return errno;
  }
  return 0;
}

// Owner first: changing it takes setuid bits and capabilities away.
static int copy_metadata(struct copy *copy, const struct stat *info, int from, int to) {
  char source[16], target[16];
  snprintf(source, sizeof source, "%d", from);
  snprintf(target, sizeof target, "%d", to);
  if (fchownat(to, "", info->st_uid, info->st_gid, AT_EMPTY_PATH) != 0) return errno;
  if (!S_ISLNK(info->st_mode) && fchmodat(AT_FDCWD, target, info->st_mode & 07777, 0) != 0) return errno;
  return copy_attributes(copy, source, target);
}

static int set_times(const struct stat *info, int directory, const char *name) {
  struct timespec times[2] = {info->st_mtim, info->st_mtim};
  return utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
}

static int make_file(int from, int to, const char *name) {
  int target = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (target < 0) return errno;
  int error = copy_content(from, target);
  if (close(target) != 0 && error == 0) error = errno;
  return error;
}

static int make_link(int from, int to, const char *name) {
  char target[path_room];
  ssize_t size = readlinkat(from, "", target, sizeof target - 1);
  if (size < 0) return errno;
  target[size] = 0;
  return symlinkat(target, to, name) == 0 ? 0 : errno;
}

static int make_node(const struct stat *info, int to, const char *name) {
  return mknodat(to, name, (info->st_mode & S_IFMT) | 0600, info->st_rdev) == 0 ? 0 : errno;
}

// Anything but a directory.
static int copy_node(struct copy *copy, int layer, const struct layer_entry *entry, int to) {
  const struct stat *info = &entry->info;
  struct linked **slot = info->st_nlink > 1 ? slot_of(copy, info) : NULL;
  if (slot != NULL && *slot != NULL && linkat(copy->root, (*slot)->path, to, entry->name, 0) == 0) return 0;
  int how = S_ISREG(info->st_mode) ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH;
  int from = openat(layer, entry->name, how | O_NOFOLLOW | O_CLOEXEC);
  if (from < 0) return errno;
  int error = S_ISREG(info->st_mode)   ? make_file(from, to, entry->name)
              : S_ISLNK(info->st_mode) ? make_link(from, to, entry->name)
                                       : make_node(info, to, entry->name);
  int made = error != 0 ? -1 : openat(to, entry->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (error == 0) error = made < 0 ? errno : copy_metadata(copy, info, from, made);
  if (error == 0) error = set_times(info, to, entry->name);
  if (error == 0 && slot != NULL && *slot == NULL) error = remember(copy, slot, info);
  if (made >= 0) close(made);
  close(from);
  return error;
}

static int copy_directory(struct copy *copy, const struct layers *from, int to);

static int copy_below(struct copy *copy, const struct layers *from, const struct layer_entry *entry, int to) {
  struct layers below;
  if (mkdirat(to, entry->name, 0700) != 0) return errno;
  int made = openat(to, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (made < 0) return errno;
  int error = layers_below(from, entry, &below);
  if (error == 0) {
    error = copy_directory(copy, &below, made);
    if (error == 0) error = copy_metadata(copy, &entry->info, below.fds[0], made);
    layers_close(&below);
  }
  close(made);
  return error != 0 ? error : set_times(&entry->info, to, entry->name);
}

static int copy_entry(struct copy *copy, const struct layers *from, const struct layer_entry *entry, int to) {
  size_t outer = copy->path_size, start = outer == 0 ? 0 : outer + 1, length = strlen(entry->name);
  if (start + length >= path_room) return ENAMETOOLONG;
  if (outer > 0) copy->path[outer] = '/';
  memcpy(copy->path + start, entry->name, length + 1);
  copy->path_size = start + length;
  int error = unwanted()                        ? EPIPE
              : S_ISDIR(entry->info.st_mode) ? copy_below(copy, from, entry, to)
                                             : copy_node(copy, from->fds[entry->layer], entry, to);
  if (error != 0) return error; // the path says where
  copy->path_size = outer;
  copy->path[outer] = 0;
  return 0;
}

static int copy_directory(struct copy *copy, const struct layers *from, int to) {
  struct layer_list list;
  int error = layers_list(from, &list);
  if (error != 0) return error;
  for (size_t i = 0; i < list.count && error == 0; i++) error = copy_entry(copy, from, &list.entries[i], to);
  layers_free(&list);
  return error;
}

static int copy_all(struct copy *copy, const struct layers *layers) {
  struct stat info;
  int error = copy_directory(copy, layers, copy->root);
  if (error != 0 || layers->count == 0) return error;
  if (fstat(layers->fds[0], &info) != 0) return errno;
  error = copy_metadata(copy, &info, layers->fds[0], copy->root);
  return error != 0 ? error : set_times(&info, copy->root, ".");
}

static void run(uint32_t id, const char *target, char **paths, size_t count) {
  static struct copy copy;
  struct layers layers;
  struct rlimit files;
  size_t at;
  close_except(3, &control_fd, 1);
  umask(0);
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max; // some for each level of a deep tree
    setrlimit(RLIMIT_NOFILE, &files);
  }
  copy.attribute = malloc(attribute_room);
  copy.root = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int error = copy.attribute == NULL ? ENOMEM : copy.root < 0 || chdir("/proc/self/fd") != 0 ? errno : 0;
  if (error != 0) reply(id, error, "open %s", target);
  if (error != 0) _exit(1);
  error = layers_open(&layers, paths, count, &at);
  if (error != 0) reply(id, error, "open %s", paths[at]);
  if (error != 0) _exit(1);
  reply(id, copy_all(&copy, &layers), "copy /%s to %s", copy.path, target);
  _exit(0);
}

void do_copy_layers(struct request *request) {
  const char *target = next_string(request);
  size_t count;
  char **paths = next_list(request, &count);
  if (!refuse_malformed(request) && fork_duty(request, "coracle-copy")) run(request->id, target, paths, count);
  free(paths);
}
