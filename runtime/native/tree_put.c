// Writing into the tree: entries created or replaced, times of directories once their children are in, removal.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "files.h"
#include "tree.h"
#include "wire.h"

// Beyond so many directories their times are set at once and later children may change them again.
static const size_t times_limit = 1 << 18;

static struct timespec time_of(int64_t ns) {
  int64_t seconds = ns / 1000000000, rest = ns % 1000000000;
  if (rest < 0) {
    seconds--;
    rest += 1000000000;
  }
  return (struct timespec){.tv_sec = seconds, .tv_nsec = rest};
}

static void fail(struct tree *tree, int error, const char *call, const char *path) {
  if (tree->failure != 0) return;
  tree->failure = error;
  snprintf(tree->failure_text, sizeof tree->failure_text, "%s %s", call, *path == 0 ? "/" : path);
  tree_error(tree, 'F', error, call, path);
  tree_send(tree); // so that the sender can stop early
}

// Attributes that the file system cannot keep are dropped, as Docker does; so are those that only a real root may set.
static int set_attributes(int fd, const struct entry *entry) {
  char self[16];
  snprintf(self, sizeof self, "%d", fd);
  const unsigned char *at = entry->attributes, *end = at + entry->attributes_size;
  while (end - at >= 6) {
    size_t name_size = at[0] | (size_t)at[1] << 8;
    size_t value_size = at[2] | (size_t)at[3] << 8 | (size_t)at[4] << 16 | (size_t)at[5] << 24;
    at += 6;
    char name[256];
    if (name_size >= sizeof name || value_size > (size_t)(end - at) || name_size > (size_t)(end - at) - value_size) return EINVAL;
    memcpy(name, at, name_size);
    name[name_size] = 0;
    at += name_size;
    if (setxattr(self, name, at, value_size, 0) != 0 && errno != ENOTSUP && errno != EPERM) return errno;
    at += value_size;
  }
  return 0;
}

// Owner first: changing it takes setuid bits and capabilities away.
static int set_metadata(int fd, const struct entry *entry) {
  if (fchownat(fd, "", entry->uid, entry->gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) return errno;
  if (entry->type != 'l') {
    char self[16];
    snprintf(self, sizeof self, "%d", fd);
    if (fchmodat(AT_FDCWD, self, entry->mode, 0) != 0) return errno;
  }
  return set_attributes(fd, entry);
}

static void remember_time(struct tree *tree, const struct entry *entry) {
  if (tree->times_count == times_limit) tree_set_times(tree);
  if (tree->times_count == tree->times_room) {
    size_t room = tree->times_room == 0 ? 256 : tree->times_room * 2;
    struct directory_time *times = realloc(tree->times, room * sizeof *times);
    if (times == NULL) return;
    tree->times = times;
    tree->times_room = room;
  }
  char *path = strdup(entry->path);
  if (path != NULL) tree->times[tree->times_count++] = (struct directory_time){path, entry->mtime_ns};
}

void tree_set_times(struct tree *tree) {
  for (size_t i = 0; i < tree->times_count; i++) {
    struct timespec times[2] = {time_of(tree->times[i].mtime_ns), time_of(tree->times[i].mtime_ns)};
    const char *path = tree->times[i].path, *name = ".";
    // A directory that was removed or replaced meanwhile has no time to be set.
    int parent = *path == 0 ? tree->root : resolve_parent(tree, path, &name, false);
    if (parent >= 0) utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW);
    free(tree->times[i].path);
  }
  tree->times_count = 0;
}

