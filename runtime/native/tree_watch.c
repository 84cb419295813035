// Changes in the tree as they happen, by inotify: of one directory, of one file, or of everything below.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "files.h"
#include "tree.h"

enum {
  watches_limit = 16384, // of one watch; what lies in further directories is not told
  deepest = 128,         // a descriptor is open for each level while watches are made
  batch_ms = 20,         // whoever writes without a pause does not keep us busy
  seen_in = IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM | IN_MODIFY | IN_ATTRIB | IN_ONLYDIR | IN_EXCL_UNLINK,
  seen_self = IN_DELETE_SELF | IN_MOVE_SELF,
};

struct watched {
  int id;
  char *path; // below the watched directory, empty for itself
};

struct watch {
  struct tree *tree;
  int inotify;
  bool recursive;
  const char *only;           // of one file: its name, in the directory that is watched for it
  char base[path_limit];      // the watched directory, below the root
  struct watched *directories;
  size_t count, room;
  bool ended;
  char last_kind, last[path_limit]; // the last change told, so that it is not told twice in a row
};

static void tell(struct watch *watch, char kind, const char *path) {
  unsigned char frame[1 + path_limit];
  size_t size = strlen(path);
  if (watch->last_kind == kind && strcmp(watch->last, path) == 0) return;
  watch->last_kind = kind;
  memcpy(watch->last, path, size + 1);
  frame[0] = (unsigned char)kind;
  memcpy(frame + 1, path, size);
  tree_frame(watch->tree, 'v', frame, 1 + size);
}

// False when it does not fit.
static bool join(char to[path_limit], const char *directory, const char *name) {
  int size = snprintf(to, path_limit, "%s%s%s", directory, *directory == 0 ? "" : "/", name);
  return size >= 0 && size < path_limit;
}

static struct watched *find(struct watch *watch, int id) {
  for (size_t i = 0; i < watch->count; i++) {
    if (watch->directories[i].id == id) return &watch->directories[i];
  }
  return NULL;
}

// 0 or an errno. A directory that was watched under another path is known by the new one from now on.
static int remember(struct watch *watch, int id, const char *path) {
  char *copy = strdup(path);
  struct watched *known = find(watch, id);
  if (copy == NULL) return ENOMEM;
  if (known != NULL && *known->path == 0) {
    free(copy); // the top, mounted once more below itself
    return 0;
  }
  if (known != NULL) {
    free(known->path);
    known->path = copy;
    return 0;
  }
  if (watch->count == watch->room) {
    size_t room = watch->room == 0 ? 64 : watch->room * 2;
    struct watched *more = realloc(watch->directories, room * sizeof *more);
    if (more == NULL) {
      free(copy);
      return ENOMEM;
    }
    watch->directories = more;
    watch->room = room;
  }
  watch->directories[watch->count++] = (struct watched){id, copy};
  return 0;
}

static void forget(struct watch *watch, size_t index) {
  free(watch->directories[index].path);
  watch->directories[index] = watch->directories[--watch->count];
}

// A directory left the tree with all below it.
static void forget_below(struct watch *watch, const char *path) {
  size_t length = strlen(path);
  for (size_t i = watch->count; i-- > 0;) {
    const struct watched *each = &watch->directories[i];
    if (strncmp(each->path, path, length) != 0 || (each->path[length] != 0 && each->path[length] != '/')) continue;
    inotify_rm_watch(watch->inotify, each->id);
    forget(watch, i);
  }
}

// What the kernel makes up has no changes that it would tell.
static bool is_made_up(int fd) {
  struct statfs info;
  if (fstatfs(fd, &info) != 0) return true;
  return info.f_type == PROC_SUPER_MAGIC || info.f_type == SYSFS_MAGIC || info.f_type == CGROUP_SUPER_MAGIC ||
         info.f_type == CGROUP2_SUPER_MAGIC || info.f_type == DEVPTS_SUPER_MAGIC;
}

static void add_children(struct watch *watch, int fd, const char *path, bool told, int depth);

// Watches an open directory, and all below it. `told`: what is in it came after the watch began. 0 or an errno.
static int add(struct watch *watch, int fd, const char *path, bool told, int depth) {
  char self[16];
  if (is_made_up(fd)) return 0;
  if (watch->count >= watches_limit) {
    tell(watch, 'o', path);
    return 0;
  }
  snprintf(self, sizeof self, "%d", fd); // the working directory is /proc/self/fd
  int id = inotify_add_watch(watch->inotify, self, seen_in | (*path == 0 ? seen_self : 0));
  int error = id < 0 ? errno : remember(watch, id, path);
  if (error == 0 && watch->recursive) add_children(watch, fd, path, told, depth);
  return error;
}

