// What differs in a tree from the layers that it was copied of.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "walk.h"

enum { names_room = 64 * 1024, content_room = 128 * 1024 };

// A directory that both have. It is told of once something of it or below it differs.
struct folder {
  struct folder *above;
  int fd;
  size_t path_size;
  bool told;
};

static void tell(struct walk *walk, struct folder *folder) {
  if (folder == NULL || folder->told) return;
  tell(walk, folder->above);
  folder->told = true;
  struct stat info;
  if (fstat(folder->fd, &info) != 0) {
    walk_fail(walk, "stat");
    return;
  }
  char next = walk->path[folder->path_size];
  walk->path[folder->path_size] = 0;
  info.st_size = 0;
  entry_send(walk->tree, walk->path, &info, "", 'd', folder->fd);
  walk->path[folder->path_size] = next;
}

static size_t count_attributes(const char *names, ssize_t size) {
  size_t count = 0;
  for (const char *name = names; name < names + size; name += strlen(name) + 1) count += !is_overlay_attribute(name);
  return count;
}

// Both are open, maybe by name only: they are reached by their names in /proc/self/fd, the working directory.
static bool same_attributes(int one, int other) {
  static char names[names_room], others[names_room], value[names_room], compared[names_room];
  char self[16], peer[16];
  snprintf(self, sizeof self, "%d", one);
  snprintf(peer, sizeof peer, "%d", other);
  ssize_t size = listxattr(self, names, sizeof names), others_size = listxattr(peer, others, sizeof others);
  if (size < 0 || others_size < 0) return size < 0 && others_size < 0;
  if (count_attributes(names, size) != count_attributes(others, others_size)) return false;
  for (const char *name = names; name < names + size; name += strlen(name) + 1) {
    if (is_overlay_attribute(name)) continue;
    ssize_t got = getxattr(self, name, value, sizeof value);
    if (got < 0 || getxattr(peer, name, compared, sizeof compared) != got || memcmp(value, compared, (size_t)got) != 0) return false;
  }
  return true;
}

static bool same_link(int one, int other) {
  static char target[path_limit], compared[path_limit];
  ssize_t size = readlinkat(one, "", target, sizeof target);
  return size >= 0 && readlinkat(other, "", compared, sizeof compared) == size && memcmp(target, compared, (size_t)size) == 0;
}

static bool same_content(struct walk *walk, int one, int other) {
  static char data[content_room], compared[content_room];
  for (off_t at = 0;;) {
    ssize_t got = pread(one, data, sizeof data, at);
    if (got < 0) return false;
    if (pread(other, compared, sizeof compared, at) != got || memcmp(data, compared, (size_t)got) != 0) return false;
    walk->cancelled = walk->cancelled || tree_cancelled(walk->tree);
    if (got == 0 || walk->cancelled) return true;
    at += got;
  }
}

// Opened each by the other's kind, which is the same.
static bool same_inside(struct walk *walk, const struct stat *info, int parent, int layer, const char *name) {
  int how = S_ISREG(info->st_mode) ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH;
  int one = openat(parent, name, how | O_NOFOLLOW | O_CLOEXEC), other = openat(layer, name, how | O_NOFOLLOW | O_CLOEXEC);
  bool same = one >= 0 && other >= 0 && same_attributes(one, other);
  if (same && S_ISREG(info->st_mode)) same = same_content(walk, one, other);
  if (same && S_ISLNK(info->st_mode)) same = same_link(one, other);
  if (one >= 0) close(one);
  if (other >= 0) close(other);
  return same;
}

static bool same_time(const struct timespec *one, const struct timespec *other) {
  return one->tv_sec == other->tv_sec && one->tv_nsec == other->tv_nsec;
}

// An inode that was not touched since the copy was whole needs no closer look. Its clock is a coarse one: at that very moment
// either may be.
static bool untouched(const struct walk *walk, const struct stat *info) {
  return (int64_t)info->st_ctim.tv_sec * 1000000000 + info->st_ctim.tv_nsec < walk->tree->copied_ns;
}

