// A tree worker: a process chrooted into a container's files. It speaks a binary protocol on a socket of its own (all
// integers little-endian), and loads nothing from the tree.
//
// A frame is one byte type, 32-bit length, payload. Requests are answered in order; while a stream (`read`, `walk`) runs,
// only `cancel` may be sent.
//
//   P  put        entry; with flag 1 followed by its content: frames D or c, then d (whole) or Q (given up). No answer.
//   s  stat       one byte follow, path                 -> I entry, n absent
//   r  real path  path                                  -> k path, n absent
//   o  read       64-bit offset, length, path            -> D…, `.`
//   w  walk       one byte flags (1 one file system, 2 metadata only), path -> I (and D… of `size` bytes for a file)…, `.`
//   x  remove     path                                  -> k
//   e  empty      path                                  -> k
//   S  status     one byte follow, path                 -> i, n absent
//   l  list       path                                  -> i…, `.`
//   W  write      one byte flags (1 create, 2 overwrite), 16-bit mode of a new file, path -> k; then frames D, then d (whole)
//                 or Q (given up)                       -> k
//   M  make dir   path                                  -> k
//   m  rename     one byte flags (2 overwrite), 16-bit length of the old path, old path, new path -> k
//   u  unlink     one byte recursive, path              -> k
//   N  notify     one byte recursive, path              -> k, v…, `.`
//   f  flush      one byte sync                         -> k, or E with the first failure of a put
//   C  cancel     ends the running stream early
//
// Content in a c is a 64-bit offset and length in the file that was named when the tree was opened, which holds it already.
//
// Any request may be answered E: 32-bit errno, text. The first failure of a put is told at once by F (like E), which
// answers nothing.
//
// An entry: one byte type, one byte flags (1 content), 16-bit mode, 32-bit uid, gid, major, minor, 16-bit length of path, of
// link name, 32-bit length of attributes, 32 bits zero, 64-bit size, 64-bit mtime in ns; path; link name; attributes (each
// 16-bit length of name, 32-bit length of value, name, value).
//
// A status (i): one byte type, one byte type of what a link leads to (0 nothing), 16-bit mode, 32-bit uid, gid, 16-bit length
// of name, of link name, 64-bit size, mtime, ctime in ns; name; link name.
//
// A change (v): one byte c created, m changed, d deleted, o unknown changes at and below; path below the watched one.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "layers.h"

enum {
  frame_size = 5,
  entry_size = 48,
  status_size = 40,
  path_limit = 4096,
  attributes_limit = 1 << 20,
  in_capacity = 2 << 20,
  out_capacity = 256 << 10,
};

struct entry {
  char type; // file f, directory d, symlink l, hardlink h, character c, block b, fifo p, socket s
  bool has_content;
  uint16_t mode;
  uint32_t uid, gid, major, minor;
  uint64_t size;
  int64_t mtime_ns;
  char path[path_limit], link[path_limit];
  const unsigned char *attributes; // in the input buffer
  size_t attributes_size;
};

struct directory_time {
  char *path;
  int64_t mtime_ns;
};

struct tree {
  int socket;
  int root;  // the tree's root, readable
  bool differs;  // a walk from the root tells only what differs from `layers`
  struct layers layers;
  int64_t copied_ns; // when the copy of them was whole; what has not changed since is as it was copied
  int contents; // the file that contents are copied from, or -1
  int descriptors; // /proc/self/fd from outside: the way to an inode by a descriptor, for calls that only take names
  unsigned char *in;
  size_t in_start, in_end;
  unsigned char *out;
  size_t out_size;

  char parent_path[path_limit]; // whose directory `parent` is; valid when parent >= 0
  int parent;
  int failure; // errno of the first put that failed
  char failure_text[path_limit + 64];
  struct directory_time *times; // of directories put; set once their children are in
  size_t times_count, times_room;
};

// tree.c: frames.
const unsigned char *tree_need(struct tree *tree, size_t size); // a view of so many bytes of input; ends the process at its end
void tree_take(struct tree *tree, size_t size);
unsigned char *tree_room(struct tree *tree, size_t size); // so many bytes of `out`
void tree_send(struct tree *tree);
void tree_frame(struct tree *tree, char type, const void *payload, size_t size);
void tree_error(struct tree *tree, char type, int error, const char *call, const char *path);
bool tree_cancelled(struct tree *tree); // takes the message, if it is there
uint64_t get_long(const unsigned char *at); // 64 bits, little-endian

// tree_path.c: names to descriptors, never out of the root.
int resolve(struct tree *tree, const char *path, int flags);
// The directory that holds the last part of `path`, which `name` points to. Belongs to the cache: do not close. With
// `make` missing directories are made. -1 with errno.
int resolve_parent(struct tree *tree, const char *path, const char **name, bool make);
void forget_parent(struct tree *tree);

// tree_put.c
// `frame` bytes of the put are still in the input, since the entry's attributes lie there: it takes them.
void tree_put(struct tree *tree, struct entry *entry, size_t frame);
void tree_set_times(struct tree *tree);
void tree_remove(struct tree *tree, const char *path);
void tree_empty(struct tree *tree, const char *path);

bool tree_content(struct tree *tree, int fd, int *error); // to its end; false when the sender gave up

// tree_files.c
enum { write_create = 1, write_overwrite = 2 };
void tree_status(struct tree *tree, const char *path, bool follow);
void tree_list(struct tree *tree, const char *path);
void tree_write(struct tree *tree, const char *path, unsigned flags, mode_t mode);
void tree_make_directory(struct tree *tree, const char *path);
void tree_rename(struct tree *tree, const char *from, const char *to, unsigned flags);
void tree_unlink(struct tree *tree, const char *path, bool recursive);

// tree_watch.c
void tree_watch(struct tree *tree, const char *path, bool recursive);

// tree_read.c
char type_of(mode_t mode);
bool absent(int error);
void tree_stat(struct tree *tree, const char *path, bool follow);
void tree_real_path(struct tree *tree, const char *path);
void tree_read(struct tree *tree, const char *path, uint64_t offset, uint64_t length);

// tree_walk.c
void tree_walk(struct tree *tree, const char *path, unsigned flags);

// tree_entry.c: entries on the wire.
bool entry_decode(const unsigned char *data, size_t size, struct entry *entry);
// Appends an I frame for what `fd` (which may be O_PATH) is. `path` and `link` may be empty strings.
void entry_send(struct tree *tree, const char *path, const struct stat *info, const char *link, char type, int fd);

// tree_root.c: where the tree is. 0 or an errno.
struct tree_place {
  const char *root, *overlay, *cwd;
  long join_pid;
  char **binds; // source, target, `1` for read only
  size_t bind_count;
  char **layers; // what the tree was copied of, top first; with `copied_ns`, else 0
  size_t layer_count;
  long copied_ns;
  const char *contents; // a file that contents will be copied from, or empty
};
int tree_enter(const struct tree_place *place, const char **what);
