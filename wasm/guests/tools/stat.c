/* stat, touch, mktemp, truncate, mkfifo */

#include "sys.h"
#include "tool.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *type_words(const struct stat *about) {
  mode_t mode = about->st_mode;
  if (S_ISDIR(mode)) return "directory";
  if (S_ISLNK(mode)) return "symbolic link";
  if (S_ISCHR(mode)) return "character special file";
  if (S_ISBLK(mode)) return "block special file";
  if (S_ISFIFO(mode)) return "fifo";
  if (S_ISSOCK(mode)) return "socket";
  return about->st_size == 0 ? "regular empty file" : "regular file";
}

static void add_time(struct text *out, const struct timespec *time) {
  struct tm parts;
  char text[40];
  localtime_r(&time->tv_sec, &parts);
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  text_format(out, "%s.%09ld ", text, (long)time->tv_nsec);
  strftime(text, sizeof text, "%z", &parts);
  text_string(out, text);
}

static void add_link(struct text *out, const char *path, const struct stat *about) {
  char target[4096];
  text_format(out, "'%s'", path);
  ssize_t length = S_ISLNK(about->st_mode) ? readlink(path, target, sizeof target) : -1;
  if (length >= 0) text_format(out, " -> '%.*s'", (int)length, target);
}

static bool add_field(struct text *out, char letter, const char *path, const struct stat *about) {
  char letters[11];
  unsigned long long number = 0;
  switch (letter) {
  case 'a': text_format(out, "%o", (unsigned)about->st_mode & 07777); return true;
  case 'A': text_string(out, mode_letters(about->st_mode, letters)); return true;
  case 'f': text_format(out, "%x", (unsigned)about->st_mode); return true;
  case 'F': text_string(out, type_words(about)); return true;
  case 'n': text_string(out, path); return true;
  case 'N': add_link(out, path, about); return true;
  case 'U': text_string(out, user_name(about->st_uid)); return true;
  case 'G': text_string(out, group_name(about->st_gid)); return true;
  case 'x': add_time(out, &about->st_atim); return true;
  case 'y': add_time(out, &about->st_mtim); return true;
  case 'z': add_time(out, &about->st_ctim); return true;
  case 'w': text_char(out, '-'); return true;
  case 't': text_format(out, "%x", major(about->st_rdev)); return true;
  case 'T': text_format(out, "%x", minor(about->st_rdev)); return true;
  case 'b': number = (unsigned long long)about->st_blocks; break;
  case 'B': number = 512; break;
  case 'd': number = about->st_dev; break;
  case 'g': number = about->st_gid; break;
  case 'h': number = about->st_nlink; break;
  case 'i': number = about->st_ino; break;
  case 'o': number = (unsigned long long)about->st_blksize; break;
  case 's': number = (unsigned long long)about->st_size; break;
  case 'u': number = about->st_uid; break;
  case 'W': number = 0; break;
  case 'X': number = (unsigned long long)about->st_atim.tv_sec; break;
  case 'Y': number = (unsigned long long)about->st_mtim.tv_sec; break;
  case 'Z': number = (unsigned long long)about->st_ctim.tv_sec; break;
  default: return false;
  }
  text_format(out, "%llu", number);
  return true;
}

static void print_format(const char *format, const char *path, const struct stat *about, bool escapes) {
  struct text field = {0};
  for (const char *at = format; *at != 0; at++) {
    if (escapes && *at == '\\' && at[1] != 0) {
      static const char from[] = "ntr0\\\"", to[] = "\n\t\r\0\\\"";
      const char *place = strchr(from, *++at);
      putchar(place != NULL ? to[place - from] : *at);
      continue;
    }
    if (*at != '%') {
      putchar(*at);
      continue;
    }
    const char *flags = ++at;
    while (*at != 0 && strchr("-+ #0123456789.", *at) != NULL) at++;
    text_clear(&field);
    if (*at == '%') putchar('%');
    else if (*at != 0 && add_field(&field, *at, path, about)) {
      bool left = memchr(flags, '-', (size_t)(at - flags)) != NULL, zero = *flags == '0';
      int width = atoi(flags + (left || zero || *flags == '#'));
      if (zero) for (int pad = width - (int)field.length; pad > 0; pad--) putchar('0');
      printf("%*s", zero ? 0 : left ? -width : width, field.bytes);
    } else putchar('?');
    if (*at == 0) break;
  }
  free(field.bytes);
}

