// The tree as a stream of entries: depth first, parents before children, names in byte order, contents in between.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "tree.h"
#include "walk.h"

bool walk_stopped(const struct walk *walk) {
  return walk->error != 0 || walk->cancelled;
}

void walk_fail(struct walk *walk, const char *call) {
  walk->error = errno;
  walk->call = call;
}

// Looks a file with several names up; the first time it is remembered and NULL returned.
static const char *first_name_of(struct walk *walk, const struct stat *info) {
  struct first_name **slot = &walk->names[(info->st_ino ^ info->st_dev) % (sizeof walk->names / sizeof *walk->names)];
  for (struct first_name *name = *slot; name != NULL; name = name->next) {
    if (name->inode == info->st_ino && name->device == info->st_dev) return name->path;
  }
  struct first_name *name = malloc(sizeof *name + walk->path_size + 1);
  if (name == NULL) return NULL;
  *name = (struct first_name){.next = *slot, .device = info->st_dev, .inode = info->st_ino};
  memcpy(name->path, walk->path, walk->path_size + 1);
  *slot = name;
  return NULL;
}

static void free_names(struct walk *walk) {
  for (size_t i = 0; i < sizeof walk->names / sizeof *walk->names; i++) {
    while (walk->names[i] != NULL) {
      struct first_name *next = walk->names[i]->next;
      free(walk->names[i]);
      walk->names[i] = next;
    }
  }
}

// Exactly `size` bytes, as the entry promised: a file that shrinks is filled up with zeros, one that grows is cut.
static void send_content(struct walk *walk, int fd, uint64_t size) {
  struct tree *tree = walk->tree;
  bool ended = false;
  while (size > 0 && !walk->cancelled) {
    size_t most = size < 128 * 1024 ? (size_t)size : 128 * 1024;
    unsigned char *frame = tree_room(tree, frame_size + most);
    ssize_t got = ended ? 0 : read(fd, frame + frame_size, most);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      walk_fail(walk, "read");
      return;
    }
    if (got == 0) {
      ended = true;
      memset(frame + frame_size, 0, most);
      got = (ssize_t)most;
    }
    frame[0] = 'D';
    for (int i = 0; i < 4; i++) frame[1 + i] = (unsigned char)((size_t)got >> (8 * i));
    tree->out_size += frame_size + (size_t)got;
    size -= (uint64_t)got;
    if (size > 0) walk->cancelled = tree_cancelled(tree);
  }
}

static void walk_directory(struct walk *walk, int fd);

static void walk_file(struct walk *walk, int parent, const char *name, const struct stat *seen) {
  bool read_it = (walk->flags & metadata_only) == 0 && seen->st_size > 0;
  int fd = openat(parent, name, (read_it ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH) | O_NOFOLLOW | O_CLOEXEC);
  struct stat info;
  if (fd < 0 || fstatat(fd, "", &info, AT_EMPTY_PATH) != 0) {
    if (errno != ENOENT && errno != ELOOP) walk_fail(walk, "open"); // else it was replaced meanwhile
  } else if (S_ISREG(info.st_mode)) {
    if (!read_it) info.st_size = (walk->flags & metadata_only) != 0 ? info.st_size : 0;
    entry_send(walk->tree, walk->path, &info, "", 'f', fd);
    if (read_it) send_content(walk, fd, (uint64_t)info.st_size);
  }
  if (fd >= 0) close(fd);
}

static void walk_other(struct walk *walk, int parent, const char *name, const struct stat *info) {
  char link[path_limit] = "";
  int fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    if (errno != ENOENT) walk_fail(walk, "open");
    return;
  }
  char type = S_ISLNK(info->st_mode)    ? 'l'
              : S_ISCHR(info->st_mode)  ? 'c'
              : S_ISBLK(info->st_mode)  ? 'b'
              : S_ISFIFO(info->st_mode) ? 'p'
                                        : 's';
  ssize_t size = type == 'l' ? readlinkat(fd, "", link, sizeof link - 1) : 0;
  if (size > 0) link[size] = 0;
  entry_send(walk->tree, walk->path, info, link, type, fd);
  close(fd);
}

