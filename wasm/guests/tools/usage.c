/* du, df, ps, free, top */

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

static struct {
  bool all, summary, human, total, apparent;
  int64_t deepest;
  uint64_t unit;
  int status;
} du = {.deepest = -1, .unit = 1024};

static void print_usage(uint64_t bytes, const char *path) {
  char text[8];
  if (du.human) printf("%s\t%s\n", human_size(bytes, text), path);
  else printf("%llu\t%s\n", (unsigned long long)((bytes + du.unit - 1) / du.unit), path);
}

/* Files with several names count once. */
static bool counted_before(const struct stat *about) {
  static struct {
    dev_t device;
    ino_t inode;
  } *seen;
  static size_t count;
  if (about->st_nlink < 2 || S_ISDIR(about->st_mode)) return false;
  for (size_t index = 0; index < count; index++) {
    if (seen[index].inode == about->st_ino && seen[index].device == about->st_dev) return true;
  }
  seen = take_more(seen, (count + 1) * sizeof *seen);
  seen[count].inode = about->st_ino;
  seen[count++].device = about->st_dev;
  return false;
}

static uint64_t usage_of(const char *path, int64_t depth) {
  struct stat about;
  if (lstat(path, &about) != 0) {
    warn_errno("cannot access '%s'", path);
    du.status = 1;
    return 0;
  }
  if (counted_before(&about)) return 0;
  uint64_t sum = du.apparent ? (uint64_t)about.st_size : (uint64_t)about.st_blocks * 512;
  DIR *directory = S_ISDIR(about.st_mode) ? opendir(path) : NULL;
  if (S_ISDIR(about.st_mode) && directory == NULL) {
    warn_errno("cannot read directory '%s'", path);
    du.status = 1;
  }
  for (struct dirent *each; directory != NULL && (each = readdir(directory)) != NULL;) {
    if (strcmp(each->d_name, ".") == 0 || strcmp(each->d_name, "..") == 0) continue;
    char *child = path_join(path, each->d_name);
    sum += usage_of(child, depth + 1);
    free(child);
  }
  if (directory != NULL) closedir(directory);
  bool shown = depth == 0 || ((S_ISDIR(about.st_mode) || du.all) && !du.summary && (du.deepest < 0 || depth <= du.deepest));
  if (shown) print_usage(sum, path);
  return sum;
}

int du_main(int argc, char **argv) {
  static const struct option names[] = {{"all", 0, 0, 'a'}, {"summarize", 0, 0, 's'}, {"human-readable", 0, 0, 'h'}, {"total", 0, 0, 'c'},
                                        {"max-depth", 1, 0, 'd'}, {"apparent-size", 0, 0, 'A'}, {"bytes", 0, 0, 'b'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "ashckmbd:x", names, NULL)) != -1;) {
    switch (option) {
    case 'a': du.all = true; break;
    case 's': du.summary = true; break;
    case 'h': du.human = true; break;
    case 'c': du.total = true; break;
    case 'k': du.unit = 1024; break;
    case 'm': du.unit = 1 << 20; break;
    case 'b': du.unit = 1; du.apparent = true; break;
    case 'A': du.apparent = true; break;
    case 'd': du.deepest = parse_number(optarg, 1, "maximum depth"); break;
    case 'x': break;
    default: return 1;
    }
  }
  static char *here[] = {".", NULL};
  uint64_t sum = 0;
  for (char **path = optind < argc ? argv + optind : here; *path != NULL; path++) sum += usage_of(*path, 0);
  if (du.total) print_usage(sum, "total");
  return du.status;
}

/* @param unit bytes of a block; 0 for sizes that are easily read */
static void print_space(const char *source, const char *target, const struct sys_space *space, uint64_t unit) {
  bool human = unit == 0;
  uint64_t used = space->total - space->free;
  char text[3][24];
  const uint64_t values[3] = {space->total, used, space->free};
  for (int index = 0; index < 3; index++) {
    if (human) human_size(values[index], text[index]);
    else snprintf(text[index], sizeof text[index], "%llu", (unsigned long long)((values[index] + unit - 1) / unit));
  }
  unsigned percent = space->total == 0 ? 0 : (unsigned)((used * 100 + space->total - 1) / space->total);
  printf("%-15s %*s %*s %*s %3u%% %s\n", source, human ? 5 : 9, text[0], human ? 5 : 9, text[1], human ? 5 : 9, text[2], percent, target);
}