int stat_main(int argc, char **argv) {
  bool follow = false, terse = false, escapes = false, file_system = false;
  const char *format = NULL;
  static const struct option names[] = {{"format", 1, 0, 'c'}, {"printf", 1, 0, 'P'},      {"dereference", 0, 0, 'L'},
                                        {"terse", 0, 0, 't'},  {"file-system", 0, 0, 'f'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "c:Ltf", names, NULL)) != -1;) {
    if (option == '?') return 1;
    if (option == 'c') format = optarg;
    if (option == 'P') format = optarg, escapes = true;
    if (option == 'L') follow = true;
    if (option == 't') terse = true;
    if (option == 'f') file_system = true;
  }
  if (optind >= argc) die(1, "missing operand");
  int status = 0;
  for (char **path = argv + optind; *path != NULL; path++) {
    struct stat about;
    struct sys_space space;
    if (file_system ? sys_space(*path, &space) != 0 : (follow ? stat(*path, &about) : lstat(*path, &about)) != 0) {
      warn_errno(file_system ? "cannot read file system information for '%s'" : "cannot statx '%s'", *path);
      status = 1;
      continue;
    }
    if (file_system) {
      printf("  File: \"%s\"\nBlock size: 4096\nBlocks: Total: %llu  Free: %llu\n", *path, (unsigned long long)space.total / 4096,
             (unsigned long long)space.free / 4096);
      continue;
    }
    const char *usual =
        "  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %dd\tInode: %-11i Links: %h\n"
        "Access: (%04a/%A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: -";
    if (terse) usual = "%n %s %b %f %u %g %d %i %h %t %T %X %Y %Z %W %o";
    print_format(format != NULL ? format : usual, *path, &about, escapes);
    if (!escapes) putchar('\n');
  }
  return status;
}

/* A time as touch and date take it: @seconds, `YYYY-MM-DD[ T]HH:MM[:SS][Z]`, or [[CC]YY]MMDDhhmm[.ss] where `stamp`. */
bool parse_time(const char *text, bool stamp, struct timespec *time) {
  struct tm parts;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  localtime_r(&now.tv_sec, &parts);
  parts.tm_isdst = -1;
  if (stamp) {
    size_t length = strcspn(text, ".");
    if (strspn(text, "0123456789") != length || (length != 8 && length != 10 && length != 12)) return false;
    int seconds = text[length] == '.' ? atoi(text + length + 1) : 0, two[6];
    for (size_t at = 0; at < length; at += 2) two[at / 2] = (text[at] - '0') * 10 + text[at + 1] - '0';
    int *rest = two + (length - 8) / 2;
    if (length == 12) parts.tm_year = two[0] * 100 + two[1] - 1900;
    if (length == 10) parts.tm_year = two[0] < 69 ? two[0] + 100 : two[0];
    parts.tm_mon = rest[0] - 1;
    parts.tm_mday = rest[1];
    parts.tm_hour = rest[2];
    parts.tm_min = rest[3];
    parts.tm_sec = seconds;
    *time = (struct timespec){.tv_sec = mktime(&parts)};
    return true;
  }
  if (strcmp(text, "now") == 0) {
    *time = now;
    return true;
  }
  char *end;
  if (*text == '@') {
    *time = (struct timespec){.tv_sec = (time_t)strtoll(text + 1, &end, 10)};
    if (*end == '.') time->tv_nsec = (long)(strtod(end, &end) * 1e9);
    return end != text + 1 && *end == 0;
  }
  static const char *const formats[] = {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d",
                                        "%Y/%m/%d %H:%M:%S", "%Y/%m/%d", "%a %b %d %H:%M:%S UTC %Y", "%a %b %d %H:%M:%S %Y",
                                        "%a, %d %b %Y %H:%M:%S", "%d %b %Y %H:%M:%S", "%d %b %Y", "%Y%m%d", "%H:%M:%S", "%H:%M"};
  for (size_t index = 0; index < sizeof formats / sizeof *formats; index++) {
    struct tm tried = parts;
    tried.tm_sec = 0;
    if (formats[index][1] != 'H') tried.tm_hour = tried.tm_min = 0;
    char *rest = strptime(text, formats[index], &tried);
    if (rest == NULL) continue;
    long nanoseconds = 0;
    if (*rest == '.') nanoseconds = (long)(strtod(rest, &rest) * 1e9);
    while (*rest == ' ') rest++;
    long offset = 0;
    bool universal = strcmp(rest, "Z") == 0 || strcmp(rest, "UTC") == 0 || strcmp(rest, "GMT") == 0;
    if ((*rest == '+' || *rest == '-') && strlen(rest) >= 3) {
      int hours = (rest[1] - '0') * 10 + rest[2] - '0', minutes = atoi(rest + 3 + (rest[3] == ':'));
      offset = (hours * 60 + minutes) * 60 * (*rest == '-' ? -1 : 1);
      universal = true;
    } else if (*rest != 0 && !universal) continue;
    tried.tm_isdst = -1;
    *time = (struct timespec){.tv_sec = (universal ? timegm(&tried) : mktime(&tried)) - offset, .tv_nsec = nanoseconds};
    return true;
  }
  return false;
}

