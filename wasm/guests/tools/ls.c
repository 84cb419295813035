/* ls */

#include "sys.h"
#include "tool.h"
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct entry {
  char *name, *path, *target;
  struct stat about;
  bool known, target_known;
  mode_t target_mode;
};

static struct {
  bool all, almost_all, columns, across, directory, human, inodes, list, numbers, blocks, recursive, reverse, follow, no_owner, no_group;
  bool full_time, color, escapes, dirs_first, follow_arguments, commas;
  char sort, time, classify;
  int width;
} how;

static int exit_status;
static time_t now;

static void trouble(int status) {
  if (status > exit_status) exit_status = status;
}

static const struct timespec *time_of(const struct stat *about) {
  return how.time == 'u' ? &about->st_atim : how.time == 'c' ? &about->st_ctim : &about->st_mtim;
}

static int compare_versions(const char *a, const char *b) {
  for (; *a != 0 && *b != 0;) {
    if (*a >= '0' && *a <= '9' && *b >= '0' && *b <= '9') {
      char *a_end, *b_end;
      unsigned long long first = strtoull(a, &a_end, 10), second = strtoull(b, &b_end, 10);
      if (first != second) return first < second ? -1 : 1;
      a = a_end;
      b = b_end;
    } else if (*a != *b) return (unsigned char)*a - (unsigned char)*b;
    else a++, b++;
  }
  return (unsigned char)*a - (unsigned char)*b;
}

static const char *extension(const char *name) {
  const char *dot = strrchr(name, '.');
  return dot == NULL ? "" : dot;
}

static bool is_directory(const struct entry *entry) {
  return S_ISDIR(entry->about.st_mode) || (S_ISLNK(entry->about.st_mode) && entry->target_known && S_ISDIR(entry->target_mode));
}

static int compare(const void *first, const void *second) {
  const struct entry *a = first, *b = second;
  int result = 0;
  if (how.dirs_first && is_directory(a) != is_directory(b)) return is_directory(a) ? -1 : 1;
  if (how.sort == 't') {
    const struct timespec *x = time_of(&a->about), *y = time_of(&b->about);
    result = x->tv_sec != y->tv_sec ? (x->tv_sec < y->tv_sec) - (x->tv_sec > y->tv_sec) : (x->tv_nsec < y->tv_nsec) - (x->tv_nsec > y->tv_nsec);
  } else if (how.sort == 'S') result = (a->about.st_size < b->about.st_size) - (a->about.st_size > b->about.st_size);
  else if (how.sort == 'X') result = strcmp(extension(a->name), extension(b->name));
  else if (how.sort == 'v') result = compare_versions(a->name, b->name);
  if (result == 0) result = strcmp(a->name, b->name);
  return how.reverse ? -result : result;
}

static const char *color_of(mode_t mode) {
  if (S_ISDIR(mode)) return mode & S_ISVTX && mode & 02 ? "30;42" : mode & 02 ? "34;42" : "01;34";
  if (S_ISLNK(mode)) return "01;36";
  if (S_ISFIFO(mode)) return "33";
  if (S_ISSOCK(mode)) return "01;35";
  if (S_ISBLK(mode) || S_ISCHR(mode)) return "40;33;01";
  return mode & 0111 ? "01;32" : NULL;
}

static char indicator(mode_t mode) {
  if (S_ISDIR(mode)) return '/';
  if (how.classify != 'F') return 0;
  if (S_ISLNK(mode)) return '@';
  if (S_ISFIFO(mode)) return '|';
  if (S_ISSOCK(mode)) return '=';
  return S_ISREG(mode) && mode & 0111 ? '*' : 0;
}

/* Characters of UTF-8, which are taken for one column each. */
static int width_of(const char *name) {
  int width = 0;
  for (; *name != 0; name++) width += ((unsigned char)*name & 0xc0) != 0x80;
  return width;
}

