/* rm, rmdir, mkdir, ln, unlink, readlink, realpath */

#include "sys.h"
#include "tool.h"
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rm {
  bool force, recursive, empty, verbose, ask, write_protected;
};

static bool remove_path(const struct rm *rm, const char *path);

/* Names are read whole before one is removed, since removing while reading may skip some. */
static bool remove_content(const struct rm *rm, const char *path) {
  DIR *directory = opendir(path);
  if (directory == NULL) {
    warn_errno("cannot remove '%s'", path);
    return false;
  }
  struct text names = {0};
  for (struct dirent *each; (each = readdir(directory)) != NULL;) {
    if (strcmp(each->d_name, ".") == 0 || strcmp(each->d_name, "..") == 0) continue;
    text_add(&names, each->d_name, strlen(each->d_name) + 1);
  }
  closedir(directory);
  bool good = true;
  for (size_t at = 0; at < names.length; at += strlen(names.bytes + at) + 1) {
    char *child = path_join(path, names.bytes + at);
    if (!remove_path(rm, child)) good = false;
    free(child);
  }
  free(names.bytes);
  return good;
}

static bool remove_path(const struct rm *rm, const char *path) {
  struct stat about;
  if (lstat(path, &about) != 0) {
    if (rm->force && (errno == ENOENT || errno == ENOTDIR)) return true;
    warn_errno("cannot remove '%s'", path);
    return false;
  }
  bool directory = S_ISDIR(about.st_mode);
  if (directory && !rm->recursive && !rm->empty) {
    warn("cannot remove '%s': Is a directory", path);
    return false;
  }
  if (directory && rm->recursive) {
    if (rm->ask && !ask("descend into directory '%s'? ", path)) return true;
    if (!remove_content(rm, path)) return false;
  }
  if (rm->ask && !ask("remove %s '%s'? ", directory ? "directory" : "file", path)) return true;
  if ((directory ? rmdir(path) : unlink(path)) != 0) {
    warn_errno("cannot remove '%s'", path);
    return false;
  }
  if (rm->verbose) printf(directory ? "removed directory '%s'\n" : "removed '%s'\n", path);
  return true;
}

int rm_main(int argc, char **argv) {
  struct rm rm = {0};
  bool root = false;
  static const struct option names[] = {{"force", 0, 0, 'f'},   {"recursive", 0, 0, 'r'},        {"verbose", 0, 0, 'v'},
                                        {"dir", 0, 0, 'd'},     {"no-preserve-root", 0, 0, 'N'}, {"interactive", 2, 0, 'i'},
                                        {"one-file-system", 0, 0, 'x'}, {"preserve-root", 2, 0, 'x'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "frRvidI", names, NULL)) != -1;) {
    switch (option) {
    case 'f': rm.force = true; rm.ask = false; break;
    case 'r': case 'R': rm.recursive = true; break;
    case 'v': rm.verbose = true; break;
    case 'd': rm.empty = true; break;
    case 'i': rm.ask = optarg == NULL || strcmp(optarg, "never") != 0; rm.force = false; break;
    case 'N': root = true; break;
    case 'I': case 'x': break;
    default: return 1;
    }
  }
  if (optind >= argc && !rm.force) die(1, "missing operand");
  int status = 0;
  for (char **path = argv + optind; *path != NULL; path++) {
    char *base = path_base(*path);
    bool dots = strcmp(base, ".") == 0 || strcmp(base, "..") == 0;
    if (dots && rm.recursive) {
      warn("refusing to remove '.' or '..' directory: skipping '%s'", *path);
      status = 1;
    } else if (strcmp(base, "/") == 0 && rm.recursive && !root) {
      warn("it is dangerous to operate recursively on '/'");
      warn("use --no-preserve-root to override this failsafe");
      status = 1;
    } else if (!remove_path(&rm, *path)) status = 1;
    free(base);
  }
  return status;
}

int rmdir_main(int argc, char **argv) {
  bool parents = false, quiet = false, verbose = false;
  static const struct option names[] = {{"parents", 0, 0, 'p'}, {"ignore-fail-on-non-empty", 0, 0, 'q'}, {"verbose", 0, 0, 'v'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "pv", names, NULL)) != -1;) {
    if (option == '?') return 1;
    if (option == 'p') parents = true;
    if (option == 'q') quiet = true;
    if (option == 'v') verbose = true;
  }
  if (optind >= argc) die(1, "missing operand");
  int status = 0;
  for (char **path = argv + optind; *path != NULL; path++) {
    for (char *slash; *path != NULL;) {
      if (verbose) printf("rmdir: removing directory, '%s'\n", *path);
      if (rmdir(*path) != 0) {
        if (quiet && errno == ENOTEMPTY) break;
        warn_errno("failed to remove '%s'", *path);
        status = 1;
        break;
      }
      if (!parents || (slash = strrchr(*path, '/')) == NULL || slash == *path) break;
      *slash = 0;
    }
  }
  return status;
}