/* Sets those of the times that are wanted. wasi-libc refuses UTIME_NOW and UTIME_OMIT (EINVAL): they are filled in here. */
static int set_times(const char *path, const struct timespec wanted[2], const bool keeps[2], int flags) {
  struct timespec times[2] = {wanted[0], wanted[1]};
  struct stat now;
  if ((keeps[0] || keeps[1]) && fstatat(AT_FDCWD, path, &now, flags) != 0) return -1;
  if (keeps[0]) times[0] = now.st_atim;
  if (keeps[1]) times[1] = now.st_mtim;
  return utimensat(AT_FDCWD, path, times, flags);
}

int touch_main(int argc, char **argv) {
  struct timespec times[2];
  clock_gettime(CLOCK_REALTIME, times);
  times[1] = times[0];
  bool only_access = false, only_modified = false, no_create = false, no_follow = false;
  static const struct option names[] = {{"no-create", 0, 0, 'c'}, {"date", 1, 0, 'd'}, {"reference", 1, 0, 'r'}, {"no-dereference", 0, 0, 'h'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "acmhd:r:t:f", names, NULL)) != -1;) {
    struct stat reference;
    switch (option) {
    case 'a': only_access = true; break;
    case 'm': only_modified = true; break;
    case 'c': no_create = true; break;
    case 'h': no_follow = true; break;
    case 'f': break;
    case 'd': case 't':
      if (!parse_time(optarg, option == 't', times)) die(1, "invalid date format '%s'", optarg);
      times[1] = times[0];
      break;
    case 'r':
      if (stat(optarg, &reference) != 0) die_errno(1, "failed to get attributes of '%s'", optarg);
      times[0] = reference.st_atim;
      times[1] = reference.st_mtim;
      break;
    default: return 1;
    }
  }
  if (optind >= argc) die(1, "missing file operand");
  const bool keeps[2] = {only_modified && !only_access, only_access && !only_modified};
  int status = 0;
  for (char **path = argv + optind; *path != NULL; path++) {
    int flags = no_follow ? AT_SYMLINK_NOFOLLOW : 0;
    if (set_times(*path, times, keeps, flags) == 0) continue;
    if (errno == ENOENT && (no_create || no_follow)) {
      if (no_create) continue;
    } else if (errno == ENOENT) {
      int file = open(*path, O_WRONLY | O_CREAT, 0666);
      if (file >= 0) {
        close(file);
        if (set_times(*path, times, keeps, flags) == 0) continue;
      }
    }
    warn_errno("cannot touch '%s'", *path);
    status = 1;
  }
  return status;
}

