/* grep, egrep, fgrep */

#include "regex.h"
#include "sys.h"
#include "tool.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
  bool invert, numbers, count, files_with, files_without, only, quiet, silent, recursive, follow, offsets, text, no_binary, zero_names;
  bool color, below_here;
  int with_names; /* -1 as it comes */
  int64_t most;
  size_t before, after;
  char line_end;
  struct text includes, excludes, excluded_folders;
  const char *label;
} how = {.with_names = -1, .most = -1, .line_end = '\n', .label = "(standard input)"};

static struct regex *regex;
static bool some_match, some_trouble;

struct search {
  const char *name;
  const char *text, *end; /* what is read, up to the end of a line */
  const char *from;       /* what is searched already ends here */
  uint64_t offset;        /* of `text` in the file */
  uint64_t line, matches;
  const char *printed;    /* behind the last line that was shown */
  uint64_t after_left;
  bool any_shown, binary, stop;
  const char *counted; /* up to where `line` has been counted */
};

static void color(const char *code) {
  if (how.color) printf("\033[%sm\033[K", code);
}

static void print_prefix(const struct search *search, const char *at, uint64_t line, char separator) {
  if (how.with_names > 0) {
    color("35");
    fputs(search->name, stdout);
    color("");
    if (how.zero_names) putchar(0);
    else {
      color("36");
      putchar(separator);
      color("");
    }
  }
  if (how.numbers) {
    color("32");
    printf("%llu", (unsigned long long)line);
    color("");
    color("36");
    putchar(separator);
    color("");
  }
  if (how.offsets) {
    color("32");
    printf("%llu", (unsigned long long)(search->offset + (uint64_t)(at - search->text)));
    color("");
    color("36");
    putchar(separator);
    color("");
  }
}

static uint64_t count_ends(const char *from, const char *to, char line_end) {
  uint64_t count = 0;
  for (; from < to; from++) count += *from == line_end;
  return count;
}

/* The number of the line that begins at `at`; lines are counted only where numbers are wanted. */
static uint64_t number_of(struct search *search, const char *at) {
  if (!how.numbers) return 0;
  if (at < search->counted) return search->line - count_ends(at, search->counted, how.line_end);
  search->line += count_ends(search->counted, at, how.line_end);
  search->counted = at;
  return search->line;
}

static void print_matches(struct search *search, const char *begin, size_t length) {
  struct regex_span span;
  for (size_t from = 0; regex_search(regex, begin, length, from, &span, 1);) {
    if (span.end == span.begin) {
      from = (size_t)span.end + 1;
      continue;
    }
    print_prefix(search, begin + span.begin, number_of(search, begin), ':');
    color("01;31");
    fwrite(begin + span.begin, 1, (size_t)(span.end - span.begin), stdout);
    color("");
    putchar(how.line_end);
    from = (size_t)span.end;
  }
}

static void print_line(struct search *search, const char *begin, size_t length, bool selected) {
  print_prefix(search, begin, number_of(search, begin), selected ? ':' : '-');
  struct regex_span span;
  size_t from = 0;
  while (how.color && selected && !how.invert && regex_search(regex, begin, length, from, &span, 1)) {
    size_t at = (size_t)span.begin;
    fwrite(begin + from, 1, at - from, stdout);
    if (span.end == span.begin) {
      if (at < length) putchar(begin[at]);
      from = at + 1;
      if (from > length) break;
      continue;
    }
    color("01;31");
    fwrite(begin + at, 1, (size_t)span.end - at, stdout);
    color("");
    from = (size_t)span.end;
  }
  if (from <= length) fwrite(begin + from, 1, length - from, stdout);
  putchar_unlocked(how.line_end);
}

static const char *line_begin_before(const char *at, const char *text) {
  const char *found = at == text ? NULL : memrchr(text, how.line_end, (size_t)(at - text));
  return found == NULL ? text : found + 1;
}