static void print_plain(const char *name) {
  for (; *name != 0; name++) {
    unsigned char byte = (unsigned char)*name;
    putchar_unlocked(how.escapes && (byte < 32 || byte == 127) ? '?' : byte);
  }
}

static void print_colored(const char *name, mode_t mode) {
  const char *color = how.color ? color_of(mode) : NULL;
  if (color != NULL) printf("\033[0m\033[%sm", color);
  print_plain(name);
  if (color != NULL) fputs("\033[0m", stdout);
}

static void print_name(const struct entry *entry) {
  print_colored(entry->name, entry->about.st_mode);
  if (how.list && entry->target != NULL) {
    fputs(" -> ", stdout);
    if (entry->target_known) print_colored(entry->target, entry->target_mode);
    else print_plain(entry->target);
    char mark = how.classify && entry->target_known ? indicator(entry->target_mode) : 0;
    if (mark != 0) putchar(mark);
  } else if (how.classify) {
    char mark = indicator(entry->about.st_mode);
    if (mark != 0) putchar(mark);
  }
}

static void read_target(struct entry *entry) {
  if (!S_ISLNK(entry->about.st_mode)) return;
  struct stat target;
  if (how.list) {
    char buffer[4096];
    ssize_t length = readlink(entry->path, buffer, sizeof buffer - 1);
    if (length >= 0) {
      buffer[length] = 0;
      entry->target = take_copy(buffer);
    }
  }
  if ((how.list || how.dirs_first) && stat(entry->path, &target) == 0) {
    entry->target_known = true;
    entry->target_mode = target.st_mode;
  }
}

/* What is asked for by itself: without -l and -F the directory that a link leads to is shown. */
static bool read_entry(struct entry *entry, bool argument) {
  bool follow = how.follow || (argument && how.follow_arguments);
  if (follow && stat(entry->path, &entry->about) == 0) return entry->known = true;
  if (lstat(entry->path, &entry->about) != 0) {
    warn_errno("cannot access '%s'", entry->path);
    trouble(argument ? 2 : 1);
    return false;
  }
  read_target(entry);
  return entry->known = true;
}

struct widths {
  int links, user, group, size, inode, blocks, minor;
};

static int digits(uint64_t value) {
  int count = 1;
  for (; value >= 10; value /= 10) count++;
  return count;
}

static void widen(int *width, int to) {
  if (to > *width) *width = to;
}

static const char *owner_text(const struct stat *about, bool group) {
  static char text[12];
  if (how.numbers) {
    snprintf(text, sizeof text, "%u", (unsigned)(group ? about->st_gid : about->st_uid));
    return text;
  }
  return group ? group_name(about->st_gid) : user_name(about->st_uid);
}

static const char *size_text(const struct stat *about) {
  static char text[32];
  if (S_ISCHR(about->st_mode) || S_ISBLK(about->st_mode)) {
    snprintf(text, sizeof text, "%u, %3u", major(about->st_rdev), minor(about->st_rdev));
  } else if (how.human) human_size((uint64_t)about->st_size, text);
  else snprintf(text, sizeof text, "%llu", (unsigned long long)about->st_size);
  return text;
}

static uint64_t blocks_of(const struct stat *about) { return ((uint64_t)about->st_blocks + 1) / 2; }

static const char *blocks_text(const struct stat *about) {
  static char text[24];
  if (how.human) human_size((uint64_t)about->st_blocks * 512, text);
  else snprintf(text, sizeof text, "%llu", (unsigned long long)blocks_of(about));
  return text;
}

static struct widths measure(const struct entry *entries, size_t count) {
  struct widths widths = {0};
  for (size_t index = 0; index < count; index++) {
    const struct stat *about = &entries[index].about;
    if (how.inodes) widen(&widths.inode, digits(about->st_ino));
    if (how.blocks) widen(&widths.blocks, (int)strlen(blocks_text(about)));
    if (!how.list) continue;
    widen(&widths.links, digits(about->st_nlink));
    widen(&widths.user, (int)strlen(owner_text(about, false)));
    widen(&widths.group, (int)strlen(owner_text(about, true)));
    widen(&widths.size, (int)strlen(size_text(about)));
  }
  return widths;
}