static void fill_template(char *places, size_t count) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  unsigned char random[64];
  if (getentropy(random, count) != 0) die_errno(1, "no random bytes");
  for (size_t index = 0; index < count; index++) places[index] = letters[random[index] % 62];
}

int mktemp_main(int argc, char **argv) {
  bool directory = false, dry = false, quiet = false, in_folder = false;
  const char *folder = getenv("TMPDIR");
  if (folder == NULL || *folder == 0) folder = "/tmp";
  static const struct option names[] = {{"directory", 0, 0, 'd'}, {"dry-run", 0, 0, 'u'}, {"quiet", 0, 0, 'q'}, {"tmpdir", 2, 0, 'p'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "duqp:t", names, NULL)) != -1;) {
    if (option == '?') return 1;
    if (option == 'd') directory = true;
    if (option == 'u') dry = true;
    if (option == 'q') quiet = true;
    if (option == 'p' || option == 't') in_folder = true;
    if (option == 'p' && optarg != NULL) folder = optarg;
  }
  char *path = optind < argc ? take_copy(argv[optind]) : take_copy("tmp.XXXXXXXXXX");
  if (optind >= argc || in_folder) path = path_join(folder, path);
  char *end = strrchr(path, 'X');
  size_t count = 0;
  while (end != NULL && end - count >= path && count < 64 && end[-(long)count] == 'X') count++;
  if (count < 3) die(1, "too few X's in template '%s'", path);
  for (int attempt = 0; attempt < 100; attempt++) {
    fill_template(end - count + 1, count);
    struct stat about;
    int made = dry ? (lstat(path, &about) == 0 ? -1 : 0) : directory ? mkdir(path, 0700) : create_file(path, 0600, true);
    if (made >= 0) {
      if (directory && !dry) chmod(path, 0700);
      puts(path);
      return 0;
    }
    if (errno != EEXIST && !dry) break;
  }
  if (!quiet) warn_errno("failed to create %s via template '%s'", directory ? "directory" : "file", path);
  return 1;
}

int truncate_main(int argc, char **argv) {
  const char *size = NULL;
  bool no_create = false;
  for (int option; (option = getopt(argc, argv, "cs:")) != -1;) {
    if (option == '?') return 1;
    if (option == 'c') no_create = true;
    if (option == 's') size = optarg;
  }
  if (size == NULL) die(1, "you must specify '--size'");
  int status = 0;
  for (char **path = argv + optind; *path != NULL; path++) {
    struct stat about;
    int file = open(*path, O_WRONLY | (no_create ? 0 : O_CREAT), 0666);
    if (file < 0 && no_create && errno == ENOENT) continue;
    int64_t length = parse_size(size + (*size == '+' || *size == '-'), 1);
    if (file < 0 || fstat(file, &about) != 0) status = 1;
    else {
      if (*size == '+') length = about.st_size + length;
      if (*size == '-') length = about.st_size > length ? about.st_size - length : 0;
      if (ftruncate(file, length) != 0) status = 1;
    }
    if (status != 0) warn_errno("cannot change '%s'", *path);
    if (file >= 0) close(file);
  }
  return status;
}

int mkfifo_main(int argc, char **argv) {
  mode_t mode = 0666;
  for (int option; (option = getopt(argc, argv, "m:")) != -1;) {
    if (option == '?') return 1;
    if (!parse_mode(optarg, 0666, false, 0, &mode)) die(1, "invalid mode '%s'", optarg);
  }
  int status = 0;
  for (char **path = argv + optind; *path != NULL; path++) {
    if (mkfifo(*path, mode) == 0) continue;
    warn_errno("cannot create fifo '%s'", *path);
    status = 1;
  }
  return status;
}
