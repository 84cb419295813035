/* diff: files as lists of lines, compared by the greedy way of Myers ("An O(ND) Difference Algorithm", 1986), which keeps what it went through
 * to go back. Files that differ in more places than there is memory for differ as a whole. */

#include "sys.h"
#include "tool.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MOST_STEPS 4000

struct line {
  const char *text;
  size_t length;
  uint32_t hash;
};

struct file {
  const char *path, *label;
  struct text whole;
  struct line *lines;
  int count;
  bool unended, missing;
  struct timespec time;
};

/* A run of lines that differ: [a, a_end) becomes [b, b_end). */
struct change {
  int a, a_end, b, b_end;
};

static struct {
  bool unified, quiet, recursive, missing_is_empty, fold, no_space, less_space, same_told, text;
  int context;
  const char *labels[2];
  int label_count;
} how = {.context = 3};

static struct change *changes;
static int change_count;

static size_t skip_space(const struct line *line, size_t at) {
  while (at < line->length && isspace((unsigned char)line->text[at])) at++;
  return at;
}

/* The next byte that counts, -1 at the end. */
static int next_byte(const struct line *line, size_t *at) {
  if (how.no_space) *at = skip_space(line, *at);
  if (*at >= line->length) return -1;
  int byte = (unsigned char)line->text[(*at)++];
  if (how.less_space && isspace(byte)) {
    *at = skip_space(line, *at);
    if (*at >= line->length) return -1;
    return ' ';
  }
  return how.fold ? tolower(byte) : byte;
}

static uint32_t hash_of(const struct line *line) {
  uint32_t hash = 2166136261u;
  size_t at = 0;
  for (int byte; (byte = next_byte(line, &at)) >= 0;) hash = (hash ^ (uint32_t)byte) * 16777619u;
  return hash;
}

static bool same(const struct line *a, const struct line *b) {
  if (a->hash != b->hash) return false;
  size_t left = 0, right = 0;
  for (;;) {
    int first = next_byte(a, &left), second = next_byte(b, &right);
    if (first != second) return false;
    if (first < 0) return true;
  }
}

static void split(struct file *file) {
  int room = 0;
  for (size_t at = 0; at < file->whole.length;) {
    const char *begin = file->whole.bytes + at, *end = memchr(begin, '\n', file->whole.length - at);
    size_t length = end == NULL ? file->whole.length - at : (size_t)(end - begin);
    if (file->count == room) file->lines = take_more(file->lines, (size_t)(room = room == 0 ? 256 : room * 2) * sizeof *file->lines);
    struct line line = {begin, length, 0};
    line.hash = hash_of(&line);
    /* A last line without an end is another one than with it. */
    if (end == NULL) {
      file->unended = true;
      line.hash ^= 0x5bd1e995;
    }
    file->lines[file->count++] = line;
    at += length + 1;
  }
}

static void add_change(int a, int a_end, int b, int b_end) {
  struct change *last = change_count > 0 ? changes + change_count - 1 : NULL;
  if (last != NULL && last->a == a_end && last->b == b_end) {
    last->a = a;
    last->b = b;
    return;
  }
  changes = take_more(changes, (size_t)(change_count + 1) * sizeof *changes);
  changes[change_count++] = (struct change){a, a_end, b, b_end};
}

/* Changes are found from the last to the first. */
static void go_back(int *const *steps, int step, int a_begin, int b_begin, int x, int y) {
  for (; step > 0; step--) {
    const int *former = steps[step - 1] + step;
    int diagonal = x - y;
    bool down = diagonal == -step || (diagonal != step && former[diagonal - 1] < former[diagonal + 1]);
    int before_x = down ? former[diagonal + 1] : former[diagonal - 1], before_y = before_x - (down ? diagonal + 1 : diagonal - 1);
    add_change(a_begin + before_x, a_begin + before_x + !down, b_begin + before_y, b_begin + before_y + down);
    x = before_x;
    y = before_y;
  }
}