struct mkdir {
  bool parents, verbose, has_mode;
  mode_t mode;
};

static bool make_one(const struct mkdir *how, const char *path, bool last) {
  struct stat about;
  if (mkdir(path, 0777) != 0) {
    int error = errno;
    if (how->parents && error == EEXIST && stat(path, &about) == 0 && S_ISDIR(about.st_mode)) return true;
    errno = error;
    warn_errno("cannot create directory '%s'", path);
    return false;
  }
  if (how->verbose) printf("mkdir: created directory '%s'\n", path);
  if (!last || !how->has_mode || chmod(path, how->mode) == 0) return true;
  warn_errno("cannot set permissions of '%s'", path);
  return false;
}

static bool make_directory(const struct mkdir *how, char *path) {
  if (how->parents) {
    for (char *slash = strchr(path + 1, '/'); slash != NULL && slash[strspn(slash, "/")] != 0; slash = strchr(slash + 1, '/')) {
      *slash = 0;
      bool good = make_one(how, path, false);
      *slash = '/';
      if (!good) return false;
    }
  }
  return make_one(how, path, true);
}

int mkdir_main(int argc, char **argv) {
  struct mkdir how = {0};
  const char *mode = NULL;
  static const struct option names[] = {{"parents", 0, 0, 'p'}, {"mode", 1, 0, 'm'}, {"verbose", 0, 0, 'v'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "pm:v", names, NULL)) != -1;) {
    if (option == '?') return 1;
    if (option == 'p') how.parents = true;
    if (option == 'v') how.verbose = true;
    if (option == 'm') mode = optarg;
  }
  if (optind >= argc) die(1, "missing operand");
  if (mode != NULL) {
    mode_t mask = umask(0);
    umask(mask);
    how.has_mode = true;
    if (!parse_mode(mode, 0777, true, mask, &how.mode)) die(1, "invalid mode '%s'", mode);
  }
  int status = 0;
  for (char **path = argv + optind; *path != NULL; path++) {
    if (!make_directory(&how, *path)) status = 1;
  }
  return status;
}

struct ln {
  bool symbolic, force, no_follow, verbose, relative, no_target;
};

static bool is_folder(const char *path, bool follow) {
  struct stat about;
  return (follow ? stat(path, &about) : lstat(path, &about)) == 0 && S_ISDIR(about.st_mode);
}

static bool make_link(const struct ln *ln, const char *target, const char *path) {
  if (ln->force && unlink(path) != 0 && errno != ENOENT && errno != EISDIR) {
    warn_errno("cannot remove '%s'", path);
    return false;
  }
  if ((ln->symbolic ? symlink(target, path) : link(target, path)) != 0) {
    if (ln->symbolic) warn_errno("failed to create symbolic link '%s'", path);
    else if (errno == ENOENT) warn_errno("failed to access '%s'", target);
    else warn_errno("failed to create hard link '%s'", path);
    return false;
  }
  if (ln->verbose) printf("'%s' %s '%s'\n", path, ln->symbolic ? "->" : "=>", target);
  return true;
}

int ln_main(int argc, char **argv) {
  struct ln ln = {0};
  char *into = NULL;
  static const struct option names[] = {{"symbolic", 0, 0, 's'}, {"force", 0, 0, 'f'}, {"no-dereference", 0, 0, 'n'}, {"verbose", 0, 0, 'v'},
                                        {"no-target-directory", 0, 0, 'T'}, {"target-directory", 1, 0, 't'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "sfnvTt:", names, NULL)) != -1;) {
    switch (option) {
    case 's': ln.symbolic = true; break;
    case 'f': ln.force = true; break;
    case 'n': ln.no_follow = true; break;
    case 'v': ln.verbose = true; break;
    case 'T': ln.no_target = true; break;
    case 't': into = optarg; break;
    default: return 1;
    }
  }
  char **paths = argv + optind;
  int count = argc - optind;
  if (count == 0) die(1, "missing file operand");
  if (into == NULL && count == 1) into = ".";
  else if (into == NULL) {
    char *last = paths[count - 1];
    if (!ln.no_target && is_folder(last, !ln.no_follow)) into = last;
    else if (count > 2) die(1, "target '%s' is not a directory", last);
    else return make_link(&ln, paths[0], last) ? 0 : 1;
    count--;
  }
  int status = 0;
  for (int index = 0; index < count; index++) {
    char *base = path_base(paths[index]), *path = path_join(into, base);
    if (!make_link(&ln, paths[index], strcmp(into, ".") == 0 ? base : path)) status = 1;
    free(base);
    free(path);
  }
  return status;
}