// 0 or an errno.
static int replace(struct tree *tree, int parent, const char *name) {
  // The directory that goes may be the cached one of the next entry, or lie above it.
  int copy = fcntl(parent, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return errno;
  int error = remove_at(copy, name);
  forget_parent(tree);
  close(copy);
  return error;
}

static int make_directory(int parent, const char *name) {
  if (mkdirat(parent, name, 0700) == 0) return 0;
  struct stat info;
  if (errno != EEXIST) return errno;
  if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  return S_ISDIR(info.st_mode) ? 0 : EEXIST;
}

static int make_hard_link(struct tree *tree, int parent, const char *name, const struct entry *entry) {
  char above[path_limit];
  const char *target = entry->link;
  while (*target == '/') target++;
  const char *slash = strrchr(target, '/'), *last = slash == NULL ? target : slash + 1;
  size_t length = slash == NULL ? 0 : (size_t)(slash - target);
  memcpy(above, target, length);
  above[length] = 0;
  if (*last == 0 || is_dot(last)) return EINVAL;
  int directory = resolve(tree, above, O_PATH | O_DIRECTORY);
  if (directory < 0) return errno;
  struct stat from, to;
  int error = linkat(directory, last, parent, name, 0) == 0 ? 0 : errno;
  if (error == EEXIST && fstatat(directory, last, &from, AT_SYMLINK_NOFOLLOW) == 0 &&
      fstatat(parent, name, &to, AT_SYMLINK_NOFOLLOW) == 0 && from.st_dev == to.st_dev && from.st_ino == to.st_ino) {
    error = 0; // it is that file already
  }
  close(directory);
  return error;
}

static int make_node(int parent, const char *name, const struct entry *entry, mode_t kind) {
  dev_t device = kind == S_IFCHR || kind == S_IFBLK ? makedev(entry->major, entry->minor) : 0;
  return mknodat(parent, name, kind | 0600, device) == 0 ? 0 : errno;
}

static int make(struct tree *tree, int parent, const char *name, const struct entry *entry) {
  switch (entry->type) {
    case 'd': return make_directory(parent, name);
    case 'l': return symlinkat(entry->link, parent, name) == 0 ? 0 : errno;
    case 'h': return make_hard_link(tree, parent, name, entry);
    case 'c': return make_node(parent, name, entry, S_IFCHR);
    case 'b': return make_node(parent, name, entry, S_IFBLK);
    case 'p': return make_node(parent, name, entry, S_IFIFO);
    case 's': return make_node(parent, name, entry, S_IFSOCK);
    default: return EINVAL;
  }
}

// Anything but a regular file. 0 or an errno.
static int put_other(struct tree *tree, const struct entry *entry) {
  const char *name = ".";
  bool is_root = *entry->path == 0;
  if (is_root && entry->type != 'd') return EINVAL;
  int parent = is_root ? tree->root : resolve_parent(tree, entry->path, &name, true);
  if (parent < 0) return errno;
  int error = is_root ? 0 : make(tree, parent, name, entry);
  if (error == EEXIST) {
    error = replace(tree, parent, name);
    if (error != 0) return error;
    parent = resolve_parent(tree, entry->path, &name, true);
    if (parent < 0) return errno;
    error = make(tree, parent, name, entry);
  }
  // A further name of a file adds nothing to it; setting the owner again would even take its capabilities away.
  if (error != 0 || entry->type == 'h') return error;
  int fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno;
  error = set_metadata(fd, entry);
  close(fd);
  if (error != 0) return error;
  if (entry->type == 'd') {
    remember_time(tree, entry);
    return 0;
  }
  struct timespec times[2] = {time_of(entry->mtime_ns), time_of(entry->mtime_ns)};
  return utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
}

static int create_file(struct tree *tree, const struct entry *entry) {
  const char *name;
  for (int attempt = 0; attempt < 2; attempt++) {
    int parent = resolve_parent(tree, entry->path, &name, true);
    if (parent < 0) return -1;
    int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0 || errno != EEXIST) return fd;
    int error = replace(tree, parent, name);
    if (error != 0) {
      errno = error;
      return -1;
    }
  }
  errno = EEXIST; // somebody in the container makes it as fast as we remove it
  return -1;
}