/* Lines that come after a match, up to `stop`. */
static void print_after(struct search *search, const char *stop) {
  while (search->after_left > 0 && search->printed < stop) {
    const char *end = memchr(search->printed, how.line_end, (size_t)(stop - search->printed));
    size_t length = (size_t)((end == NULL ? stop : end) - search->printed);
    print_line(search, search->printed, length, false);
    search->printed += length + (end != NULL);
    search->after_left--;
  }
}

static void print_before(struct search *search, const char *begin) {
  const char *from = begin;
  for (size_t count = 0; count < how.before && from > search->printed && from > search->text; count++) {
    from = line_begin_before(from - 1, search->text);
  }
  if (from < search->printed) from = search->printed;
  if ((how.before > 0 || how.after > 0) && search->any_shown && from > search->printed) {
    color("36");
    fputs("--", stdout);
    color("");
    putchar('\n');
  }
  while (from < begin) {
    const char *end = memchr(from, how.line_end, (size_t)(begin - from));
    print_line(search, from, (size_t)(end - from), false);
    from = end + 1;
  }
}

static void binary_matches(struct search *search) {
  fflush(stdout);
  warn("%s: binary file matches", search->name);
  search->stop = true;
}

static void selected(struct search *search, const char *begin, const char *end) {
  search->matches++;
  some_match = true;
  if (how.quiet || how.files_with || how.files_without) {
    search->stop = true;
    return;
  }
  if (how.most >= 0 && search->matches >= (uint64_t)how.most) search->stop = true;
  if (how.count) return;
  if (search->binary && !how.text) {
    binary_matches(search);
    return;
  }
  if (how.only) {
    if (!how.invert) print_matches(search, begin, (size_t)(end - begin));
    return;
  }
  print_after(search, begin);
  print_before(search, begin);
  print_line(search, begin, (size_t)(end - begin), true);
  search->printed = end < search->end ? end + 1 : end;
  search->after_left = how.after;
  search->any_shown = true;
}

/* Jumps from one place of what every match contains to the next, line by line where there is no such thing. */
static const char *next_candidate(const char *at, const char *end) {
  size_t length;
  const char *needle = regex_needle(regex, &length);
  if (length == 0 || how.invert || memchr(needle, how.line_end, length) != NULL) return at;
  const char *found = find_bytes(at, (size_t)(end - at), needle, length);
  return found == NULL ? end : line_begin_before(found, at);
}

/* Searches whole lines. */
static void search_lines(struct search *search) {
  for (const char *at = search->from; at < search->end && !search->stop;) {
    at = next_candidate(at, search->end);
    if (at >= search->end) break;
    const char *end = memchr(at, how.line_end, (size_t)(search->end - at));
    if (end == NULL) end = search->end;
    bool matches = (regex_is_needle(regex) && !how.invert) || regex_search(regex, at, (size_t)(end - at), 0, NULL, 0);
    if (matches != how.invert) selected(search, at, end);
    at = end + 1;
  }
  if (!how.count && !how.quiet && !how.only) print_after(search, search->end);
}

/* What is kept of the text for the lines before a match. */
static const char *keep_from(const struct search *search) {
  const char *from = search->end;
  for (size_t count = 0; count < how.before && from > search->text; count++) from = line_begin_before(from - 1, search->text);
  return from < search->printed ? search->printed : from;
}

static bool looks_binary(const char *bytes, size_t length) { return how.line_end != 0 && memchr(bytes, 0, length) != NULL; }

static void finish_file(struct search *search) {
  if (how.quiet) return;
  bool listed = how.files_with ? search->matches > 0 : how.files_without && search->matches == 0;
  if (listed) {
    color("35");
    fputs(search->name, stdout);
    color("");
    putchar(how.zero_names ? 0 : '\n');
  } else if (how.count && !how.files_with && !how.files_without) {
    if (how.with_names > 0) {
      color("35");
      fputs(search->name, stdout);
      color("");
      color("36");
      putchar(how.zero_names ? 0 : ':');
      color("");
    }
    printf("%llu\n", (unsigned long long)search->matches);
  }
}