static void compare(const struct file *a, const struct file *b) {
  int begin = 0, a_end = a->count, b_end = b->count;
  while (begin < a_end && begin < b_end && same(a->lines + begin, b->lines + begin)) begin++;
  while (a_end > begin && b_end > begin && same(a->lines + a_end - 1, b->lines + b_end - 1)) a_end--, b_end--;
  int a_count = a_end - begin, b_count = b_end - begin, most = a_count + b_count;
  if (most == 0) return;
  if (most > MOST_STEPS) most = MOST_STEPS;
  int **steps = take(sizeof *steps * (size_t)(most + 1));
  int *reach = take(sizeof *reach * (size_t)(2 * most + 3)), *middle = reach + most + 1;
  for (int step = 0; step <= most; step++) {
    for (int diagonal = -step; diagonal <= step; diagonal += 2) {
      bool down = diagonal == -step || (diagonal != step && middle[diagonal - 1] < middle[diagonal + 1]);
      int x = step == 0 ? 0 : down ? middle[diagonal + 1] : middle[diagonal - 1] + 1, y = x - diagonal;
      while (x < a_count && y < b_count && y >= 0 && same(a->lines + begin + x, b->lines + begin + y)) x++, y++;
      middle[diagonal] = x;
      if (x < a_count || y < b_count) continue;
      go_back(steps, step, begin, begin, a_count, b_count);
      for (int kept = 0; kept < step; kept++) free(steps[kept]);
      free(steps);
      free(reach);
      return;
    }
    /* Kept from diagonal -step-1 on, so that the one after it finds its neighbours. */
    steps[step] = take_more(NULL, sizeof **steps * (size_t)(2 * step + 3));
    memcpy(steps[step], middle - step - 1, sizeof **steps * (size_t)(2 * step + 3));
  }
  add_change(begin, a_end, begin, b_end);
  for (int kept = 0; kept <= most; kept++) free(steps[kept]);
  free(steps);
  free(reach);
}

/* Runs move down as far as they can, as others show them. */
static void slide(const struct file *a, const struct file *b) {
  for (int index = 0; index < change_count; index++) {
    struct change *change = changes + index;
    int a_limit = index > 0 ? changes[index - 1].a : a->count, b_limit = index > 0 ? changes[index - 1].b : b->count;
    if (change->a == change->a_end) {
      while (change->b_end < b_limit && change->a_end < a_limit && same(b->lines + change->b, b->lines + change->b_end)) change->a++, change->a_end++, change->b++, change->b_end++;
    } else if (change->b == change->b_end) {
      while (change->a_end < a_limit && change->b_end < b_limit && same(a->lines + change->a, a->lines + change->a_end)) change->a++, change->a_end++, change->b++, change->b_end++;
    }
  }
}

static void print_line(const char *mark, const struct file *file, int number) {
  const struct line *line = file->lines + number;
  printf("%s%.*s\n", mark, (int)line->length, line->text);
  if (file->unended && number == file->count - 1) puts("\\ No newline at end of file");
}

static void print_range(int from, int to) {
  if (to - from <= 1) printf("%d", to > from ? from + 1 : from);
  else printf("%d,%d", from + 1, to);
}

static void print_normal(const struct file *a, const struct file *b) {
  for (int index = change_count; index-- > 0;) {
    const struct change *change = changes + index;
    print_range(change->a, change->a_end);
    putchar(change->a == change->a_end ? 'a' : change->b == change->b_end ? 'd' : 'c');
    print_range(change->b, change->b_end);
    putchar('\n');
    for (int line = change->a; line < change->a_end; line++) print_line("< ", a, line);
    if (change->a < change->a_end && change->b < change->b_end) puts("---");
    for (int line = change->b; line < change->b_end; line++) print_line("> ", b, line);
  }
}

static void print_unified_range(char mark, int from, int count) {
  printf(" %c%d", mark, count == 0 ? from : from + 1);
  if (count != 1) printf(",%d", count);
}

static void print_title(const char *mark, const struct file *file) {
  if (file->label != NULL) {
    printf("%s %s\n", mark, file->label);
    return;
  }
  char text[48], zone[8];
  struct tm parts;
  localtime_r(&file->time.tv_sec, &parts);
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  strftime(zone, sizeof zone, "%z", &parts);
  printf("%s %s\t%s.%09ld %s\n", mark, file->path, text, (long)file->time.tv_nsec, zone);
}

