/* What the reader and the writer of archives share. */

#ifndef TAR_H
#define TAR_H

#include "sys.h"
#include "tool.h"
#include <time.h>

#define TAR_BLOCK 512

struct tar_options {
  char action;
  bool verbose, gzip, keep_names, keep_modes, to_output, keep_old, numeric, follow, no_recursion, no_times;
  int strip;
  const char *file;
  struct text excludes; /* globs, each with a zero */
  char **members;
};
extern struct tar_options tar_options;
extern int tar_status;

struct tar_member {
  struct text path, target;
  char type;
  mode_t mode;
  uid_t uid;
  gid_t gid;
  uint64_t size;
  struct timespec modified;
  char user[33], group[33];
};

bool tar_excluded(const char *path);
void tar_print(const struct tar_member *member, FILE *to);
int tar_read(int file);
int tar_write(int file);

#endif
