/* gzip, gunzip, zcat */

#include "deflate.h"
#include "sys.h"
#include "tool.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
  bool to_output, unpack, force, keep, quiet, test, no_name, verbose, recursive;
  int level;
  const char *suffix;
} how = {.level = 6, .suffix = ".gz"};

struct files {
  int input, output;
};

static ptrdiff_t read_input(void *context, void *bytes, size_t room) { return read(((struct files *)context)->input, bytes, room); }

static bool write_output(void *context, const void *bytes, size_t length) {
  const struct files *files = context;
  return files->output < 0 || write_all(files->output, bytes, length);
}

static int run(struct files files, const char *path, const char *name, uint32_t time) {
  struct flow flow = {.read = read_input, .write = write_output, .context = &files};
  const char *fault = how.unpack ? gzip_unpack(&flow) : gzip_pack(&flow, how.level, name, time);
  if (fault == NULL) return 0;
  bool garbage = strstr(fault, "garbage") != NULL;
  if (!how.quiet || !garbage) warn("%s: %s", path, fault);
  return garbage ? 2 : 1;
}

/* The name of what comes out. Null after a warning. */
static char *output_path(const char *path) {
  size_t length = strlen(path), cut = strlen(how.suffix);
  if (!how.unpack) {
    if (length > cut && strcmp(path + length - cut, how.suffix) == 0) {
      if (!how.quiet) warn("%s already has %s suffix -- unchanged", path, how.suffix);
      return NULL;
    }
    return take_format("%s%s", path, how.suffix);
  }
  if (length > 4 && (strcmp(path + length - 4, ".tgz") == 0 || strcmp(path + length - 4, ".taz") == 0)) return take_format("%.*s.tar", (int)length - 4, path);
  if (length > cut && strcmp(path + length - cut, how.suffix) == 0) return take_format("%.*s", (int)(length - cut), path);
  if (!how.quiet) warn("%s: unknown suffix -- ignored", path);
  return NULL;
}

static int change_file(const char *path) {
  struct stat about;
  if (lstat(path, &about) != 0) {
    if (how.unpack && errno == ENOENT) {
      char *longer = take_format("%s%s", path, how.suffix);
      if (lstat(longer, &about) == 0) return change_file(longer);
      free(longer);
      errno = ENOENT;
      warn_errno("%s%s", path, strstr(path, how.suffix) == NULL ? how.suffix : "");
      return 1;
    }
    warn_errno("%s", path);
    return 1;
  }
  if (S_ISDIR(about.st_mode)) {
    warn("%s is a directory -- ignored", path);
    return 2;
  }
  if (!S_ISREG(about.st_mode) && !how.force && !how.to_output) {
    warn("%s is not a directory or a regular file - ignored", path);
    return 2;
  }
  struct files files = {.input = open(path, O_RDONLY), .output = how.test ? -1 : 1};
  if (files.input < 0) {
    warn_errno("%s", path);
    return 1;
  }
  const char *slash = strrchr(path, '/'), *name = how.no_name ? NULL : slash == NULL ? path : slash + 1;
  uint32_t time = how.no_name ? 0 : (uint32_t)about.st_mtim.tv_sec;
  if (how.to_output || how.test) {
    int code = run(files, path, name, time);
    close(files.input);
    return code;
  }
  char *output = output_path(path);
  if (output == NULL) return how.unpack ? 2 : 0;
  struct stat there;
  if (!how.force && lstat(output, &there) == 0) {
    if (!isatty(0) || !ask("%s already exists; do you wish to overwrite (y or n)? ", output)) {
      if (!isatty(0)) warn("%s already exists;\tnot overwritten", output);
      return 2;
    }
  }
  unlink(output);
  files.output = create_file(output, about.st_mode & 0777, true);
  if (files.output < 0) {
    warn_errno("%s", output);
    return 1;
  }
  int code = run(files, path, name, time);
  close(files.input);
  close(files.output);
  if (code != 0) unlink(output);
  else {
    struct timespec times[2] = {about.st_atim, about.st_mtim};
    utimensat(AT_FDCWD, output, times, 0);
    if (!how.keep) unlink(path);
    if (how.verbose) fprintf(stderr, "%s: replaced with %s\n", path, output);
  }
  free(output);
  return code;
}

int gzip_main(int argc, char **argv) {
  how.unpack = strcmp(tool_name, "gzip") != 0;
  how.to_output = strcmp(tool_name, "zcat") == 0;
  static const struct option names[] = {{"stdout", 0, 0, 'c'}, {"decompress", 0, 0, 'd'}, {"force", 0, 0, 'f'}, {"keep", 0, 0, 'k'}, {"quiet", 0, 0, 'q'},
                                        {"test", 0, 0, 't'},   {"no-name", 0, 0, 'n'},    {"fast", 0, 0, '1'},  {"best", 0, 0, '9'}, {"suffix", 1, 0, 'S'},
                                        {"to-stdout", 0, 0, 'c'}, {"uncompress", 0, 0, 'd'}, {"verbose", 0, 0, 'v'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "cdfkqtnNvS:123456789", names, NULL)) != -1;) {
    switch (option) {
    case 'c': how.to_output = true; break;
    case 'd': how.unpack = true; break;
    case 'f': how.force = true; break;
    case 'k': how.keep = true; break;
    case 'q': how.quiet = true; break;
    case 't': how.test = how.unpack = true; break;
    case 'n': how.no_name = true; break;
    case 'v': how.verbose = true; break;
    case 'S': how.suffix = optarg; break;
    case 'N': break;
    default:
      if (option < '1' || option > '9') return 1;
      how.level = option - '0';
    }
  }
  fflush(stdout);
  int status = 0;
  static char *standard[] = {"-", NULL};
  for (char **path = optind < argc ? argv + optind : standard; *path != NULL; path++) {
    int code;
    if (strcmp(*path, "-") != 0) code = change_file(*path);
    else if (!how.unpack && isatty(1) && !how.force) die(1, "compressed data not written to a terminal. Use -f to force compression.");
    else code = run((struct files){.input = 0, .output = how.test ? -1 : 1}, "stdin", NULL, 0);
    if (code == 1 || status == 0) status = code;
  }
  return status;
}
