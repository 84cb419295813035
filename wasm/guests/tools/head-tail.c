/* head, tail */

#include "sys.h"
#include "tool.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Turns the old `-5` into `-n5`. */
static void old_count(int argc, char **argv) {
  if (argc < 2 || argv[1][0] != '-' || argv[1][1] < '0' || argv[1][1] > '9') return;
  bool bytes = argv[1][strlen(argv[1]) - 1] == 'c';
  argv[1] = take_format("-%c%s", bytes ? 'c' : 'n', argv[1] + 1);
  if (bytes) argv[1][strlen(argv[1]) - 1] = 0;
}

static void header(const char *path, bool wanted) {
  static bool some;
  if (!wanted) return;
  printf("%s==> %s <==\n", some ? "\n" : "", strcmp(path, "-") == 0 ? "standard input" : path);
  some = true;
}

/* What is left over is put back where that can be done, for who reads the same file next. */
static void put_back(int file, size_t count) {
  if (count > 0) lseek(file, -(off_t)count, SEEK_CUR);
}

static void head_lines(int file, int64_t count, int delimiter) {
  struct reader reader = reader_of(file);
  char *line;
  for (ssize_t length; count > 0 && (length = read_line(&reader, &line, delimiter)) > 0; count--) {
    fwrite(line, 1, (size_t)length, stdout);
  }
  put_back(file, reader.end - reader.at);
  reader_free(&reader);
}

static void head_bytes(int file, int64_t count) {
  struct reader reader = reader_of(file);
  char *bytes;
  for (ssize_t got; count > 0 && (got = read_some(&reader, &bytes)) > 0; count -= got) {
    if (got > count) {
      put_back(file, (size_t)(got - count));
      got = (ssize_t)count;
    }
    fwrite(bytes, 1, (size_t)got, stdout);
  }
  reader_free(&reader);
}

/* All but the last `count` lines or bytes. */
static void head_without(int file, uint64_t count, bool lines, int delimiter) {
  struct text whole = {0};
  if (!read_whole(file, &whole)) return;
  size_t end = whole.length;
  if (!lines) end = count > end ? 0 : end - count;
  for (; lines && count > 0 && end > 0; count--) {
    end--;
    while (end > 0 && whole.bytes[end - 1] != delimiter) end--;
  }
  fwrite(whole.bytes, 1, end, stdout);
  free(whole.bytes);
}

int head_main(int argc, char **argv) {
  int64_t count = 10;
  bool lines = true, quiet = false, verbose = false, without = false;
  int delimiter = '\n';
  old_count(argc, argv);
  static const struct option names[] = {
      {"lines", 1, 0, 'n'}, {"bytes", 1, 0, 'c'}, {"quiet", 0, 0, 'q'}, {"silent", 0, 0, 'q'}, {"verbose", 0, 0, 'v'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "n:c:qvz", names, NULL)) != -1;) {
    if (option == '?') return 1;
    if (option == 'q') quiet = true;
    if (option == 'v') verbose = true;
    if (option == 'z') delimiter = 0;
    if (option != 'n' && option != 'c') continue;
    lines = option == 'n';
    without = *optarg == '-';
    count = parse_size(optarg + without, 1);
  }
  static char *input[] = {"-", NULL};
  char **paths = optind < argc ? argv + optind : input;
  bool headers = verbose || (argc - optind > 1 && !quiet);
  int status = 0;
  for (char **path = paths; *path != NULL; path++) {
    int file = strcmp(*path, "-") == 0 ? 0 : open(*path, O_RDONLY);
    struct stat about;
    if (file < 0) {
      warn_errno("cannot open '%s' for reading", *path);
      status = 1;
      continue;
    }
    header(*path, headers);
    if (fstat(file, &about) == 0 && S_ISDIR(about.st_mode)) {
      warn("error reading '%s': Is a directory", *path);
      status = 1;
    } else if (without) head_without(file, (uint64_t)count, lines, delimiter);
    else if (lines) head_lines(file, count, delimiter);
    else head_bytes(file, count);
    close_input(file);
  }
  return status;
}