#define CHUNK ((size_t)256 << 10)

static bool any_shown;

/* The text is at another place now, less what was dropped at its begin. */
static void move(struct search *search, const char *text, size_t dropped) {
  const char **places[] = {&search->from, &search->end, &search->printed, &search->counted};
  for (size_t index = 0; index < sizeof places / sizeof *places; index++) {
    *places[index] = text + ((size_t)(*places[index] - search->text) - dropped);
  }
  search->text = text;
  search->offset += dropped;
}

/* Drops what was searched and is no context of what follows. */
static void drop_searched(struct search *search, struct text *whole) {
  const char *keep = keep_from(search);
  number_of(search, search->end);
  search->from = search->end;
  if (search->printed < keep) search->printed = keep;
  size_t dropped = (size_t)(keep - whole->bytes);
  whole->length -= dropped;
  memmove(whole->bytes, keep, whole->length);
  move(search, whole->bytes, dropped);
}

static void search_file(int file, const char *name) {
  struct text whole = {0};
  text_reserve(&whole, CHUNK);
  const char *text = whole.bytes;
  struct search search = {.name = name, .line = 1, .any_shown = any_shown, .stop = how.most == 0};
  search.text = search.from = search.end = search.printed = search.counted = text;
  for (bool ended = false; !ended && !search.stop;) {
    text_reserve(&whole, CHUNK);
    move(&search, whole.bytes, 0);
    ssize_t got = read(file, whole.bytes + whole.length, whole.room - whole.length - 1);
    if (got < 0) {
      if (!how.silent) warn_errno("%s", name);
      some_trouble = true;
      break;
    }
    ended = got == 0;
    if (!search.binary && !how.text && looks_binary(whole.bytes + whole.length, (size_t)got)) search.binary = true;
    if (search.binary && how.no_binary) break;
    whole.length += (size_t)got;
    const char *stop = whole.bytes + whole.length;
    if (!ended) {
      stop = memrchr(search.from, how.line_end, (size_t)(stop - search.from));
      if (stop == NULL) continue;
      stop++;
    }
    search.end = stop;
    search_lines(&search);
    if (!search.stop) drop_searched(&search, &whole);
  }
  if (!how.count && !how.quiet && !how.only && how.after > 0 && search.stop && how.most > 0) print_after(&search, whole.bytes + whole.length);
  any_shown = search.any_shown;
  finish_file(&search);
  free(whole.bytes);
}

static bool fits(const struct text *patterns, const char *name) {
  for (size_t at = 0; at < patterns->length; at += strlen(patterns->bytes + at) + 1) {
    if (fnmatch(patterns->bytes + at, name, 0) == 0) return true;
  }
  return false;
}

static void search_path(const char *path, bool argument);

static void search_folder(const char *path) {
  DIR *directory = opendir(path);
  if (directory == NULL) {
    if (!how.silent) warn_errno("%s", path);
    some_trouble = true;
    return;
  }
  for (struct dirent *each; (each = readdir(directory)) != NULL;) {
    if (strcmp(each->d_name, ".") == 0 || strcmp(each->d_name, "..") == 0) continue;
    char *child = path_join(path, each->d_name);
    search_path(child, false);
    free(child);
    if (how.quiet && some_match) break;
  }
  closedir(directory);
}

static void search_path(const char *path, bool argument) {
  struct stat about;
  const char *base = strrchr(path, '/');
  base = base == NULL ? path : base + 1;
  bool known = (argument || how.follow ? stat(path, &about) : lstat(path, &about)) == 0;
  if (known && S_ISDIR(about.st_mode)) {
    if (!how.recursive) {
      warn("%s: Is a directory", path);
      return;
    }
    if (!argument && fits(&how.excluded_folders, base)) return;
    search_folder(path);
    return;
  }
  if (known && !argument && !S_ISREG(about.st_mode)) return;
  if (how.includes.length > 0 && !fits(&how.includes, base)) return;
  if (fits(&how.excludes, base)) return;
  int file = open(path, O_RDONLY);
  if (file < 0) {
    if (!how.silent) warn_errno("%s", path);
    some_trouble = true;
    return;
  }
  search_file(file, how.below_here ? path + 2 : path);
  close(file);
}

