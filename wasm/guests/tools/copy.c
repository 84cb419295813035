/* cp, mv, install */

#include "sys.h"
#include "tool.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Files with several names that were copied: the next name becomes a link again. */
struct copied {
  dev_t device;
  ino_t inode;
  char *path;
};

static struct {
  bool recursive, times, mode, owner, links, force, verbose, ask, no_clobber, update, no_target, symbolic, hard, keep_hard, follow_arguments;
  struct copied *copied;
  size_t copied_count;
} how;

static bool copy_path(const char *from, const char *to, bool argument);

static bool same_file(const struct stat *a, const struct stat *b) { return a->st_ino == b->st_ino && a->st_dev == b->st_dev; }

static void keep_attributes(const char *path, const struct stat *about) {
  bool link = S_ISLNK(about->st_mode);
  struct timespec times[2] = {about->st_atim, about->st_mtim};
  /* Who may not give files away keeps them, as with other tools. */
  if (how.owner && lchown(path, about->st_uid, about->st_gid) != 0 && errno != EPERM) warn_errno("failed to preserve ownership for '%s'", path);
  if (how.mode && !link && chmod(path, about->st_mode & 07777) != 0) warn_errno("failed to preserve permissions for '%s'", path);
  if (how.times && utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) != 0) warn_errno("failed to preserve times for '%s'", path);
}

static bool copy_link(const char *from, const char *to) {
  char target[4096];
  ssize_t length = readlink(from, target, sizeof target - 1);
  if (length < 0) {
    warn_errno("cannot read symbolic link '%s'", from);
    return false;
  }
  target[length] = 0;
  if (symlink(target, to) == 0) return true;
  if (errno == EEXIST && unlink(to) == 0 && symlink(target, to) == 0) return true;
  warn_errno("cannot create symbolic link '%s'", to);
  return false;
}

static bool copy_content(const char *from, const char *to, const struct stat *about) {
  int input = open(from, O_RDONLY);
  if (input < 0) {
    warn_errno("cannot open '%s' for reading", from);
    return false;
  }
  struct stat target;
  bool there = stat(to, &target) == 0;
  int output = there ? open(to, O_WRONLY | O_TRUNC) : create_file(to, about->st_mode & 0777, false);
  if (output < 0 && how.force && there && unlink(to) == 0) output = create_file(to, about->st_mode & 0777, false);
  bool reading = false, good = output >= 0 && copy_bytes(input, output, &reading);
  if (output < 0) warn_errno("cannot create regular file '%s'", to);
  else if (!good) warn_errno(reading ? "error reading '%s'" : "error writing '%s'", reading ? from : to);
  close(input);
  if (output >= 0) close(output);
  return good;
}

static bool copy_directory(const char *from, const char *to, const struct stat *about) {
  struct stat target;
  bool there = stat(to, &target) == 0;
  if (there && !S_ISDIR(target.st_mode)) {
    warn("cannot overwrite non-directory '%s' with directory '%s'", to, from);
    return false;
  }
  if (!there && mkdir(to, 0777) != 0) {
    warn_errno("cannot create directory '%s'", to);
    return false;
  }
  if (!there) stat(to, &target);
  DIR *directory = opendir(from);
  if (directory == NULL) {
    warn_errno("cannot access '%s'", from);
    return false;
  }
  bool good = true;
  for (struct dirent *each; (each = readdir(directory)) != NULL;) {
    if (strcmp(each->d_name, ".") == 0 || strcmp(each->d_name, "..") == 0) continue;
    char *source = path_join(from, each->d_name), *place = path_join(to, each->d_name);
    struct stat child;
    if (lstat(source, &child) == 0 && same_file(&child, &target)) {
      warn("cannot copy a directory, '%s', into itself, '%s'", from, to);
      good = false;
    } else if (!copy_path(source, place, false)) good = false;
    free(source);
    free(place);
  }
  closedir(directory);
  mode_t mask = umask(0);
  umask(mask);
  if (!there && !how.mode) chmod(to, about->st_mode & 07777 & ~mask);
  return good;
}

/* @returns whether it has become a link to a copy that was made before */
static bool linked_before(const struct stat *about, const char *to) {
  if (!how.keep_hard || about->st_nlink < 2 || S_ISDIR(about->st_mode)) return false;
  for (size_t index = 0; index < how.copied_count; index++) {
    const struct copied *each = how.copied + index;
    if (each->inode != about->st_ino || each->device != about->st_dev) continue;
    unlink(to);
    return link(each->path, to) == 0;
  }
  how.copied = take_more(how.copied, (how.copied_count + 1) * sizeof *how.copied);
  how.copied[how.copied_count++] = (struct copied){about->st_dev, about->st_ino, take_copy(to)};
  return false;
}