static void print_unified(const struct file *a, const struct file *b) {
  print_title("---", a);
  print_title("+++", b);
  for (int first = change_count - 1; first >= 0;) {
    int last = first;
    while (last > 0 && changes[last - 1].a - changes[last].a_end <= 2 * how.context) last--;
    int a_from = changes[first].a - how.context, a_to = changes[last].a_end + how.context;
    if (a_from < 0) a_from = 0;
    if (a_to > a->count) a_to = a->count;
    int b_from = changes[first].b - (changes[first].a - a_from), b_to = changes[last].b_end + (a_to - changes[last].a_end);
    fputs("@@", stdout);
    print_unified_range('-', a_from, a_to - a_from);
    print_unified_range('+', b_from, b_to - b_from);
    puts(" @@");
    int at = a_from;
    for (int index = first; index >= last; index--) {
      for (; at < changes[index].a; at++) print_line(" ", a, at);
      for (; at < changes[index].a_end; at++) print_line("-", a, at);
      for (int line = changes[index].b; line < changes[index].b_end; line++) print_line("+", b, line);
    }
    for (; at < a_to; at++) print_line(" ", a, at);
    first = last - 1;
  }
}

static bool read_file(struct file *file) {
  struct stat about;
  text_clear(&file->whole);
  if (file->missing) return true;
  int opened = strcmp(file->path, "-") == 0 ? 0 : open(file->path, O_RDONLY);
  if (opened < 0 || !read_whole(opened, &file->whole)) {
    warn_errno("%s", file->path);
    return false;
  }
  if (fstat(opened, &about) == 0) file->time = about.st_mtim;
  close_input(opened);
  return true;
}

