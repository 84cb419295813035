/* echo, true, false, yes, basename, dirname, seq, sleep, printenv, env, pwd, which, nproc, clear, reset, sync */

#include "sys.h"
#include "tool.h"
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

int true_main(int argc, char **argv) {
  (void)argc, (void)argv;
  return 0;
}

int false_main(int argc, char **argv) {
  (void)argc, (void)argv;
  return 1;
}

int sync_main(int argc, char **argv) { return true_main(argc, argv); }

int yes_main(int argc, char **argv) {
  struct text line = {0}, block = {0};
  for (int index = 1; index < argc; index++) {
    if (index > 1) text_char(&line, ' ');
    text_string(&line, argv[index]);
  }
  if (argc == 1) text_char(&line, 'y');
  text_char(&line, '\n');
  do text_add(&block, line.bytes, line.length);
  while (block.length < 65536);
  while (write_all(1, block.bytes, block.length)) continue;
  die_errno(1, "standard output");
}

int basename_main(int argc, char **argv) {
  bool many = false;
  const char *suffix = NULL;
  char end = '\n';
  for (int option; (option = getopt(argc, argv, "+as:z")) != -1;) {
    if (option == '?') return 1;
    if (option == 'z') end = 0;
    else many = true;
    if (option == 's') suffix = optarg;
  }
  if (optind >= argc) die(1, "missing operand");
  if (!many && argc - optind > 2) die(1, "extra operand '%s'", argv[optind + 2]);
  if (!many && argc - optind == 2) suffix = argv[--argc];
  for (; optind < argc; optind++) {
    char *base = path_base(argv[optind]);
    size_t length = strlen(base), cut = suffix == NULL ? 0 : strlen(suffix);
    if (cut > 0 && cut < length && strcmp(base + length - cut, suffix) == 0) base[length - cut] = 0;
    printf("%s%c", base, end);
    free(base);
  }
  return 0;
}

int dirname_main(int argc, char **argv) {
  if (argc < 2) die(1, "missing operand");
  for (int index = 1; index < argc; index++) {
    const char *path = argv[index];
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') end--;
    while (end > 0 && path[end - 1] != '/') end--;
    while (end > 1 && path[end - 1] == '/') end--;
    if (end == 0) puts(".");
    else printf("%.*s\n", (int)end, path);
  }
  return 0;
}

/* Digits behind the point. */
static int precision_of(const char *number) {
  const char *point = strchr(number, '.');
  return point == NULL ? 0 : (int)strspn(point + 1, "0123456789");
}

static double seq_number(const char *text) {
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end != 0) die(1, "invalid floating point argument: '%s'", text);
  return value;
}

static int seq_width(double value, int precision) { return snprintf(NULL, 0, "%.*f", precision, value); }

int seq_main(int argc, char **argv) {
  const char *separator = "\n", *format = NULL;
  bool equal = false;
  int at = 1;
  for (; at < argc && argv[at][0] == '-' && (argv[at][1] < '0' || argv[at][1] > '9') && argv[at][1] != '.'; at++) {
    bool attached = argv[at][2] != 0;
    if (argv[at][1] == 'w') equal = true;
    else if ((argv[at][1] == 's' || argv[at][1] == 'f') && (attached || at + 1 < argc)) {
      const char *value = attached ? argv[at] + 2 : argv[at + 1];
      if (argv[at][1] == 's') separator = value;
      else format = value;
      at += !attached;
    } else die(1, "invalid option -- '%c'", argv[at][1]);
  }
  if (at >= argc) die(1, "missing operand");
  if (argc - at > 3) die(1, "extra operand '%s'", argv[at + 3]);
  const char *first_text = argc - at > 1 ? argv[at] : "1", *step_text = argc - at > 2 ? argv[at + 1] : "1";
  const char *last_text = argv[argc - 1];
  double first = seq_number(first_text), step = seq_number(step_text), last = seq_number(last_text);
  if (step == 0) die(1, "invalid Zero increment value: '%s'", step_text);
  int precision = precision_of(first_text) > precision_of(step_text) ? precision_of(first_text) : precision_of(step_text);
  double count = floor((last - first) / step + 1e-10);
  int width = 0;
  if (equal) {
    width = seq_width(first, precision);
    int other = seq_width(first + count * step, precision);
    if (other > width) width = other;
  }
  for (double index = 0; index <= count; index++) {
    double value = first + index * step;
    if (index > 0) fputs(separator, stdout);
    if (format != NULL) printf(format, value);
    else printf("%0*.*f", width, precision, value);
  }
  if (count >= 0) putchar('\n');
  return 0;
}