int df_main(int argc, char **argv) {
  uint64_t unit = 1024;
  int status = 0;
  for (int option; (option = getopt(argc, argv, "hkmPTa")) != -1;) {
    if (option == '?') return 1;
    if (option == 'h') unit = 0;
    if (option == 'k') unit = 1024;
    if (option == 'm') unit = 1 << 20;
  }
  if (unit == 0) printf("Filesystem       Size  Used Avail Use%% Mounted on\n");
  else printf("Filesystem      %s-blocks      Used Available Use%% Mounted on\n", unit == 1024 ? "1K" : "1M");
  struct sys_space space;
  for (char **path = argv + optind; *path != NULL; path++) {
    if (sys_space(*path, &space) == 0) print_space("-", *path, &space, unit);
    else {
      warn_errno("%s", *path);
      status = 1;
    }
  }
  if (optind < argc) return status;
  char *mounts = sys_mounts(), *rest = mounts;
  if (mounts == NULL) die_errno(1, "cannot read the mounts");
  for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
    char *source = strsep(&line, "\t"), *target = strsep(&line, "\t");
    if (target != NULL && sys_space(target, &space) == 0 && space.total > 0) print_space(source, target, &space, unit);
  }
  free(mounts);
  return 0;
}

struct process {
  long pid, parent, group, uid;
  char state;
  long long milliseconds, memory, started;
  char *command, *name;
};

/* The next line of the list of processes, whose tabs become blanks. @returns false at the end */
static bool next_process(char **rest, struct process *process) {
  char *line = strsep(rest, "\n");
  if (line == NULL || *line == 0) return false;
  char *fields[8];
  for (int index = 0; index < 8; index++) {
    fields[index] = strsep(&line, "\t");
    if (fields[index] == NULL) return false;
  }
  *process = (struct process){.pid = atol(fields[0]), .parent = atol(fields[1]), .group = atol(fields[2]), .uid = atol(fields[3]), .state = *fields[4],
                              .milliseconds = atoll(fields[5]), .memory = atoll(fields[6]), .started = atoll(fields[7]), .command = line == NULL ? "" : line};
  for (char *tab = process->command; (tab = strchr(tab, '\t')) != NULL;) *tab = ' ';
  return true;
}

