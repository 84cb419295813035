/* What the walk of find and its tests share. */

#ifndef FIND_H
#define FIND_H

#include "regex.h"
#include "sys.h"
#include "tool.h"
#include <time.h>

enum test_kind {
  TEST_AND, TEST_OR, TEST_NOT, TEST_BOTH, TEST_TRUE, TEST_FALSE, TEST_NAME, TEST_PATH, TEST_LINK, TEST_TYPE, TEST_SIZE, TEST_LINKS,
  TEST_INODE, TEST_UID, TEST_GID, TEST_PERM, TEST_TIME, TEST_NEWER, TEST_REGEX, TEST_EMPTY, TEST_ACCESS, TEST_PRINT, TEST_PRINT0,
  TEST_PRINTF, TEST_LS, TEST_PRUNE, TEST_QUIT, TEST_EXEC, TEST_DELETE
};

struct test {
  enum test_kind kind;
  struct test *left, *right;
  const char *text;
  bool fold;
  int compare; /* 1 more, -1 less, 0 the same */
  int64_t number, unit;
  char which; /* of the times of a file */
  mode_t mode;
  struct timespec time;
  struct regex *regex;
  /* Of -exec. */
  char **words;
  size_t count;
  bool many, in_folder;
  struct text waiting; /* paths, each with a zero */
  size_t waiting_count;
};

struct find_file {
  const char *path, *name, *start;
  int64_t depth;
  dev_t device;
  struct stat about;
  bool pruned;
};

struct find_walk {
  struct test *test;
  bool follow, follow_arguments, content_first, one_device, quitting, acts;
  int64_t deepest, shallowest; /* -1: as deep as it goes */
  int regex_flags, status;
  time_t now;
};
extern struct find_walk find_walk;

bool find_test(struct test *test, struct find_file *file);
/* Runs what -exec … + has kept. */
void find_finish(struct test *test);

#endif
