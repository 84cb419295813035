// The layers of an image seen as the one tree that they make together, as overlayfs shows it: what lies higher hides what is
// below, whiteouts and opaque directories remove. Directories are read by descriptors; no link is followed.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

// One directory of that tree: where it is in each layer that shows something of it, top first.
struct layers {
  int *fds;
  size_t count;
};

struct layer_entry {
  char *name;
  size_t layer; // index of the layer that it is seen of
  struct stat info;
};

struct layer_list {
  struct layer_entry *entries; // in byte order of their names
  size_t count;
};

// The root of that tree. 0 or an errno; `at` is the index of the path that failed.
int layers_open(struct layers *layers, char **paths, size_t count, size_t *at);
void layers_close(struct layers *layers);
// What is in the directory. 0 or an errno.
int layers_list(const struct layers *layers, struct layer_list *list);
void layers_free(struct layer_list *list);
// A directory in it, which is one in the layer `entry` is seen of. 0 or an errno.
int layers_below(const struct layers *layers, const struct layer_entry *entry, struct layers *below);
// Names in extended attributes that overlayfs keeps for itself.
bool is_overlay_attribute(const char *name);