// Of what was just written: that costs less by a buffer which stays in the processor's cache than with copy_file_range, and where
// contents begin in an archive no block can be shared. 0 or an errno.
static int copy_range(int from, off_t at, size_t size, int to) {
  static char buffer[64 * 1024];
  while (size > 0) {
    ssize_t got = pread(from, buffer, size < sizeof buffer ? size : sizeof buffer, at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0 ? EIO : errno;
    if (write_full(to, buffer, (size_t)got) != 0) return errno;
    at += got;
    size -= (size_t)got;
  }
  return 0;
}

// A frame of content that lies in the other file.
static void take_copy(struct tree *tree, size_t size, int fd, int *error) {
  if (size != 16) _exit(1);
  const unsigned char *data = tree_need(tree, size);
  uint64_t at = get_long(data), length = get_long(data + 8);
  tree_take(tree, size);
  if (at > INT64_MAX || length > INT64_MAX || tree->contents < 0) _exit(1);
  if (fd >= 0 && *error == 0) *error = copy_range(tree->contents, (off_t)at, length, fd);
}

// Takes the content frames to the end whatever happens, and writes them while there is a file and `*error` is 0, which
// becomes the errno of the first failed write.
bool tree_content(struct tree *tree, int fd, int *error) {
  for (;;) {
    const unsigned char *head = tree_need(tree, frame_size);
    unsigned char type = head[0];
    size_t left = head[1] | (size_t)head[2] << 8 | (size_t)head[3] << 16 | (size_t)head[4] << 24;
    tree_take(tree, frame_size);
    if (type == 'd' || type == 'Q') return type == 'd';
    if (type == 'c') {
      take_copy(tree, left, fd, error);
      continue;
    }
    if (type != 'D') _exit(1);
    while (left > 0) {
      const unsigned char *data = tree_need(tree, 1);
      size_t have = tree->in_end - tree->in_start;
      if (have > left) have = left;
      if (fd >= 0 && *error == 0 && write_full(fd, data, have) != 0) *error = errno;
      tree_take(tree, have);
      left -= have;
    }
  }
}

static int finish_file(int fd, const struct entry *entry) {
  int error = set_metadata(fd, entry);
  struct timespec times[2] = {time_of(entry->mtime_ns), time_of(entry->mtime_ns)};
  if (error == 0 && futimens(fd, times) != 0) error = errno;
  return error;
}

static void put_file(struct tree *tree, struct entry *entry, size_t frame) {
  int fd = tree->failure != 0 ? -1 : create_file(tree, entry);
  int error = fd < 0 && tree->failure == 0 ? errno : 0;
  // The content overwrites the input buffer that the attributes lie in.
  unsigned char *attributes = NULL;
  if (entry->attributes_size > 0 && fd >= 0) {
    attributes = malloc(entry->attributes_size);
    if (attributes == NULL) error = ENOMEM;
    else memcpy(attributes, entry->attributes, entry->attributes_size);
    entry->attributes = attributes;
  }
  tree_take(tree, frame);
  bool whole = !entry->has_content || tree_content(tree, fd, &error);
  if (fd >= 0 && error == 0 && whole) error = finish_file(fd, entry);
  free(attributes);
  if (fd >= 0) close(fd);
  if (fd >= 0 && (error != 0 || !whole)) {
    const char *name;
    int parent = resolve_parent(tree, entry->path, &name, false);
    if (parent >= 0) unlinkat(parent, name, 0); // no half of a file stays
  }
  if (error != 0) fail(tree, error, "write", entry->path);
}

static void strip(char *path) {
  size_t leading = strspn(path, "/"), length = strlen(path);
  memmove(path, path + leading, length - leading + 1);
  for (length = strlen(path); length > 0 && path[length - 1] == '/';) path[--length] = 0;
}

void tree_put(struct tree *tree, struct entry *entry, size_t frame) {
  strip(entry->path);
  if (entry->type == 'f') {
    put_file(tree, entry, frame);
    return;
  }
  int error = tree->failure != 0 ? 0 : put_other(tree, entry);
  tree_take(tree, frame);
  if (entry->has_content) tree_content(tree, -1, &error);
  if (error != 0) fail(tree, error, "create", entry->path);
}

void tree_remove(struct tree *tree, const char *path) {
  char copy[path_limit];
  const char *name;
  copy_string(copy, sizeof copy, path);
  strip(copy);
  int parent = resolve_parent(tree, copy, &name, false);
  int error = parent >= 0 ? replace(tree, parent, name) : errno;
  if (error == 0 || error == ENOENT || error == ENOTDIR) tree_frame(tree, 'k', "", 0);
  else tree_error(tree, 'E', error, "remove", path);
}

void tree_empty(struct tree *tree, const char *path) {
  int fd = resolve(tree, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  int error = fd >= 0 ? empty_directory(fd) : errno;
  if (fd >= 0) close(fd);
  forget_parent(tree);
  if (error == 0 || error == ENOENT) tree_frame(tree, 'k', "", 0);
  else tree_error(tree, 'E', error, "empty", path);
}