int unlink_main(int argc, char **argv) {
  if (argc != 2) die(1, argc < 2 ? "missing operand" : "extra operand '%s'", argv[argc - 1]);
  if (unlink(argv[1]) != 0) die_errno(1, "cannot unlink '%s'", argv[1]);
  return 0;
}

static bool is_link(const char *path, struct text *target) {
  char buffer[4096];
  ssize_t length = readlink(path, buffer, sizeof buffer);
  if (length < 0) return false;
  text_clear(target);
  text_add(target, buffer, (size_t)length);
  return true;
}

/* The absolute path without links, `.` and `..`. With `missing` what is not there may be: 1 the last part, 2 any. Null with errno. */
static char *resolve(const char *path, int missing) {
  struct text done = {0}, rest = {0}, target = {0};
  int links = 0;
  bool gone = false;
  if (*path == 0) {
    errno = ENOENT;
    return NULL;
  }
  if (*path != '/') {
    char *here = getcwd(NULL, 0);
    if (here == NULL) return NULL;
    text_format(&rest, "%s/", here);
    free(here);
  }
  text_string(&rest, path);
  text_clear(&done);
  while (rest.length > 0) {
    size_t skip = strspn(rest.bytes, "/"), length = strcspn(rest.bytes + skip, "/");
    char *part = take(length + 1);
    memcpy(part, rest.bytes + skip, length);
    rest.length -= skip + length;
    memmove(rest.bytes, rest.bytes + skip + length, rest.length + 1);
    size_t before = done.length;
    struct stat about;
    if (strcmp(part, "..") == 0) {
      char *slash = strrchr(done.bytes, '/');
      done.length = slash == NULL ? 0 : (size_t)(slash - done.bytes);
      done.bytes[done.length] = 0;
    } else if (length > 0 && strcmp(part, ".") != 0) {
      text_format(&done, "/%s", part);
      if (!gone && is_link(done.bytes, &target)) {
        if (++links > 40) {
          errno = ELOOP;
          return NULL;
        }
        done.length = *target.bytes == '/' ? 0 : before;
        done.bytes[done.length] = 0;
        text_format(&target, "/%s", rest.bytes);
        text_clear(&rest);
        text_add(&rest, target.bytes, target.length);
      } else if (lstat(done.bytes, &about) != 0) {
        bool last = rest.bytes[strspn(rest.bytes, "/")] == 0;
        if (missing < 2 && !(missing == 1 && last && errno == ENOENT)) return NULL;
        gone = true;
      } else if (!S_ISDIR(about.st_mode) && rest.bytes[strspn(rest.bytes, "/")] != 0 && missing < 2) {
        errno = ENOTDIR;
        return NULL;
      }
    }
    free(part);
  }
  if (done.length == 0) text_char(&done, '/');
  free(rest.bytes);
  free(target.bytes);
  return done.bytes;
}

int readlink_main(int argc, char **argv) {
  int resolving = -1;
  bool no_newline = false, verbose = false;
  char end = '\n';
  static const struct option names[] = {{"canonicalize", 0, 0, 'f'}, {"canonicalize-existing", 0, 0, 'e'}, {"canonicalize-missing", 0, 0, 'm'},
                                        {"no-newline", 0, 0, 'n'},   {"zero", 0, 0, 'z'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "femnqsvz", names, NULL)) != -1;) {
    if (option == '?') return 1;
    if (option == 'e') resolving = 0;
    if (option == 'f') resolving = 1;
    if (option == 'm') resolving = 2;
    if (option == 'n') no_newline = true;
    if (option == 'v') verbose = true;
    if (option == 'z') end = 0;
  }
  if (optind >= argc) die(1, "missing operand");
  int status = 0;
  struct text target = {0};
  for (char **path = argv + optind; *path != NULL; path++) {
    const char *found = resolving >= 0 ? resolve(*path, resolving) : is_link(*path, &target) ? target.bytes : NULL;
    if (found == NULL) {
      if (verbose) warn_errno("%s", *path);
      status = 1;
      continue;
    }
    fputs(found, stdout);
    if (!no_newline || argc - optind > 1) putchar(end);
  }
  return status;
}

int realpath_main(int argc, char **argv) {
  int missing = 1;
  bool quiet = false;
  for (int option; (option = getopt(argc, argv, "emqsz")) != -1;) {
    if (option == '?') return 1;
    if (option == 'e') missing = 0;
    if (option == 'm') missing = 2;
    if (option == 'q') quiet = true;
  }
  if (optind >= argc) die(1, "missing operand");
  int status = 0;
  for (char **path = argv + optind; *path != NULL; path++) {
    char *found = resolve(*path, missing);
    if (found != NULL) puts(found);
    else {
      if (!quiet) warn_errno("%s", *path);
      status = 1;
    }
    free(found);
  }
  return status;
}
