/* chmod, chown, chgrp */

#include "sys.h"
#include "tool.h"
#include <dirent.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
  const char *mode;
  uid_t uid;
  gid_t gid;
  bool recursive, no_follow, verbose, changes, quiet;
  mode_t mask;
} how = {.uid = (uid_t)-1, .gid = (gid_t)-1};

static bool fail(const char *what, const char *path) {
  if (!how.quiet) warn_errno("%s '%s'", what, path);
  return false;
}

static bool change(const char *path, const struct stat *about) {
  if (how.mode == NULL) {
    if ((how.no_follow ? lchown(path, how.uid, how.gid) : chown(path, how.uid, how.gid)) == 0) return true;
    return fail(how.uid == (uid_t)-1 ? "changing group of" : "changing ownership of", path);
  }
  mode_t mode;
  char before[11], after[11];
  parse_mode(how.mode, about->st_mode, S_ISDIR(about->st_mode), how.mask, &mode);
  if (chmod(path, mode) != 0) return fail("changing permissions of", path);
  bool changed = mode != (about->st_mode & 07777);
  if (how.verbose || (how.changes && changed)) {
    mode_letters(about->st_mode, before);
    mode_letters((about->st_mode & ~(mode_t)07777) | mode, after);
    if (changed) printf("mode of '%s' changed from %04o (%s) to %04o (%s)\n", path, (unsigned)about->st_mode & 07777, before + 1, (unsigned)mode, after + 1);
    else printf("mode of '%s' retained as %04o (%s)\n", path, (unsigned)mode, after + 1);
  }
  return true;
}

static bool change_tree(const char *path, bool argument) {
  struct stat about;
  bool link = lstat(path, &about) == 0 && S_ISLNK(about.st_mode);
  /* Links found on the way are left alone by chmod, and not followed by chown. */
  if (link && !argument && how.mode != NULL) return true;
  if (!how.no_follow && link && argument && stat(path, &about) != 0) return fail("cannot access", path);
  if (!link && lstat(path, &about) != 0) return fail("cannot access", path);
  bool good = change(path, &about);
  if (!how.recursive || !S_ISDIR(about.st_mode) || (link && !argument)) return good;
  DIR *directory = opendir(path);
  if (directory == NULL) return fail("cannot read directory", path);
  for (struct dirent *each; (each = readdir(directory)) != NULL;) {
    if (strcmp(each->d_name, ".") == 0 || strcmp(each->d_name, "..") == 0) continue;
    char *child = path_join(path, each->d_name);
    good = change_tree(child, false) && good;
    free(child);
  }
  closedir(directory);
  return good;
}

static int each_path(char **paths) {
  int status = 0;
  if (*paths == NULL) die(1, "missing operand");
  for (; *paths != NULL; paths++) {
    if (!change_tree(*paths, true)) status = 1;
  }
  return status;
}

static const struct option names[] = {{"recursive", 0, 0, 'R'}, {"verbose", 0, 0, 'v'},        {"changes", 0, 0, 'c'}, {"silent", 0, 0, 'f'},
                                      {"quiet", 0, 0, 'f'},     {"no-dereference", 0, 0, 'h'}, {"reference", 1, 0, 'r'}, {0}};

static void set_option(int option) {
  if (option == '?') exit(1);
  if (option == 'R') how.recursive = true;
  if (option == 'v') how.verbose = true;
  if (option == 'c') how.changes = true;
  if (option == 'f') how.quiet = true;
  if (option == 'h') how.no_follow = true;
}

int chmod_main(int argc, char **argv) {
  struct stat reference;
  /* A mode may begin with a minus, as in `chmod -x file`. */
  while (how.mode == NULL && optind < argc) {
    const char *word = argv[optind];
    if (word[0] == '-' && word[1] != 0 && strchr("rwxXst", word[1]) != NULL) {
      how.mode = word;
      optind++;
      break;
    }
    int option = getopt_long(argc, argv, "+Rvcf", names, NULL);
    if (option == -1) break;
    if (option == 'r') {
      if (stat(optarg, &reference) != 0) die_errno(1, "failed to get attributes of '%s'", optarg);
      how.mode = take_format("%o", (unsigned)reference.st_mode & 07777);
    } else set_option(option);
  }
  if (how.mode == NULL) {
    if (optind >= argc) die(1, "missing operand");
    how.mode = argv[optind++];
  }
  for (int option; (option = getopt_long(argc, argv, "Rvcf", names, NULL)) != -1;) set_option(option);
  how.mask = umask(0);
  umask(how.mask);
  mode_t mode;
  if (!parse_mode(how.mode, 0, false, how.mask, &mode)) die(1, "invalid mode: '%s'", how.mode);
  if (optind >= argc) die(1, "missing operand after '%s'", how.mode);
  return each_path(argv + optind);
}

static void parse_owner(char *text) {
  char *group = strchr(text, ':');
  gid_t own = (gid_t)-1;
  if (group != NULL) *group++ = 0;
  if (*text != 0 && !user_id(text, &how.uid, &own)) die(1, "invalid user: '%s'", text);
  if (group != NULL && *group == 0) how.gid = own;
  else if (group != NULL && !group_id(group, &how.gid)) die(1, "invalid group: '%s'", group);
}

static void own_options(int argc, char **argv) {
  struct stat reference;
  for (int option; (option = getopt_long(argc, argv, "RvcfhHLP", names, NULL)) != -1;) {
    if (option == 'r') {
      if (stat(optarg, &reference) != 0) die_errno(1, "failed to get attributes of '%s'", optarg);
      how.uid = reference.st_uid;
      how.gid = reference.st_gid;
    } else set_option(option);
  }
}

int chown_main(int argc, char **argv) {
  own_options(argc, argv);
  if (how.gid == (gid_t)-1 && how.uid == (uid_t)-1) {
    if (optind >= argc) die(1, "missing operand");
    parse_owner(argv[optind++]);
  }
  return each_path(argv + optind);
}

int chgrp_main(int argc, char **argv) {
  own_options(argc, argv);
  how.uid = (uid_t)-1;
  if (how.gid == (gid_t)-1) {
    if (optind >= argc) die(1, "missing operand");
    if (!group_id(argv[optind], &how.gid)) die(1, "invalid group: '%s'", argv[optind]);
    optind++;
  }
  return each_path(argv + optind);
}