static void print_time(const struct stat *about) {
  const struct timespec *time = time_of(about);
  struct tm parts;
  char text[64];
  localtime_r(&time->tv_sec, &parts);
  if (how.full_time) {
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
    printf("%s.%09ld ", text, (long)time->tv_nsec);
    strftime(text, sizeof text, "%z", &parts);
  } else {
    /* A year is 365.2425 days; what is of the last half of one has its hour. */
    bool recent = time->tv_sec > now - 31556952 / 2 && time->tv_sec <= now;
    strftime(text, sizeof text, recent ? "%b %e %H:%M" : "%b %e  %Y", &parts);
  }
  printf("%s ", text);
}

static void print_before(const struct entry *entry, const struct widths *widths) {
  if (how.inodes) printf("%*llu ", widths->inode, (unsigned long long)entry->about.st_ino);
  if (how.blocks) printf("%*s ", widths->blocks, blocks_text(&entry->about));
}

static void print_long(const struct entry *entry, const struct widths *widths) {
  char letters[11];
  const struct stat *about = &entry->about;
  print_before(entry, widths);
  printf("%s %*llu ", mode_letters(about->st_mode, letters), widths->links, (unsigned long long)about->st_nlink);
  if (!how.no_owner) printf("%-*s ", widths->user, owner_text(about, false));
  if (!how.no_group) printf("%-*s ", widths->group, owner_text(about, true));
  printf("%*s ", widths->size, size_text(about));
  print_time(about);
  print_name(entry);
  putchar('\n');
}

static int cell_width(const struct entry *entry, const struct widths *widths) {
  int width = width_of(entry->name) + (how.inodes ? widths->inode + 1 : 0) + (how.blocks ? widths->blocks + 1 : 0);
  return width + (how.classify && indicator(entry->about.st_mode) != 0);
}

/* The most columns that fit, each as wide as its widest name. */
static void print_columns(const struct entry *entries, size_t count, const struct widths *widths) {
  int *cells = take(sizeof *cells * (count + 1)), *columns_width = take(sizeof *columns_width * (count + 1));
  for (size_t index = 0; index < count; index++) cells[index] = cell_width(entries + index, widths);
  size_t columns = count < (size_t)how.width / 3 + 1 ? count : (size_t)how.width / 3 + 1, rows = 1;
  for (; columns > 0; columns--) {
    rows = (count + columns - 1) / columns;
    int sum = 0;
    memset(columns_width, 0, sizeof *columns_width * columns);
    for (size_t index = 0; index < count; index++) {
      size_t column = how.across ? index % columns : index / rows;
      widen(columns_width + column, cells[index] + 2);
    }
    for (size_t column = 0; column < columns; column++) sum += columns_width[column];
    if (sum - 2 < how.width || columns == 1) break;
  }
  for (size_t row = 0; row < rows; row++) {
    for (size_t column = 0; column < columns; column++) {
      size_t index = how.across ? row * columns + column : column * rows + row;
      if (index >= count) continue;
      print_before(entries + index, widths);
      print_name(entries + index);
      size_t next = how.across ? index + 1 : index + rows;
      if (column + 1 < columns && next < count) printf("%*s", columns_width[column] - cells[index], "");
    }
    putchar('\n');
  }
  free(cells);
  free(columns_width);
}

static void print_entries(struct entry *entries, size_t count) {
  if (how.sort != 'U' && count > 1) qsort(entries, count, sizeof *entries, compare);
  struct widths widths = measure(entries, count);
  if (how.columns && !how.list && count > 0) {
    print_columns(entries, count, &widths);
    return;
  }
  for (size_t index = 0; index < count; index++) {
    if (how.list) {
      print_long(entries + index, &widths);
      continue;
    }
    print_before(entries + index, &widths);
    print_name(entries + index);
    fputs(!how.commas || index + 1 == count ? "\n" : ", ", stdout);
  }
}

