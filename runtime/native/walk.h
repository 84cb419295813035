// A walk through the tree, between the files that take part in it.
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "tree.h"

enum { one_file_system = 1, metadata_only = 2 };

// The first name of a file that has several.
struct first_name {
  struct first_name *next;
  dev_t device;
  ino_t inode;
  char path[];
};

struct walk {
  struct tree *tree;
  unsigned flags;
  dev_t device;
  bool cancelled;
  int error;
  const char *call;
  char path[path_limit]; // of the entry at hand; where an error happened
  size_t path_size;
  struct first_name *names[4096];
};

// tree_walk.c
bool walk_stopped(const struct walk *walk);
void walk_fail(struct walk *walk, const char *call); // with errno
// Tells of the entry that `path` says, and of all below.
void walk_entry(struct walk *walk, int parent, const char *name);
// The names in a directory, sorted. NULL with errno; `*count` of them, the vector and each to be freed.
char **walk_names(int fd, size_t *count);
// Puts a name behind the first `outer` bytes of the path; false when it has no room. `walk_up` takes it off, but leaves the path
// of a failure.
bool walk_down(struct walk *walk, size_t outer, const char *name);
void walk_up(struct walk *walk, size_t outer);

// tree_changes.c: only what differs from the layers that the tree was copied of, and a whiteout for each of their entries that
// it does not have any more, as the upper directory of an overlay would have them.
void walk_changes(struct walk *walk);