struct tail {
  uint64_t count;
  bool lines, from_begin;
  int delimiter;
};

/* Where the last `count` lines of what was read begin. */
static size_t last_lines(const char *bytes, size_t length, uint64_t count, int delimiter) {
  size_t at = length;
  if (count == 0) return length;
  if (at > 0 && bytes[at - 1] == delimiter) at--;
  for (; at > 0; at--) {
    if (bytes[at - 1] == delimiter && --count == 0) return at;
  }
  return 0;
}

/* Files are read from their end, block by block; what cannot be sought in keeps the last part of what came. */
static bool seek_tail(int file, const struct tail *tail) {
  struct stat about;
  if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) return false;
  off_t size = about.st_size, here = lseek(file, 0, SEEK_CUR);
  if (here < 0) return false;
  if (!tail->lines) {
    off_t begin = (uint64_t)(size - here) > tail->count ? size - (off_t)tail->count : here;
    return lseek(file, begin, SEEK_SET) >= 0;
  }
  char block[8192];
  uint64_t left = tail->count;
  if (left == 0) return lseek(file, 0, SEEK_END) >= 0;
  for (off_t end = size; end > here;) {
    off_t begin = end - here > (off_t)sizeof block ? end - (off_t)sizeof block : here;
    ssize_t got = pread(file, block, (size_t)(end - begin), begin);
    if (got <= 0) return false;
    for (ssize_t at = got; at > 0; at--) {
      if (block[at - 1] != tail->delimiter || begin + at == size) continue;
      if (--left == 0) return lseek(file, begin + at, SEEK_SET) >= 0;
    }
    end = begin;
  }
  return lseek(file, here, SEEK_SET) >= 0;
}

static bool tail_stream(int file, const struct tail *tail) {
  struct reader reader = reader_of(file);
  struct text kept = {0};
  char *bytes;
  ssize_t got;
  uint64_t skip = tail->from_begin && tail->count > 0 ? tail->count - 1 : 0;
  while ((got = read_some(&reader, &bytes)) > 0) {
    size_t at = 0;
    if (tail->from_begin) {
      if (!tail->lines) at = skip > (uint64_t)got ? (size_t)got : (size_t)skip;
      for (; tail->lines && skip > 0 && at < (size_t)got; at++) skip -= bytes[at] == tail->delimiter;
      if (!tail->lines) skip -= at;
      fwrite(bytes + at, 1, (size_t)got - at, stdout);
      continue;
    }
    text_add(&kept, bytes, (size_t)got);
    if (kept.length < ((size_t)1 << 20)) continue;
    size_t begin = tail->lines ? last_lines(kept.bytes, kept.length, tail->count, tail->delimiter)
                               : kept.length - (tail->count < kept.length ? tail->count : kept.length);
    if (begin < kept.length / 2) continue;
    kept.length -= begin;
    memmove(kept.bytes, kept.bytes + begin, kept.length);
  }
  if (kept.length > 0) {
    size_t begin = tail->lines ? last_lines(kept.bytes, kept.length, tail->count, tail->delimiter)
                               : kept.length - (tail->count < kept.length ? tail->count : kept.length);
    fwrite(kept.bytes + begin, 1, kept.length - begin, stdout);
  }
  free(kept.bytes);
  reader_free(&reader);
  return got == 0;
}

struct followed {
  const char *path;
  int file;
  struct stat about;
};

static void open_again(struct followed *each) {
  struct stat now;
  if (stat(each->path, &now) != 0 || (now.st_ino == each->about.st_ino && now.st_dev == each->about.st_dev)) return;
  int file = open(each->path, O_RDONLY);
  if (file < 0) return;
  warn("'%s' has been replaced; following the new file", each->path);
  close_input(each->file);
  each->file = file;
  each->about = now;
}