static void add_pattern(struct text *patterns, bool *some, const char *text, size_t length) {
  if (*some) text_char(patterns, '\n');
  text_add(patterns, text, length);
  *some = true;
}

static void add_file(struct text *patterns, bool *some, const char *path) {
  struct text whole = {0};
  int file = open_input(path);
  if (file < 0) exit(2);
  if (!read_whole(file, &whole)) die_errno(2, "%s", path);
  close_input(file);
  if (whole.length > 0) {
    size_t length = whole.length - (whole.bytes[whole.length - 1] == '\n');
    add_pattern(patterns, some, whole.bytes, length);
  }
  free(whole.bytes);
}

static void add_glob(struct text *list, const char *glob) { text_add(list, glob, strlen(glob) + 1); }

static bool use_color(const char *when) {
  if (when == NULL || strcmp(when, "auto") == 0 || strcmp(when, "tty") == 0) return isatty(1);
  return strcmp(when, "always") == 0 || strcmp(when, "yes") == 0;
}

static const struct option names[] = {
    {"extended-regexp", 0, 0, 'E'}, {"fixed-strings", 0, 0, 'F'}, {"basic-regexp", 0, 0, 'G'}, {"ignore-case", 0, 0, 'i'},
    {"invert-match", 0, 0, 'v'},    {"line-number", 0, 0, 'n'},   {"count", 0, 0, 'c'},        {"files-with-matches", 0, 0, 'l'},
    {"files-without-match", 0, 0, 'L'}, {"only-matching", 0, 0, 'o'}, {"quiet", 0, 0, 'q'},    {"silent", 0, 0, 'q'},
    {"no-messages", 0, 0, 's'},     {"recursive", 0, 0, 'r'},     {"word-regexp", 0, 0, 'w'},  {"line-regexp", 0, 0, 'x'},
    {"after-context", 1, 0, 'A'},   {"before-context", 1, 0, 'B'}, {"context", 1, 0, 'C'},     {"regexp", 1, 0, 'e'},
    {"file", 1, 0, 'f'},            {"max-count", 1, 0, 'm'},     {"with-filename", 0, 0, 'H'}, {"no-filename", 0, 0, 'h'},
    {"byte-offset", 0, 0, 'b'},     {"text", 0, 0, 'a'},          {"null", 0, 0, 'Z'},         {"null-data", 0, 0, 'z'},
    {"color", 2, 0, 1},             {"colour", 2, 0, 1},          {"include", 1, 0, 2},        {"exclude", 1, 0, 3},
    {"exclude-dir", 1, 0, 4},       {"label", 1, 0, 5},           {"binary-files", 1, 0, 6},   {"line-buffered", 0, 0, 7},
    {"dereference-recursive", 0, 0, 'R'}, {0}};

struct expression {
  struct text patterns;
  bool some;
  int flags;
};