static void add_child(struct watch *watch, int parent, const char *path, bool told, int depth) {
  const char *slash = strrchr(path, '/');
  int fd = openat(parent, slash == NULL ? path : slash + 1, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return; // no directory, or gone meanwhile
  if (depth >= deepest || add(watch, fd, path, told, depth + 1) != 0) tell(watch, 'o', path);
  close(fd);
}

static void add_children(struct watch *watch, int fd, const char *path, bool told, int depth) {
  DIR *list = open_list(fd);
  char child[path_limit];
  struct dirent *entry;
  while (list != NULL && (entry = readdir(list)) != NULL) {
    if (is_dot(entry->d_name) || !join(child, path, entry->d_name)) continue;
    if (told) tell(watch, 'c', child);
    if (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) add_child(watch, fd, child, told, depth);
  }
  if (list != NULL) closedir(list);
}

static void add_new(struct watch *watch, const char *path) {
  char whole[path_limit];
  if (!join(whole, watch->base, path)) return;
  int fd = resolve(watch->tree, whole, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return;
  if (add(watch, fd, path, true, 0) != 0) tell(watch, 'o', path);
  close(fd);
}

static void take_event(struct watch *watch, const struct inotify_event *event) {
  char path[path_limit];
  if ((event->mask & IN_Q_OVERFLOW) != 0) {
    tell(watch, 'o', "");
    return;
  }
  struct watched *directory = find(watch, event->wd);
  if (directory == NULL) return;
  bool is_top = *directory->path == 0;
  if ((event->mask & (IN_IGNORED | seen_self)) != 0) {
    if (is_top) {
      tell(watch, 'd', "");
      watch->ended = true;
    } else {
      forget(watch, (size_t)(directory - watch->directories));
    }
    return;
  }
  if (event->len == 0 && (watch->only != NULL || !is_top)) return; // its parent tells that
  if (watch->only != NULL) {
    if (strcmp(event->name, watch->only) != 0) return;
    *path = 0;
  } else if (event->len == 0) {
    *path = 0; // the watched directory itself
  } else if (!join(path, directory->path, event->name)) {
    return;
  }
  bool is_directory = (event->mask & IN_ISDIR) != 0;
  if ((event->mask & (IN_DELETE | IN_MOVED_FROM)) != 0) {
    if (is_directory && watch->only == NULL) forget_below(watch, path);
    tell(watch, 'd', path);
  } else if ((event->mask & (IN_CREATE | IN_MOVED_TO)) != 0) {
    tell(watch, 'c', path);
    if (is_directory && watch->recursive) add_new(watch, path);
  } else {
    tell(watch, 'm', path);
  }
}

static void take_events(struct watch *watch) {
  static _Alignas(struct inotify_event) char buffer[64 * 1024];
  ssize_t size = read(watch->inotify, buffer, sizeof buffer);
  for (ssize_t at = 0; at < size && !watch->ended;) {
    const struct inotify_event *event = (const struct inotify_event *)(buffer + at);
    take_event(watch, event);
    at += (ssize_t)(sizeof *event + event->len);
  }
  watch->last_kind = 0;
}

// True when the client wants no more; ends the process when it has gone.
static bool asked_to_end(struct tree *tree, int wait_ms) {
  struct pollfd waiting = {.fd = tree->socket, .events = POLLIN};
  if (tree->in_start == tree->in_end && poll(&waiting, 1, wait_ms) <= 0) return false;
  if (*tree_need(tree, frame_size) != 'C') _exit(1);
  tree_take(tree, frame_size);
  return true;
}

static void follow(struct watch *watch) {
  struct tree *tree = watch->tree;
  while (!watch->ended) {
    if (tree->out_size > 0) tree_send(tree);
    struct pollfd waiting[] = {{.fd = watch->inotify, .events = POLLIN}, {.fd = tree->socket, .events = POLLIN}};
    if (tree->in_start == tree->in_end) poll(waiting, 2, -1);
    if (asked_to_end(tree, 0)) return;
    if ((waiting[0].revents & POLLIN) == 0) continue;
    take_events(watch);
    if (tree->out_size > 0) tree_send(tree);
    if (!watch->ended && asked_to_end(tree, batch_ms)) return;
  }
}

// The directory to watch: of the path, or where it is no directory, the one that it lies in. -1 with errno.
static int open_watched(struct watch *watch, const char *path) {
  struct stat info;
  int fd = resolve(watch->tree, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
  if (fd >= 0 || errno != ENOTDIR) return fd;
  int file = resolve(watch->tree, path, O_PATH | O_NOFOLLOW);
  int found = file >= 0 && fstatat(file, "", &info, AT_EMPTY_PATH) == 0;
  if (file >= 0) close(file);
  if (!found) return -1;
  char *slash = strrchr(watch->base, '/');
  watch->only = slash == NULL ? path : path + (slash - watch->base) + 1;
  *(slash == NULL ? watch->base : slash) = 0;
  return resolve(watch->tree, watch->base, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
}

void tree_watch(struct tree *tree, const char *path, bool recursive) {
  struct watch watch = {.tree = tree};
  snprintf(watch.base, sizeof watch.base, "%s", path);
  watch.inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  int fd = watch.inotify < 0 ? -1 : open_watched(&watch, path);
  int error = fd < 0 ? errno : add(&watch, fd, "", false, 0);
  if (error == 0) {
    tree_frame(tree, 'k', "", 0);
    watch.recursive = recursive && watch.only == NULL;
    if (watch.recursive) add_children(&watch, fd, "", false, 0);
  }
  if (fd >= 0) close(fd);
  if (error == 0) follow(&watch);
  while (watch.count > 0) forget(&watch, watch.count - 1);
  free(watch.directories);
  if (watch.inotify >= 0) close(watch.inotify);
  if (error == 0) tree_frame(tree, '.', "", 0);
  else tree_error(tree, 'E', error, "watch", path);
}