_Noreturn static void follow(struct followed *files, int count, bool by_name, double interval, bool headers) {
  int shown = count - 1;
  for (;;) {
    fflush(stdout);
    if (ferror(stdout)) exit(1);
    struct timespec time = {.tv_sec = (time_t)interval, .tv_nsec = (long)((interval - (double)(time_t)interval) * 1e9)};
    nanosleep(&time, NULL);
    for (int index = 0; index < count; index++) {
      struct followed *each = files + index;
      struct stat now;
      if (by_name) open_again(each);
      if (each->file < 0) continue;
      off_t here = lseek(each->file, 0, SEEK_CUR);
      if (here >= 0 && fstat(each->file, &now) == 0 && S_ISREG(now.st_mode) && now.st_size < here) {
        warn("%s: file truncated", each->path);
        lseek(each->file, 0, SEEK_SET);
      }
      char block[8192];
      for (ssize_t got; (got = read(each->file, block, sizeof block)) > 0;) {
        if (shown != index) header(each->path, headers);
        shown = index;
        fwrite(block, 1, (size_t)got, stdout);
      }
    }
  }
}

int tail_main(int argc, char **argv) {
  struct tail tail = {.count = 10, .lines = true, .delimiter = '\n'};
  bool quiet = false, verbose = false, following = false, by_name = false;
  double interval = 1;
  if (argc > 1 && argv[1][0] == '+') argv[1] = take_format("-n%s", argv[1]);
  old_count(argc, argv);
  static const struct option names[] = {{"lines", 1, 0, 'n'},   {"bytes", 1, 0, 'c'},          {"quiet", 0, 0, 'q'},
                                        {"verbose", 0, 0, 'v'}, {"follow", 2, 0, 'f'},         {"retry", 0, 0, 'r'},
                                        {"silent", 0, 0, 'q'},  {"sleep-interval", 1, 0, 's'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "n:c:qvfFs:z", names, NULL)) != -1;) {
    if (option == '?') return 1;
    if (option == 'q') quiet = true;
    if (option == 'v') verbose = true;
    if (option == 'f' || option == 'F') following = true;
    if (option == 'F' || (option == 'f' && optarg != NULL && strcmp(optarg, "name") == 0)) by_name = true;
    if (option == 's') interval = strtod(optarg, NULL);
    if (option == 'z') tail.delimiter = 0;
    if (option != 'n' && option != 'c') continue;
    tail.lines = option == 'n';
    tail.from_begin = *optarg == '+';
    tail.count = (uint64_t)parse_size(optarg + (*optarg == '+' || *optarg == '-'), 1);
  }
  static char *input[] = {"-", NULL};
  char **paths = optind < argc ? argv + optind : input;
  int status = 0, count = 0;
  struct followed *files = take(sizeof *files * (size_t)argc);
  bool headers = verbose || (argc - optind > 1 && !quiet);
  for (char **path = paths; *path != NULL; path++) {
    int file = strcmp(*path, "-") == 0 ? 0 : open(*path, O_RDONLY);
    files[count] = (struct followed){.path = *path, .file = file};
    if (file < 0) {
      warn_errno("cannot open '%s' for reading", *path);
      status = 1;
      if (by_name) count++;
      continue;
    }
    header(*path, headers);
    if (!tail.from_begin && seek_tail(file, &tail)) {
      fflush(stdout);
      bool reading;
      if (!copy_bytes(file, 1, &reading)) die_errno(1, "%s", reading ? *path : "write error");
    } else if (!tail_stream(file, &tail)) {
      warn_errno("error reading '%s'", *path);
      status = 1;
    }
    fstat(file, &files[count].about);
    if (!following) close_input(file);
    count++;
  }
  if (following && count > 0) follow(files, count, by_name, interval, headers);
  return status;
}