static void set_option(int option, struct expression *expression) {
  switch (option) {
  case 'E': expression->flags = (expression->flags & ~REGEX_LITERAL) | REGEX_EXTENDED; break;
  case 'F': expression->flags |= REGEX_LITERAL; break;
  case 'G': expression->flags &= ~(REGEX_LITERAL | REGEX_EXTENDED); break;
  case 'i': case 'y': expression->flags |= REGEX_FOLD; break;
  case 'w': expression->flags |= REGEX_WORD; break;
  case 'x': expression->flags |= REGEX_LINE; break;
  case 'v': how.invert = true; break;
  case 'n': how.numbers = true; break;
  case 'c': how.count = true; break;
  case 'l': how.files_with = true; how.files_without = false; break;
  case 'L': how.files_without = true; how.files_with = false; break;
  case 'o': how.only = true; break;
  case 'q': how.quiet = true; break;
  case 's': how.silent = true; break;
  case 'R': how.follow = true; how.recursive = true; break;
  case 'r': how.recursive = true; break;
  case 'H': how.with_names = 1; break;
  case 'h': how.with_names = 0; break;
  case 'b': how.offsets = true; break;
  case 'a': how.text = true; break;
  case 'I': how.no_binary = true; break;
  case 'Z': how.zero_names = true; break;
  case 'z': how.line_end = 0; break;
  case 'm': how.most = parse_number(optarg, 2, "max count"); break;
  case 'A': how.after = (size_t)parse_number(optarg, 2, "context length argument"); break;
  case 'B': how.before = (size_t)parse_number(optarg, 2, "context length argument"); break;
  case 'C': how.before = how.after = (size_t)parse_number(optarg, 2, "context length argument"); break;
  case 'e': add_pattern(&expression->patterns, &expression->some, optarg, strlen(optarg)); break;
  case 'f': add_file(&expression->patterns, &expression->some, optarg); expression->some |= expression->patterns.length > 0; break;
  case 1: how.color = use_color(optarg); break;
  case 2: add_glob(&how.includes, optarg); break;
  case 3: add_glob(&how.excludes, optarg); break;
  case 4: add_glob(&how.excluded_folders, optarg); break;
  case 5: how.label = optarg; break;
  case 6: how.text |= strcmp(optarg, "text") == 0; how.no_binary |= strcmp(optarg, "without-match") == 0; break;
  case 7: setvbuf(stdout, NULL, _IOLBF, 0); break;
  default:
    if (option < '0' || option > '9') exit(2);
    how.before = how.after = (how.before == how.after ? how.before * 10 : 0) + (size_t)(option - '0');
  }
}

int grep_main(int argc, char **argv) {
  struct expression expression = {.flags = REGEX_ALTERNATIVES};
  bool from_file = false;
  if (strcmp(tool_name, "egrep") == 0) expression.flags |= REGEX_EXTENDED;
  if (strcmp(tool_name, "fgrep") == 0) expression.flags |= REGEX_LITERAL;
  for (int option; (option = getopt_long(argc, argv, "EFGiyvnclLoqsrRwxHhbaIZzA:B:C:e:f:m:U0123456789", names, NULL)) != -1;) {
    from_file |= option == 'f';
    if (option != 'U') set_option(option, &expression);
  }
  if (!expression.some && !from_file) {
    if (optind >= argc) die(2, "no pattern; usage: %s [OPTION]... PATTERNS [FILE]...", tool_name);
    add_pattern(&expression.patterns, &expression.some, argv[optind], strlen(argv[optind]));
    optind++;
  }
  const char *error = NULL;
  /* No pattern at all matches nothing: a set that is empty. */
  if (!expression.some) {
    how.invert = !how.invert;
    expression.flags = 0;
  }
  text_reserve(&expression.patterns, 0);
  regex = regex_compile(expression.patterns.bytes, expression.patterns.length, expression.flags, &error);
  if (regex == NULL) die(2, "%s", error);
  int count = argc - optind;
  if (how.with_names < 0) how.with_names = count > 1 || how.recursive;
  if (how.only || how.count) how.before = how.after = 0;
  static char *input[] = {"-", NULL}, *here[] = {".", NULL};
  bool folder = count == 0 && how.recursive;
  how.below_here = folder;
  for (char **path = count > 0 ? argv + optind : folder ? here : input; *path != NULL; path++) {
    if (strcmp(*path, "-") == 0) search_file(0, how.label);
    else search_path(*path, true);
    if (how.quiet && some_match) return 0;
  }
  return some_trouble ? 2 : !some_match;
}