static int compare_files(const char *a_path, const char *b_path, bool a_missing, bool b_missing, const char *command) {
  struct file a = {.path = a_path, .label = how.labels[0], .missing = a_missing}, b = {.path = b_path, .label = how.labels[1], .missing = b_missing};
  if (!read_file(&a) || !read_file(&b)) return 2;
  int result = 0;
  bool equal = a.whole.length == b.whole.length && memcmp(a.whole.bytes, b.whole.bytes, a.whole.length) == 0;
  bool binary = !how.text && (memchr(a.whole.bytes, 0, a.whole.length) != NULL || memchr(b.whole.bytes, 0, b.whole.length) != NULL);
  if (!equal && !binary) {
    split(&a);
    split(&b);
    change_count = 0;
    compare(&a, &b);
    slide(&a, &b);
    equal = change_count == 0;
  }
  if (equal) {
    if (how.same_told) printf("Files %s and %s are identical\n", a_path, b_path);
  } else {
    result = 1;
    if (how.quiet) printf("Files %s and %s differ\n", a_path, b_path);
    else if (binary) {
      printf("Binary files %s and %s differ\n", a_path, b_path);
    } else {
      if (command != NULL) puts(command);
      if (how.unified) print_unified(&a, &b);
      else print_normal(&a, &b);
    }
  }
  free(a.whole.bytes);
  free(b.whole.bytes);
  free(a.lines);
  free(b.lines);
  return result;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static size_t list(const char *path, char ***names) {
  DIR *directory = opendir(path);
  size_t count = 0;
  if (directory == NULL) {
    warn_errno("%s", path);
    return 0;
  }
  for (struct dirent *each; (each = readdir(directory)) != NULL;) {
    if (strcmp(each->d_name, ".") == 0 || strcmp(each->d_name, "..") == 0) continue;
    *names = take_more(*names, (count + 1) * sizeof **names);
    (*names)[count++] = take_copy(each->d_name);
  }
  closedir(directory);
  if (count > 1) qsort(*names, count, sizeof **names, by_name);
  return count;
}

static const char *options_text;

static int compare_folders(const char *a, const char *b);

static int compare_entries(const char *a, const char *b) {
  struct stat first, second;
  bool a_there = stat(a, &first) == 0, b_there = stat(b, &second) == 0;
  if (!a_there && !b_there) return 0;
  bool a_folder = a_there && S_ISDIR(first.st_mode), b_folder = b_there && S_ISDIR(second.st_mode);
  if (a_folder && b_folder) {
    if (how.recursive) return compare_folders(a, b);
    printf("Common subdirectories: %s and %s\n", a, b);
    return 0;
  }
  if (a_there && b_there && a_folder != b_folder) {
    printf("File %s is a %s while file %s is a %s\n", a, a_folder ? "directory" : "regular file", b, b_folder ? "directory" : "regular file");
    return 1;
  }
  char *command = take_format("diff%s %s %s", options_text, a, b);
  int result = compare_files(a, b, !a_there, !b_there, command);
  free(command);
  return result;
}

static int compare_folders(const char *a, const char *b) {
  char **names[2] = {NULL, NULL};
  size_t counts[2] = {list(a, names), list(b, names + 1)}, at[2] = {0, 0};
  int result = 0;
  while (at[0] < counts[0] || at[1] < counts[1]) {
    int order = at[0] == counts[0] ? 1 : at[1] == counts[1] ? -1 : strcmp(names[0][at[0]], names[1][at[1]]);
    const char *name = order <= 0 ? names[0][at[0]] : names[1][at[1]];
    int code = 1;
    if (order != 0 && !how.missing_is_empty) printf("Only in %s: %s\n", order < 0 ? a : b, name);
    else {
      char *first = path_join(a, name), *second = path_join(b, name);
      code = compare_entries(first, second);
      free(first);
      free(second);
    }
    if (code > result) result = code;
    at[0] += order <= 0;
    at[1] += order >= 0;
  }
  return result;
}

int diff_main(int argc, char **argv) {
  struct text options = {0};
  text_clear(&options);
  for (int index = 1; index < argc && argv[index][0] == '-' && argv[index][1] != 0; index++) text_format(&options, " %s", argv[index]);
  options_text = options.bytes;
  static const struct option names[] = {{"unified", 2, 0, 'U'}, {"brief", 0, 0, 'q'}, {"recursive", 0, 0, 'r'}, {"new-file", 0, 0, 'N'}, {"ignore-case", 0, 0, 'i'},
                                        {"ignore-all-space", 0, 0, 'w'}, {"ignore-space-change", 0, 0, 'b'}, {"report-identical-files", 0, 0, 's'}, {"text", 0, 0, 'a'},
                                        {"label", 1, 0, 'L'}, {"normal", 0, 0, 1}, {"color", 2, 0, 1}, {0}};
  for (int option; (option = getopt_long(argc, argv, "uU:qrNiwbsaL:d", names, NULL)) != -1;) {
    switch (option) {
    case 'U': if (optarg != NULL) how.context = (int)parse_number(optarg, 2, "context length"); how.unified = true; break;
    case 'u': how.unified = true; break;
    case 'q': how.quiet = true; break;
    case 'r': how.recursive = true; break;
    case 'N': how.missing_is_empty = true; break;
    case 'i': how.fold = true; break;
    case 'w': how.no_space = true; break;
    case 'b': how.less_space = true; break;
    case 's': how.same_told = true; break;
    case 'a': how.text = true; break;
    case 'L': if (how.label_count < 2) how.labels[how.label_count++] = optarg; break;
    case 'd': case 1: break;
    default: return 2;
    }
  }
  if (argc - optind != 2) die(2, argc - optind < 2 ? "missing operand" : "extra operand '%s'", argv[argc - 1]);
  char *paths[2] = {argv[optind], argv[optind + 1]};
  struct stat about[2];
  bool folders[2], there[2];
  for (int side = 0; side < 2; side++) {
    there[side] = strcmp(paths[side], "-") == 0 || stat(paths[side], about + side) == 0;
    if (!there[side] && !how.missing_is_empty) {
      warn_errno("%s", paths[side]);
      return 2;
    }
    folders[side] = there[side] && strcmp(paths[side], "-") != 0 && S_ISDIR(about[side].st_mode);
  }
  if (folders[0] && folders[1]) return compare_folders(paths[0], paths[1]);
  for (int side = 0; side < 2; side++) {
    if (folders[side]) paths[side] = path_join(paths[side], path_base(paths[1 - side]));
  }
  return compare_files(paths[0], paths[1], !there[0], !there[1], NULL);
}