static const char *clock_text(long long milliseconds) {
  static char text[32];
  long long seconds = milliseconds / 1000;
  snprintf(text, sizeof text, "%02lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return text;
}

static const char *field_text(const struct process *process, const char *field) {
  static char text[64];
  static const char *const known[] = {"pid", "ppid", "pgid", "uid", "rss", "vsz", "stat", "state", "user", "time", "args", "command", "comm", "cmd", "etime", NULL};
  int which = 0;
  while (known[which] != NULL && strcmp(known[which], field) != 0) which++;
  struct timespec now;
  switch (which) {
  case 0: snprintf(text, sizeof text, "%ld", process->pid); return text;
  case 1: snprintf(text, sizeof text, "%ld", process->parent); return text;
  case 2: snprintf(text, sizeof text, "%ld", process->group); return text;
  case 3: snprintf(text, sizeof text, "%ld", process->uid); return text;
  case 4: case 5: snprintf(text, sizeof text, "%lld", process->memory / 1024); return text;
  case 6: case 7: snprintf(text, sizeof text, "%c", process->state); return text;
  case 8: return user_name((uid_t)process->uid);
  case 9: return clock_text(process->milliseconds);
  case 10: case 11: case 13: return process->command;
  case 12: {
    const char *begin = process->command, *end = begin + strcspn(begin, " ");
    for (const char *at = begin; at < end; at++) if (*at == '/') begin = at + 1;
    snprintf(text, sizeof text, "%.*s", (int)(end - begin), begin);
    return text;
  }
  case 14:
    clock_gettime(CLOCK_REALTIME, &now);
    return clock_text((long long)now.tv_sec * 1000 - process->started);
  default: return NULL;
  }
}

/* As the other implementations with few options: everything is shown, by columns. */
int ps_main(int argc, char **argv) {
  const char *columns = "pid,user,stat,time,args";
  bool full = false;
  for (int index = 1; index < argc; index++) {
    const char *word = argv[index];
    if (strcmp(word, "-o") == 0 && index + 1 < argc) columns = argv[++index];
    else if (strncmp(word, "-o", 2) == 0) columns = word + 2;
    else if (word[word[0] == '-' ? strspn(word + 1, "aAexwT") + 1 : strspn(word, "auxwe")] == 0) full |= strchr(word, 'u') != NULL;
    else if (word[0] == '-' && word[strspn(word + 1, "eflAauxw") + 1] == 0) columns = "user,pid,ppid,stat,time,args";
    else die(1, "unknown option '%s'", word);
  }
  if (full) columns = "user,pid,ppid,rss,stat,time,args";
  char *list = sys_processes(), *rest = list;
  if (list == NULL) die_errno(1, "cannot read the processes");
  for (bool title = true; ; title = false) {
    struct process process = {.command = ""};
    if (!title && !next_process(&rest, &process)) break;
    char *names = take_copy(columns), *left = names;
    for (char *name; (name = strsep(&left, ", ")) != NULL;) {
      char *own = strchr(name, '=');
      if (own != NULL) *own++ = 0;
      const char *text = field_text(&process, name);
      if (text == NULL) die(1, "unknown column '%s'", name);
      char upper[32];
      snprintf(upper, sizeof upper, "%s", own != NULL ? own : strcmp(name, "args") == 0 ? "command" : name);
      for (char *each = upper; own == NULL && *each != 0; each++) *each = (char)(*each >= 'a' ? *each - 32 : *each);
      bool number = strchr("pr", *name) != NULL || strcmp(name, "uid") == 0 || strcmp(name, "vsz") == 0;
      int width = left == NULL ? 0 : number ? 6 : *name == 't' || *name == 'e' ? 8 : *name == 's' ? 4 : 8;
      printf(number ? "%*s" : "%-*s", width, title ? upper : text);
      putchar(left == NULL ? '\n' : ' ');
    }
    free(names);
  }
  free(list);
  return 0;
}

static long long memory_line(const char *name) {
  struct text whole = {0};
  int file = open("/proc/meminfo", O_RDONLY);
  if (file < 0 || !read_whole(file, &whole)) return -1;
  close(file);
  char *found = strstr(whole.bytes, name);
  long long value = found == NULL ? -1 : atoll(found + strlen(name)) * 1024;
  free(whole.bytes);
  return value;
}

static long long used_memory(void) {
  char *list = sys_processes(), *rest = list;
  struct process process;
  long long sum = 0;
  while (list != NULL && next_process(&rest, &process)) sum += process.memory;
  free(list);
  return sum;
}

int free_main(int argc, char **argv) {
  bool human = false;
  long long unit = 1024;
  for (int option; (option = getopt(argc, argv, "hbkm")) != -1;) {
    if (option == '?') return 1;
    human |= option == 'h';
    unit = option == 'b' ? 1 : option == 'm' ? 1 << 20 : 1024;
  }
  long long total = memory_line("MemTotal:"), used = used_memory();
  if (total < 0) die(1, "/proc/meminfo cannot be read");
  long long values[3] = {total, used, total > used ? total - used : 0};
  printf("%12s %12s %12s %12s\n", "", "total", "used", "free");
  printf("%-12s", "Mem:");
  for (int index = 0; index < 3; index++) {
    char text[24];
    if (human) human_size((uint64_t)values[index], text);
    else snprintf(text, sizeof text, "%lld", values[index] / unit);
    printf(" %12s", text);
  }
  putchar('\n');
  return 0;
}

static void print_top(unsigned rows) {
  char *list = sys_processes(), *rest = list;
  if (list == NULL) die_errno(1, "cannot read the processes");
  printf("%6s %6s %-8s %s %8s %8s %s\n", "PID", "PPID", "USER", "S", "RSS", "TIME", "COMMAND");
  struct process process;
  for (unsigned row = 2; row < rows && next_process(&rest, &process); row++) {
    char memory[8];
    printf("%6ld %6ld %-8s %c %8s %8s %s\n", process.pid, process.parent, user_name((uid_t)process.uid), process.state, human_size((uint64_t)process.memory, memory),
           clock_text(process.milliseconds), process.command);
  }
  free(list);
}

int top_main(int argc, char **argv) {
  bool batch = false;
  int64_t count = -1;
  double seconds = 3;
  struct sys_terminal terminal = {.rows = 24};
  for (int option; (option = getopt(argc, argv, "bn:d:")) != -1;) {
    if (option == '?') return 1;
    batch |= option == 'b';
    if (option == 'n') count = parse_number(optarg, 1, "number");
    if (option == 'd') seconds = strtod(optarg, NULL);
  }
  batch |= sys_terminal(1, &terminal) != 0;
  for (; count != 0; count--) {
    if (!batch) fputs("\033[H\033[2J", stdout);
    print_top(batch ? UINT32_MAX : terminal.rows);
    fflush(stdout);
    if (ferror(stdout)) return 1;
    if (count != 1) nanosleep(&(struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)}, NULL);
  }
  return 0;
}
