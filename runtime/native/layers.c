#include "layers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "files.h"

static int open_directory(int directory, const char *name) {
  return openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

bool is_overlay_attribute(const char *name) {
  return strncmp(name, "trusted.overlay.", 16) == 0 || strncmp(name, "user.overlay.", 13) == 0;
}

static bool is_opaque(int fd) {
  char value;
  return (fgetxattr(fd, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y') ||
         (fgetxattr(fd, "user.overlay.opaque", &value, 1) == 1 && value == 'y');
}

static bool is_whiteout(const struct stat *info) {
  return S_ISCHR(info->st_mode) && info->st_rdev == makedev(0, 0);
}

void layers_close(struct layers *layers) {
  for (size_t i = 0; i < layers->count; i++) close(layers->fds[i]);
  free(layers->fds);
  *layers = (struct layers){0};
}

int layers_open(struct layers *layers, char **paths, size_t count, size_t *at) {
  *layers = (struct layers){.fds = calloc(count + 1, sizeof(int))};
  if (layers->fds == NULL) return ENOMEM;
  for (*at = 0; *at < count; (*at)++) {
    int fd = open(paths[*at], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
      int error = errno;
      layers_close(layers);
      return error;
    }
    layers->fds[layers->count++] = fd;
  }
  return 0;
}

int layers_below(const struct layers *layers, const struct layer_entry *entry, struct layers *below) {
  *below = (struct layers){.fds = calloc(layers->count, sizeof(int))};
  if (below->fds == NULL) return ENOMEM;
  for (size_t i = entry->layer; i < layers->count; i++) {
    int fd = open_directory(layers->fds[i], entry->name);
    if (fd < 0 && errno == ENOENT) continue;
    if (fd < 0 && below->count > 0 && (errno == ENOTDIR || errno == ELOOP)) break; // it hides what is further down
    if (fd < 0) {
      int error = errno;
      layers_close(below);
      return error;
    }
    below->fds[below->count++] = fd;
    if (is_opaque(fd)) break;
  }
  return 0;
}

static int by_name_and_layer(const void *a, const void *b) {
  const struct layer_entry *one = a, *other = b;
  int order = strcmp(one->name, other->name);
  return order != 0 ? order : one->layer < other->layer ? -1 : 1;
}

static int add_names(struct layer_list *list, size_t *room, int fd, size_t layer) {
  DIR *names = open_list(fd);
  if (names == NULL) return errno;
  int error = 0;
  for (;;) {
    errno = 0;
    struct dirent *entry = readdir(names);
    if (entry == NULL) {
      error = errno;
      break;
    }
    if (is_dot(entry->d_name)) continue;
    if (list->count == *room) {
      size_t more = *room == 0 ? 64 : *room * 2;
      struct layer_entry *larger = realloc(list->entries, more * sizeof *larger);
      if (larger == NULL) error = ENOMEM;
      if (larger == NULL) break;
      list->entries = larger;
      *room = more;
    }
    char *name = strdup(entry->d_name);
    if (name == NULL) error = ENOMEM;
    if (name == NULL) break;
    list->entries[list->count++] = (struct layer_entry){.name = name, .layer = layer};
  }
  closedir(names);
  return error;
}

// Keeps of each name the highest, unless that is a whiteout.
static int keep_visible(const struct layers *layers, struct layer_list *list) {
  size_t kept = 0;
  const char *last = NULL;
  int error = 0;
  for (size_t i = 0; i < list->count; i++) {
    struct layer_entry entry = list->entries[i];
    bool hidden = last != NULL && strcmp(last, entry.name) == 0;
    if (!hidden && error == 0 && fstatat(layers->fds[entry.layer], entry.name, &entry.info, AT_SYMLINK_NOFOLLOW) != 0) error = errno;
    if (hidden || error != 0) {
      free(entry.name);
      continue;
    }
    // A whiteout stays at the end of what is kept until the next name, so that it hides what it is there to hide.
    if (kept > 0 && is_whiteout(&list->entries[kept - 1].info)) free(list->entries[--kept].name);
    list->entries[kept++] = entry;
    last = entry.name;
  }
  if (kept > 0 && is_whiteout(&list->entries[kept - 1].info)) free(list->entries[--kept].name);
  list->count = kept;
  return error;
}

int layers_list(const struct layers *layers, struct layer_list *list) {
  *list = (struct layer_list){0};
  size_t room = 0;
  int error = 0;
  for (size_t i = 0; i < layers->count && error == 0; i++) error = add_names(list, &room, layers->fds[i], i);
  if (error == 0 && list->count > 0) {
    qsort(list->entries, list->count, sizeof *list->entries, by_name_and_layer);
    error = keep_visible(layers, list);
  }
  if (error != 0) layers_free(list);
  return error;
}

void layers_free(struct layer_list *list) {
  for (size_t i = 0; i < list->count; i++) free(list->entries[i].name);
  free(list->entries);
  *list = (struct layer_list){0};
}