void walk_entry(struct walk *walk, int parent, const char *name) {
  struct stat info;
  if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT) walk_fail(walk, "stat"); // else removed meanwhile
    return;
  }
  if (!S_ISREG(info.st_mode)) info.st_size = 0; // nothing of that many bytes follows
  if (S_ISDIR(info.st_mode)) {
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
      if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) walk_fail(walk, "open");
      return;
    }
    entry_send(walk->tree, walk->path, &info, "", 'd', fd);
    if (info.st_dev == walk->device || (walk->flags & one_file_system) == 0) walk_directory(walk, fd);
    close(fd);
    return;
  }
  // overlayfs gives its whiteouts one inode: they are not names of one file.
  bool is_whiteout = S_ISCHR(info.st_mode) && info.st_rdev == 0;
  const char *first = info.st_nlink > 1 && !is_whiteout ? first_name_of(walk, &info) : NULL;
  if (first != NULL) info.st_size = 0;
  if (first != NULL) entry_send(walk->tree, walk->path, &info, first, 'h', -1);
  else if (S_ISREG(info.st_mode)) walk_file(walk, parent, name, &info);
  else walk_other(walk, parent, name, &info);
  walk->cancelled = walk->cancelled || (walk->tree->out_size > out_capacity / 2 && tree_cancelled(walk->tree));
}

static int compare_names(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

char **walk_names(int fd, size_t *count) {
  DIR *list = open_list(fd);
  char **names = NULL;
  size_t room = 0;
  *count = 0;
  if (list == NULL) return NULL;
  for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
    if (is_dot(entry->d_name)) continue;
    if (*count == room) {
      room = room == 0 ? 64 : room * 2;
      char **more = realloc(names, room * sizeof *names);
      if (more == NULL) break;
      names = more;
    }
    names[*count] = strdup(entry->d_name);
    if (names[*count] == NULL) break;
    (*count)++;
  }
  closedir(list);
  if (names == NULL) return calloc(1, sizeof *names);
  qsort(names, *count, sizeof *names, compare_names);
  return names;
}

bool walk_down(struct walk *walk, size_t outer, const char *name) {
  size_t length = strlen(name), start = outer == 0 ? 0 : outer + 1;
  if (start + length >= path_limit) {
    errno = ENAMETOOLONG;
    walk_fail(walk, "list");
    return false;
  }
  if (outer > 0) walk->path[outer] = '/';
  memcpy(walk->path + start, name, length + 1);
  walk->path_size = start + length;
  return true;
}

void walk_up(struct walk *walk, size_t outer) {
  if (walk->error != 0) return;
  walk->path_size = outer;
  walk->path[outer] = 0;
}

static void walk_directory(struct walk *walk, int fd) {
  size_t count, outer = walk->path_size;
  char **names = walk_names(fd, &count);
  if (names == NULL) {
    walk_fail(walk, "list");
    return;
  }
  for (size_t i = 0; i < count; i++) {
    if (!walk_stopped(walk) && walk_down(walk, outer, names[i])) walk_entry(walk, fd, names[i]);
    free(names[i]);
  }
  free(names);
  walk_up(walk, outer);
}

static void walk_root(struct walk *walk) {
  struct stat info;
  if (fstat(walk->tree->root, &info) != 0) {
    walk_fail(walk, "stat");
    return;
  }
  walk->device = info.st_dev;
  info.st_size = 0;
  entry_send(walk->tree, "", &info, "", 'd', walk->tree->root);
  if (walk->tree->differs) walk_changes(walk);
  else walk_directory(walk, walk->tree->root);
}

static void walk_below(struct walk *walk, const char *path) {
  const char *name;
  struct stat info;
  int cached = resolve_parent(walk->tree, path, &name, false);
  int parent = cached < 0 ? -1 : fcntl(cached, F_DUPFD_CLOEXEC, 0);
  if (parent < 0 || fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
    walk_fail(walk, "stat");
  } else {
    walk->device = info.st_dev;
    walk_entry(walk, parent, name);
  }
  if (parent >= 0) close(parent);
}

void tree_walk(struct tree *tree, const char *path, unsigned flags) {
  static struct walk walk;
  walk = (struct walk){.tree = tree, .flags = flags};
  size_t size = strlen(path);
  while (size > 0 && path[size - 1] == '/') size--;
  memcpy(walk.path, path, size);
  walk.path_size = size;
  if (size == 0) {
    walk_root(&walk);
  } else {
    char start[path_limit];
    memcpy(start, walk.path, size + 1);
    walk_below(&walk, start);
  }
  if (walk.error != 0) tree_error(tree, 'E', walk.error, walk.call, walk.path);
  else tree_frame(tree, '.', "", 0);
  free_names(&walk);
}