static bool needs_stat(void) {
  return how.list || how.inodes || how.blocks || how.classify || how.color || how.recursive || how.sort == 't' || how.sort == 'S' ||
         how.dirs_first;
}

static bool hidden(const char *name) {
  if (name[0] != '.' || how.all) return false;
  return !how.almost_all || name[1] == 0 || (name[1] == '.' && name[2] == 0);
}

static void free_entries(struct entry *entries, size_t count) {
  for (size_t index = 0; index < count; index++) {
    free(entries[index].name);
    free(entries[index].path);
    free(entries[index].target);
  }
  free(entries);
}

static void list_directory(const char *path, bool title, bool *some);

static void go_deeper(const struct entry *entries, size_t count, bool *some) {
  for (size_t index = 0; index < count; index++) {
    const char *name = entries[index].name;
    if (!S_ISDIR(entries[index].about.st_mode) || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
    list_directory(entries[index].path, true, some);
  }
}

struct listing {
  struct entry *entries;
  size_t count, room;
  uint64_t blocks;
};

static void add_entry(struct listing *list, const char *path, const char *name) {
  if (list->count == list->room) {
    list->room = list->room == 0 ? 64 : list->room * 2;
    list->entries = take_more(list->entries, list->room * sizeof *list->entries);
  }
  struct entry *entry = list->entries + list->count;
  *entry = (struct entry){.name = take_copy(name), .path = path_join(path, name)};
  if (needs_stat() && !read_entry(entry, false)) {
    free(entry->name);
    free(entry->path);
    return;
  }
  list->blocks += (uint64_t)entry->about.st_blocks;
  list->count++;
}

static void list_directory(const char *path, bool title, bool *some) {
  DIR *directory = opendir(path);
  if (directory == NULL) {
    warn_errno("cannot open directory '%s'", path);
    trouble(*some ? 1 : 2);
    return;
  }
  if (title) printf("%s%s:\n", *some ? "\n" : "", path);
  *some = true;
  struct listing list = {0};
  bool dots = false;
  for (struct dirent *each; (each = readdir(directory)) != NULL;) {
    dots |= strcmp(each->d_name, ".") == 0;
    if (!hidden(each->d_name)) add_entry(&list, path, each->d_name);
  }
  closedir(directory);
  /* WASI's hosts need not name the directory itself and the one above. */
  for (const char *name = "."; how.all && !dots && name != NULL; name = name[1] == 0 ? ".." : NULL) add_entry(&list, path, name);
  char text[16];
  if (how.list || how.blocks) {
    if (how.human) printf("total %s\n", human_size(list.blocks * 512, text));
    else printf("total %llu\n", (unsigned long long)((list.blocks + 1) / 2));
  }
  print_entries(list.entries, list.count);
  if (how.recursive) go_deeper(list.entries, list.count, some);
  free_entries(list.entries, list.count);
}

static void list_arguments(char **paths, int count) {
  struct entry *files = take(sizeof *files * (size_t)count), *folders = take(sizeof *folders * (size_t)count);
  size_t file_count = 0, folder_count = 0;
  for (int index = 0; index < count; index++) {
    struct entry entry = {.name = take_copy(paths[index]), .path = take_copy(paths[index])};
    struct stat target;
    if (!read_entry(&entry, true)) continue;
    bool through = !how.list && how.classify != 'F' && !how.directory && S_ISLNK(entry.about.st_mode);
    if (through && stat(entry.path, &target) == 0 && S_ISDIR(target.st_mode)) entry.about = target;
    if (S_ISDIR(entry.about.st_mode) && !how.directory) folders[folder_count++] = entry;
    else files[file_count++] = entry;
  }
  print_entries(files, file_count);
  bool some = file_count > 0;
  if (how.sort != 'U') qsort(folders, folder_count, sizeof *folders, compare);
  for (size_t index = 0; index < folder_count; index++) {
    list_directory(folders[index].path, count > 1 || how.recursive, &some);
  }
}

static bool set_color(const char *when) {
  if (when == NULL || strcmp(when, "always") == 0 || strcmp(when, "yes") == 0) return true;
  return strcmp(when, "auto") == 0 && isatty(1);
}

static void set_option(int option) {
  switch (option) {
  case 'a': how.all = true; break;
  case 'A': how.almost_all = true; break;
  case 'C': how.columns = true; how.across = how.list = false; break;
  case 'x': how.columns = how.across = true; how.list = false; break;
  case 'm': how.commas = true; how.columns = how.list = false; break;
  case '1': how.columns = false; break;
  case 'd': how.directory = true; break;
  case 'h': how.human = true; break;
  case 'H': how.follow_arguments = true; break;
  case 'i': how.inodes = true; break;
  case 'l': how.list = true; break;
  case 'n': how.list = how.numbers = true; break;
  case 'g': how.list = how.no_owner = true; break;
  case 'o': how.list = how.no_group = true; break;
  case 'G': how.no_group = true; break;
  case 's': how.blocks = true; break;
  case 'R': how.recursive = true; break;
  case 'r': how.reverse = true; break;
  case 'L': how.follow = true; break;
  case 'f': how.all = true; how.sort = 'U'; break;
  case 't': case 'S': case 'U': case 'X': case 'v': how.sort = (char)option; break;
  case 'u': case 'c': how.time = (char)option; break;
  case 'F': how.classify = 'F'; break;
  case 'p': how.classify = 'p'; break;
  case 'q': how.escapes = true; break;
  case 'w': how.width = (int)parse_number(optarg, 2, "line width"); break;
  case 'K': how.color = set_color(optarg); break;
  case 'D': how.dirs_first = true; break;
  case 'T': how.list = how.full_time = true; break;
  case 'O': how.sort = strcmp(optarg, "time") == 0 ? 't' : strcmp(optarg, "size") == 0 ? 'S' : strcmp(optarg, "none") == 0 ? 'U' : strcmp(optarg, "version") == 0 ? 'v' : 'X'; break;
  case 'Z': how.full_time |= strcmp(optarg, "full-iso") == 0; break;
  default: exit(2);
  }
}

int ls_main(int argc, char **argv) {
  struct sys_terminal terminal;
  bool interactive = isatty(1);
  const char *columns = getenv("COLUMNS");
  how.width = columns != NULL && atoi(columns) > 0 ? atoi(columns) : 80;
  if (interactive) {
    how.columns = how.escapes = true;
    if (sys_terminal(1, &terminal) == 0 && terminal.columns > 0) how.width = (int)terminal.columns;
  }
  static const struct option names[] = {
      {"all", 0, 0, 'a'},       {"almost-all", 0, 0, 'A'}, {"directory", 0, 0, 'd'},   {"classify", 2, 0, 'F'},
      {"color", 2, 0, 'K'},     {"reverse", 0, 0, 'r'},    {"recursive", 0, 0, 'R'},   {"human-readable", 0, 0, 'h'},
      {"inode", 0, 0, 'i'},     {"size", 0, 0, 's'},       {"dereference", 0, 0, 'L'}, {"group-directories-first", 0, 0, 'D'},
      {"full-time", 0, 0, 'T'}, {"sort", 1, 0, 'O'},       {"width", 1, 0, 'w'},       {"numeric-uid-gid", 0, 0, 'n'},
      {"no-group", 0, 0, 'G'},  {"time-style", 1, 0, 'Z'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "aACxm1dhHilngoGsRrLftSUXvucFpqbNkw:", names, NULL)) != -1;) {
    if (strchr("bNk", option) == NULL || option == 0) set_option(option);
  }
  if ((how.time == 'u' || how.time == 'c') && how.sort == 0 && !how.list) how.sort = 't';
  now = time(NULL);
  static char *here[] = {"."};
  bool some = optind < argc;
  list_arguments(some ? argv + optind : here, some ? argc - optind : 1);
  return exit_status;
}