/* Whether something that is there stays as it is. */
static bool skipped(const struct stat *about, const char *to, bool *failed) {
  struct stat target;
  if (lstat(to, &target) != 0) return false;
  if (S_ISDIR(about->st_mode)) return false;
  if (how.no_clobber) return true;
  if (S_ISDIR(target.st_mode)) {
    warn("cannot overwrite directory '%s' with non-directory", to);
    return *failed = true;
  }
  if (how.update && (target.st_mtim.tv_sec > about->st_mtim.tv_sec ||
                     (target.st_mtim.tv_sec == about->st_mtim.tv_sec && target.st_mtim.tv_nsec >= about->st_mtim.tv_nsec))) return true;
  return how.ask && !ask("overwrite '%s'? ", to);
}

static bool copy_path(const char *from, const char *to, bool argument) {
  struct stat about, target;
  bool follow = !how.links || (argument && how.follow_arguments), failed = false;
  if ((follow ? stat(from, &about) : lstat(from, &about)) != 0) {
    warn_errno("cannot stat '%s'", from);
    return false;
  }
  if (S_ISDIR(about.st_mode) && !how.recursive) {
    warn("-r not specified; omitting directory '%s'", from);
    return false;
  }
  if (stat(to, &target) == 0 && same_file(&about, &target) && !S_ISLNK(about.st_mode)) {
    warn("'%s' and '%s' are the same file", from, to);
    return false;
  }
  if (skipped(&about, to, &failed)) return !failed;
  if (how.verbose) printf("'%s' -> '%s'\n", from, to);
  if (how.symbolic || how.hard) {
    if (!S_ISDIR(about.st_mode)) {
      if (how.force) unlink(to);
      if ((how.symbolic ? symlink(from, to) : link(from, to)) == 0) return true;
      warn_errno("cannot create link '%s'", to);
      return false;
    }
  }
  if (linked_before(&about, to)) return true;
  bool good;
  if (S_ISDIR(about.st_mode)) good = copy_directory(from, to, &about);
  else if (S_ISLNK(about.st_mode)) good = copy_link(from, to);
  else if (S_ISFIFO(about.st_mode) && how.recursive) good = mkfifo(to, about.st_mode & 0777) == 0;
  else good = copy_content(from, to, &about);
  if (good) keep_attributes(to, &about);
  return good;
}

static void preserve(const char *what) {
  if (strstr(what, "all") != NULL) how.mode = how.owner = how.times = how.keep_hard = true;
  if (strstr(what, "mode") != NULL) how.mode = true;
  if (strstr(what, "ownership") != NULL) how.owner = true;
  if (strstr(what, "timestamps") != NULL) how.times = true;
  if (strstr(what, "links") != NULL) how.keep_hard = true;
}