static bool same(struct walk *walk, int parent, const struct stat *info, int layer, const struct layer_entry *entry) {
  const struct stat *below = &entry->info;
  if (info->st_mode != below->st_mode || info->st_uid != below->st_uid || info->st_gid != below->st_gid) return false;
  if (!same_time(&info->st_mtim, &below->st_mtim)) return false;
  if (S_ISREG(info->st_mode) && info->st_size != below->st_size) return false;
  if ((S_ISCHR(info->st_mode) || S_ISBLK(info->st_mode)) && info->st_rdev != below->st_rdev) return false;
  return untouched(walk, info) || same_inside(walk, info, parent, layer, entry->name);
}

static void tell_whiteout(struct walk *walk) {
  struct stat info = {.st_mode = S_IFCHR};
  entry_send(walk->tree, walk->path, &info, "", 'c', -1);
}

static void compare_folder(struct walk *walk, const struct layers *layers, struct folder *folder);

static void compare_both(struct walk *walk, const struct layers *layers, const struct layer_entry *entry, struct folder *folder) {
  struct stat info;
  if (fstatat(folder->fd, entry->name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT) walk_fail(walk, "stat"); // else removed meanwhile
    return;
  }
  bool equal = same(walk, folder->fd, &info, layers->fds[entry->layer], entry);
  if (!S_ISDIR(info.st_mode) || !S_ISDIR(entry->info.st_mode)) {
    if (equal) return;
    tell(walk, folder);
    walk_entry(walk, folder->fd, entry->name);
    return;
  }
  struct layers below;
  struct folder inner = {.above = folder, .path_size = walk->path_size};
  inner.fd = openat(folder->fd, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (inner.fd < 0) {
    if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) walk_fail(walk, "open"); // else replaced meanwhile
    return;
  }
  int error = layers_below(layers, entry, &below);
  if (error == 0) {
    if (!equal) tell(walk, &inner);
    compare_folder(walk, &below, &inner);
    layers_close(&below);
  } else {
    errno = error;
    walk_fail(walk, "open layers of");
  }
  close(inner.fd);
}

static void compare_names(struct walk *walk, const struct layers *layers, const struct layer_list *list, struct folder *folder) {
  size_t count, at = 0, outer = folder->path_size;
  char **names = walk_names(folder->fd, &count);
  if (names == NULL) {
    walk_fail(walk, "list");
    return;
  }
  for (size_t i = 0; (i < count || at < list->count) && !walk_stopped(walk);) {
    const struct layer_entry *entry = at < list->count ? &list->entries[at] : NULL;
    int order = i == count ? 1 : entry == NULL ? -1 : strcmp(names[i], entry->name);
    if (!walk_down(walk, outer, order > 0 ? entry->name : names[i])) break;
    if (order != 0) tell(walk, folder);
    if (order < 0) walk_entry(walk, folder->fd, names[i]);
    else if (order > 0) tell_whiteout(walk);
    else compare_both(walk, layers, entry, folder);
    i += order <= 0;
    at += order >= 0;
    walk->cancelled = walk->cancelled || tree_cancelled(walk->tree);
  }
  for (size_t i = 0; i < count; i++) free(names[i]);
  free(names);
  walk_up(walk, outer);
}

static void compare_folder(struct walk *walk, const struct layers *layers, struct folder *folder) {
  struct layer_list list;
  int error = layers_list(layers, &list);
  if (error != 0) {
    errno = error;
    walk_fail(walk, "list layers of");
    return;
  }
  compare_names(walk, layers, &list, folder);
  layers_free(&list);
}

void walk_changes(struct walk *walk) {
  struct folder root = {.fd = walk->tree->root, .told = true};
  compare_folder(walk, &walk->tree->layers, &root);
}