int sleep_main(int argc, char **argv) {
  double seconds = 0;
  if (argc < 2) die(1, "missing operand");
  for (int index = 1; index < argc; index++) {
    char *end;
    double value = strtod(argv[index], &end);
    const char *unit = *end == 0 ? "s" : strchr("smhd", *end);
    if (end == argv[index] || unit == NULL || (*end != 0 && end[1] != 0) || value < 0) {
      die(1, "invalid time interval '%s'", argv[index]);
    }
    seconds += value * (*unit == 's' ? 1 : *unit == 'm' ? 60 : *unit == 'h' ? 3600 : 86400);
  }
  do {
    double part = seconds > 1e9 ? 1e9 : seconds;
    struct timespec time = {.tv_sec = (time_t)part, .tv_nsec = (long)((part - floor(part)) * 1e9)};
    if (nanosleep(&time, NULL) != 0 && errno != EINTR) die_errno(1, "cannot sleep");
    seconds -= part;
  } while (seconds > 0);
  return 0;
}

int printenv_main(int argc, char **argv) {
  int status = 0;
  if (argc == 1) {
    for (char **each = environ; each != NULL && *each != NULL; each++) puts(*each);
  }
  for (int index = 1; index < argc; index++) {
    const char *value = getenv(argv[index]);
    if (value == NULL) status = 1;
    else puts(value);
  }
  return status;
}

int env_main(int argc, char **argv) {
  static char *none[] = {NULL};
  char end = '\n';
  int option;
  while ((option = getopt(argc, argv, "+iu:0C:")) != -1) {
    if (option == '?') return 125;
    if (option == 'i') environ = none;
    if (option == 'u') unsetenv(optarg);
    if (option == '0') end = 0;
    if (option == 'C' && chdir(optarg) != 0) die_errno(125, "cannot change directory to '%s'", optarg);
  }
  if (optind < argc && strcmp(argv[optind], "-") == 0) {
    environ = none;
    optind++;
  }
  for (; optind < argc && strchr(argv[optind], '=') != NULL; optind++) putenv(argv[optind]);
  if (optind < argc) {
    sys_exec(argv + optind);
    die_errno(errno == ENOENT ? 127 : 126, "'%s'", argv[optind]);
  }
  for (char **each = environ; each != NULL && *each != NULL; each++) printf("%s%c", *each, end);
  return 0;
}

int pwd_main(int argc, char **argv) {
  (void)argc, (void)argv;
  char *path = getcwd(NULL, 0);
  if (path == NULL) die_errno(1, "cannot tell the working directory");
  puts(path);
  return 0;
}

static bool executable(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0;
}

static bool which(const char *name, bool all) {
  if (strchr(name, '/') != NULL) {
    if (executable(name)) puts(name);
    return executable(name);
  }
  const char *said = getenv("PATH");
  char *folders = take_copy(said == NULL ? "/usr/local/bin:/bin" : said), *rest = folders;
  bool found = false;
  for (char *folder; (all || !found) && (folder = strsep(&rest, ":")) != NULL;) {
    char *path = path_join(*folder == 0 ? "." : folder, name);
    if (executable(path)) {
      puts(path);
      found = true;
    }
    free(path);
  }
  free(folders);
  return found;
}

int which_main(int argc, char **argv) {
  bool all = argc > 1 && strcmp(argv[1], "-a") == 0;
  int status = 0;
  for (int index = 1 + all; index < argc; index++) {
    if (!which(argv[index], all)) status = 1;
  }
  return status;
}

/* A process is one thread. */
int nproc_main(int argc, char **argv) {
  (void)argc, (void)argv;
  puts("1");
  return 0;
}

int clear_main(int argc, char **argv) {
  (void)argc, (void)argv;
  fputs("\033[H\033[2J\033[3J", stdout);
  return 0;
}

int reset_main(int argc, char **argv) {
  (void)argc, (void)argv;
  sys_set_terminal(0, &(struct sys_terminal){.canonical = true, .echo = true, .signals = true});
  fputs("\033c", stdout);
  return 0;
}