static bool is_folder(const char *path) {
  struct stat about;
  return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* The last operand, or what -t named: a folder to copy into, or a name for one file. */
static int each_operand(char **paths, int count, const char *into, bool (*act)(const char *from, const char *to, bool argument)) {
  int status = 0;
  if (into == NULL) {
    if (count == 0) die(1, "missing file operand");
    if (count == 1) die(1, "missing destination file operand after '%s'", paths[0]);
    char *last = paths[--count];
    if (how.no_target || !is_folder(last)) {
      if (count > 1) die(1, how.no_target ? "extra operand '%s'" : "target '%s' is not a directory", last);
      return act(paths[0], last, true) ? 0 : 1;
    }
    into = last;
  }
  for (int index = 0; index < count; index++) {
    char *base = path_base(paths[index]), *path = strcmp(base, ".") == 0 || strcmp(base, "..") == 0 || strcmp(base, "/") == 0 ? take_copy(into) : path_join(into, base);
    if (!act(paths[index], path, true)) status = 1;
    free(base);
    free(path);
  }
  return status;
}

static const struct option cp_names[] = {
    {"archive", 0, 0, 'a'}, {"recursive", 0, 0, 'r'},  {"force", 0, 0, 'f'},       {"verbose", 0, 0, 'v'},
    {"link", 0, 0, 'l'},    {"no-clobber", 0, 0, 'n'}, {"dereference", 0, 0, 'L'}, {"no-dereference", 0, 0, 'P'},
    {"update", 0, 0, 'u'},  {"preserve", 2, 0, 'p'},   {"interactive", 0, 0, 'i'}, {"target-directory", 1, 0, 't'},
    {"symbolic-link", 0, 0, 's'}, {"no-target-directory", 0, 0, 'T'}, {0}};

int cp_main(int argc, char **argv) {
  const char *into = NULL;
  bool follow = false, chosen = false;
  for (int option; (option = getopt_long(argc, argv, "apdrRfvilnLPHuTt:sx", cp_names, NULL)) != -1;) {
    switch (option) {
    case 'a': how.recursive = how.links = chosen = true; preserve("all"); break;
    case 'p': preserve(optarg == NULL ? "mode,ownership,timestamps" : optarg); break;
    case 'd': how.links = chosen = how.keep_hard = true; break;
    case 'P': how.links = chosen = true; break;
    case 'L': follow = chosen = true; break;
    case 'H': how.follow_arguments = true; break;
    case 'r': case 'R': how.recursive = true; break;
    case 'f': how.force = true; break;
    case 'v': how.verbose = true; break;
    case 'i': how.ask = true; break;
    case 'n': how.no_clobber = true; break;
    case 'l': how.hard = true; break;
    case 's': how.symbolic = true; break;
    case 'u': how.update = true; break;
    case 'T': how.no_target = true; break;
    case 't': into = optarg; break;
    case 'x': break;
    default: return 1;
    }
  }
  if (how.recursive && !chosen) how.links = true;
  if (follow) how.links = false;
  return each_operand(argv + optind, argc - optind, into, copy_path);
}

static bool remove_tree(const char *path) {
  struct stat about;
  if (lstat(path, &about) != 0) return false;
  if (!S_ISDIR(about.st_mode)) return unlink(path) == 0;
  DIR *directory = opendir(path);
  if (directory == NULL) return false;
  struct text names = {0};
  for (struct dirent *each; (each = readdir(directory)) != NULL;) {
    if (strcmp(each->d_name, ".") != 0 && strcmp(each->d_name, "..") != 0) text_add(&names, each->d_name, strlen(each->d_name) + 1);
  }
  closedir(directory);
  bool good = true;
  for (size_t at = 0; at < names.length; at += strlen(names.bytes + at) + 1) {
    char *child = path_join(path, names.bytes + at);
    good = remove_tree(child) && good;
    free(child);
  }
  free(names.bytes);
  return good && rmdir(path) == 0;
}

static bool move_path(const char *from, const char *to, bool argument) {
  struct stat about, target;
  bool failed = false;
  if (lstat(from, &about) != 0) {
    warn_errno("cannot stat '%s'", from);
    return false;
  }
  bool there = lstat(to, &target) == 0;
  if (there && same_file(&about, &target)) {
    warn("'%s' and '%s' are the same file", from, to);
    return false;
  }
  if (skipped(&about, to, &failed)) return !failed;
  if (there && S_ISDIR(about.st_mode) && !S_ISDIR(target.st_mode)) {
    warn("cannot overwrite non-directory '%s' with directory '%s'", to, from);
    return false;
  }
  if (rename(from, to) == 0) {
    if (how.verbose) printf("renamed '%s' -> '%s'\n", from, to);
    return true;
  }
  if (errno != EXDEV) {
    if (errno == EINVAL) warn("cannot move '%s' to a subdirectory of itself, '%s'", from, to);
    else warn_errno("cannot move '%s' to '%s'", from, to);
    return false;
  }
  if (there && !S_ISDIR(target.st_mode)) unlink(to);
  if (!copy_path(from, to, argument)) return false;
  if (remove_tree(from)) return true;
  warn_errno("cannot remove '%s'", from);
  return false;
}

int mv_main(int argc, char **argv) {
  const char *into = NULL;
  for (int option; (option = getopt_long(argc, argv, "fvinuTt:", cp_names, NULL)) != -1;) {
    switch (option) {
    case 'f': how.ask = how.no_clobber = false; break;
    case 'v': how.verbose = true; break;
    case 'i': how.ask = true; break;
    case 'n': how.no_clobber = true; break;
    case 'u': how.update = true; break;
    case 'T': how.no_target = true; break;
    case 't': into = optarg; break;
    default: return 1;
    }
  }
  /* Across mounts it copies all that cp -a does. */
  how.recursive = how.links = true;
  preserve("all");
  return each_operand(argv + optind, argc - optind, into, move_path);
}

static mode_t install_mode = 0755;

static bool install_path(const char *from, const char *to, bool argument) {
  unlink(to);
  if (!copy_path(from, to, argument)) return false;
  if (chmod(to, install_mode) == 0) return true;
  warn_errno("cannot change permissions of '%s'", to);
  return false;
}

static bool make_folders(char *path) {
  for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
    if (slash != NULL) *slash = 0;
    bool made = mkdir(path, 0755) == 0 || errno == EEXIST;
    if (!made) warn_errno("cannot create directory '%s'", path);
    if (slash == NULL || !made) return made;
    *slash = '/';
  }
}

int install_main(int argc, char **argv) {
  bool directories = false, folders = false;
  const char *into = NULL;
  for (int option; (option = getopt(argc, argv, "cdDm:o:g:pst:vT")) != -1;) {
    switch (option) {
    case 'd': directories = true; break;
    case 'D': folders = true; break;
    case 'm': if (!parse_mode(optarg, 0, false, 0, &install_mode)) die(1, "invalid mode '%s'", optarg); break;
    case 'p': how.times = true; break;
    case 't': into = optarg; break;
    case 'v': how.verbose = true; break;
    case 'T': how.no_target = true; break;
    case 'o': case 'g': case 'c': case 's': break;
    default: return 1;
    }
  }
  int status = 0;
  for (char **path = argv + optind; directories && *path != NULL; path++) {
    if (!make_folders(*path)) status = 1;
    else chmod(*path, install_mode);
  }
  if (directories) return status;
  char *slash = argc > optind ? strrchr(argv[argc - 1], '/') : NULL;
  if (folders && into == NULL && slash != NULL && slash != argv[argc - 1]) {
    *slash = 0;
    if (!make_folders(argv[argc - 1])) return 1;
    *slash = '/';
  }
  return each_operand(argv + optind, argc - optind, into, install_path);
}
