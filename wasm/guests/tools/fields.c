/* cut, paste, uniq, comm, nl, fold */

#include "sys.h"
#include "tool.h"
#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct range {
  size_t from, to;
};

struct cut {
  struct range *ranges;
  size_t count;
  char kind, delimiter, line_end;
  bool complement, only_delimited, bytes;
  const char *output;
};

static void parse_ranges(struct cut *cut, char *text) {
  for (char *part; (part = strsep(&text, ", ")) != NULL;) {
    char *end = part;
    size_t from = 1, to = SIZE_MAX;
    if (*part != '-') from = strtoul(part, &end, 10);
    if (from == 0) die(1, "fields and positions are numbered from 1");
    if (*end == '-') {
      if (end[1] != 0) to = strtoul(end + 1, &end, 10);
      else end++;
    } else to = from;
    if (*end != 0 || end == part || strcmp(part, "-") == 0) die(1, "invalid field value '%s'", part);
    if (to < from) die(1, "invalid decreasing range");
    cut->ranges = take_more(cut->ranges, (cut->count + 1) * sizeof *cut->ranges);
    cut->ranges[cut->count++] = (struct range){from, to};
  }
}

static bool chosen(const struct cut *cut, size_t number) {
  bool found = false;
  for (size_t index = 0; index < cut->count && !found; index++) {
    found = number >= cut->ranges[index].from && number <= cut->ranges[index].to;
  }
  return found != cut->complement;
}

static void cut_fields(const struct cut *cut, const char *line, size_t length) {
  if (memchr(line, cut->delimiter, length) == NULL) {
    if (cut->only_delimited) return;
    fwrite(line, 1, length, stdout);
    putchar_unlocked(cut->line_end);
    return;
  }
  bool first = true;
  const char *at = line, *end = line + length;
  for (size_t number = 1; at <= end; number++) {
    const char *stop = memchr(at, cut->delimiter, (size_t)(end - at));
    if (stop == NULL) stop = end;
    if (chosen(cut, number)) {
      if (!first) fputs(cut->output, stdout);
      fwrite(at, 1, (size_t)(stop - at), stdout);
      first = false;
    }
    at = stop + 1;
  }
  putchar_unlocked(cut->line_end);
}

static void cut_characters(const struct cut *cut, const char *line, size_t length) {
  size_t number = 0;
  bool before = false, some = false;
  for (size_t at = 0; at < length; at++) {
    number++;
    bool now = chosen(cut, number);
    if (now) {
      if (!before && some && *cut->output != 0) fputs(cut->output, stdout);
      putchar_unlocked(line[at]);
      some = true;
    }
    before = now;
  }
  putchar_unlocked(cut->line_end);
}

int cut_main(int argc, char **argv) {
  struct cut cut = {.delimiter = '\t', .line_end = '\n'};
  static const struct option names[] = {{"delimiter", 1, 0, 'd'},      {"fields", 1, 0, 'f'},     {"characters", 1, 0, 'c'},
                                        {"bytes", 1, 0, 'b'},          {"complement", 0, 0, 'C'}, {"only-delimited", 0, 0, 's'},
                                        {"output-delimiter", 1, 0, 'O'}, {"zero-terminated", 0, 0, 'z'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "d:f:c:b:snz", names, NULL)) != -1;) {
    switch (option) {
    case 'd':
      if (strlen(optarg) > 1) die(1, "the delimiter must be a single character");
      cut.delimiter = *optarg;
      break;
    case 'f': case 'c': case 'b':
      if (cut.kind != 0) die(1, "only one list may be specified");
      cut.kind = (char)option;
      parse_ranges(&cut, optarg);
      break;
    case 'C': cut.complement = true; break;
    case 's': cut.only_delimited = true; break;
    case 'O': cut.output = optarg; break;
    case 'z': cut.line_end = 0; break;
    case 'n': break;
    default: return 1;
    }
  }
  if (cut.kind == 0) die(1, "you must specify a list of bytes, characters, or fields");
  char own[2] = {cut.delimiter, 0};
  if (cut.output == NULL) cut.output = cut.kind == 'f' ? own : "";
  static char *input[] = {"-", NULL};
  int status = 0;
  for (char **path = optind < argc ? argv + optind : input; *path != NULL; path++) {
    int file = open_input(*path);
    if (file < 0) {
      status = 1;
      continue;
    }
    struct reader reader = reader_of(file);
    char *line;
    for (ssize_t length; (length = read_line(&reader, &line, cut.line_end)) > 0;) {
      size_t text = (size_t)length - (line[length - 1] == cut.line_end);
      if (cut.kind == 'f') cut_fields(&cut, line, text);
      else cut_characters(&cut, line, text);
    }
    reader_free(&reader);
    close_input(file);
  }
  return status;
}

/* What `\n`, `\t`, `\\` and `\0` in a list of delimiters stand for; `\0` is none. */
static size_t delimiters(const char *text, int *out) {
  size_t count = 0;
  for (; *text != 0; text++) {
    if (*text == '\\' && text[1] != 0) {
      text++;
      out[count++] = *text == 'n' ? '\n' : *text == 't' ? '\t' : *text == '0' ? -1 : *text;
    } else out[count++] = *text;
  }
  return count;
}

static bool paste_part(struct reader *reader) {
  char *line;
  ssize_t length = read_line(reader, &line, '\n');
  if (length <= 0) return false;
  fwrite(line, 1, (size_t)length - (line[length - 1] == '\n'), stdout);
  return true;
}

static void paste_serial(struct reader *readers, size_t count, const int *list, size_t list_length) {
  for (size_t index = 0; index < count; index++) {
    char *line;
    bool first = true;
    size_t place = 0;
    for (ssize_t length; (length = read_line(readers + index, &line, '\n')) > 0; first = false) {
      if (!first && list_length > 0) {
        int byte = list[place++ % list_length];
        if (byte >= 0) putchar(byte);
      }
      fwrite(line, 1, (size_t)length - (line[length - 1] == '\n'), stdout);
    }
    putchar('\n');
  }
}

static bool more(struct reader *reader) {
  if (reader->at < reader->end) return true;
  char *bytes;
  ssize_t got = read_some(reader, &bytes);
  if (got > 0) reader->at = 0;
  return got > 0;
}

int paste_main(int argc, char **argv) {
  bool serial = false;
  const char *text = "\t";
  for (int option; (option = getopt(argc, argv, "sd:")) != -1;) {
    if (option == '?') return 1;
    if (option == 's') serial = true;
    if (option == 'd') text = optarg;
  }
  int *list = take(sizeof *list * (strlen(text) + 1));
  size_t list_length = delimiters(text, list), count = optind < argc ? (size_t)(argc - optind) : 1;
  struct reader *readers = take(sizeof *readers * count), shared = reader_of(0);
  struct reader **each = take(sizeof *each * count);
  for (size_t index = 0; index < count; index++) {
    const char *path = optind < argc ? argv[optind + (int)index] : "-";
    int file = open_input(path);
    if (file < 0) return 1;
    readers[index] = reader_of(file);
    each[index] = file == 0 && !serial ? &shared : readers + index;
  }
  if (serial) paste_serial(readers, count, list, list_length);
  for (bool some = !serial; some;) {
    some = false;
    for (size_t index = 0; index < count && !some; index++) some = more(each[index]);
    for (size_t index = 0; some && index < count; index++) {
      paste_part(each[index]);
      int byte = index + 1 == count ? '\n' : list_length == 0 ? -1 : list[index % list_length];
      if (byte >= 0) putchar(byte);
    }
  }
  return 0;
}

struct uniq {
  bool count, repeated, unique, all_repeated, fold;
  size_t fields, characters, width;
};

static struct text uniq_key(const struct uniq *uniq, struct text line) {
  size_t at = 0;
  for (size_t field = 0; field < uniq->fields && at < line.length; field++) {
    while (at < line.length && (line.bytes[at] == ' ' || line.bytes[at] == '\t')) at++;
    while (at < line.length && line.bytes[at] != ' ' && line.bytes[at] != '\t') at++;
  }
  at = line.length - at < uniq->characters ? line.length : at + uniq->characters;
  size_t length = line.length - at < uniq->width ? line.length - at : uniq->width;
  return (struct text){.bytes = line.bytes + at, .length = length};
}

static bool same_key(const struct uniq *uniq, struct text a, struct text b) {
  a = uniq_key(uniq, a);
  b = uniq_key(uniq, b);
  if (a.length != b.length || a.length == 0) return a.length == b.length;
  return (uniq->fold ? strncasecmp(a.bytes, b.bytes, a.length) : memcmp(a.bytes, b.bytes, a.length)) == 0;
}

static void uniq_print(const struct uniq *uniq, const struct text *line, uint64_t count) {
  if ((uniq->repeated && count < 2) || (uniq->unique && count > 1)) return;
  if (uniq->count) printf("%7llu ", (unsigned long long)count);
  fwrite(line->bytes, 1, line->length, stdout);
  putchar('\n');
}

int uniq_main(int argc, char **argv) {
  struct uniq uniq = {.width = SIZE_MAX};
  static const struct option names[] = {{"count", 0, 0, 'c'},       {"repeated", 0, 0, 'd'},    {"unique", 0, 0, 'u'},
                                        {"ignore-case", 0, 0, 'i'}, {"skip-fields", 1, 0, 'f'}, {"skip-chars", 1, 0, 's'},
                                        {"check-chars", 1, 0, 'w'}, {"all-repeated", 0, 0, 'D'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "cduDif:s:w:", names, NULL)) != -1;) {
    switch (option) {
    case 'c': uniq.count = true; break;
    case 'd': uniq.repeated = true; break;
    case 'u': uniq.unique = true; break;
    case 'D': uniq.all_repeated = true; break;
    case 'i': uniq.fold = true; break;
    case 'f': uniq.fields = (size_t)parse_number(optarg, 1, "number of fields to skip"); break;
    case 's': uniq.characters = (size_t)parse_number(optarg, 1, "number of bytes to skip"); break;
    case 'w': uniq.width = (size_t)parse_number(optarg, 1, "number of bytes to compare"); break;
    default: return 1;
    }
  }
  int file = optind < argc ? open_input(argv[optind]) : 0;
  if (file < 0) return 1;
  if (optind + 1 < argc && strcmp(argv[optind + 1], "-") != 0) {
    int output = create_file(argv[optind + 1], 0666, false);
    if (output < 0) die_errno(1, "%s", argv[optind + 1]);
    dup2(output, 1);
  }
  struct reader reader = reader_of(file);
  struct text last = {0};
  uint64_t count = 0;
  char *line;
  for (ssize_t length; (length = read_line(&reader, &line, '\n')) > 0;) {
    struct text now = {.bytes = line, .length = (size_t)length - (line[length - 1] == '\n')};
    if (count > 0 && same_key(&uniq, last, now)) {
      count++;
      if (uniq.all_repeated) {
        if (count == 2) uniq_print(&(struct uniq){0}, &last, 1);
        uniq_print(&(struct uniq){0}, &now, 1);
      }
      continue;
    }
    if (count > 0 && !uniq.all_repeated) uniq_print(&uniq, &last, count);
    text_clear(&last);
    text_add(&last, now.bytes, now.length);
    count = 1;
  }
  if (count > 0 && !uniq.all_repeated) uniq_print(&uniq, &last, count);
  return 0;
}

/* The next line without its end; `more` is false at the end of the file. */
static struct text next_line(struct reader *reader, bool *there) {
  char *line;
  ssize_t length = read_line(reader, &line, '\n');
  *there = length > 0;
  return (struct text){.bytes = line, .length = length <= 0 ? 0 : (size_t)length - (line[length - 1] == '\n')};
}

int comm_main(int argc, char **argv) {
  bool hidden[3] = {false};
  for (int option; (option = getopt(argc, argv, "123")) != -1;) {
    if (option == '?') return 1;
    hidden[option - '1'] = true;
  }
  if (argc - optind != 2) die(1, "missing operand");
  int files[2] = {open_input(argv[optind]), open_input(argv[optind + 1])};
  if (files[0] < 0 || files[1] < 0) return 1;
  struct reader readers[2] = {reader_of(files[0]), reader_of(files[1])};
  bool there[2];
  struct text lines[2] = {next_line(readers, there), next_line(readers + 1, there + 1)};
  while (there[0] || there[1]) {
    int order = there[0] ? -1 : 1;
    if (there[0] && there[1]) {
      size_t shorter = lines[0].length < lines[1].length ? lines[0].length : lines[1].length;
      order = memcmp(lines[0].bytes, lines[1].bytes, shorter);
      if (order == 0) order = lines[0].length < lines[1].length ? -1 : lines[0].length > lines[1].length;
    }
    int column = order < 0 ? 0 : order > 0 ? 1 : 2;
    if (!hidden[column]) {
      if (column > 0 && !hidden[0]) putchar('\t');
      if (column > 1 && !hidden[1]) putchar('\t');
      const struct text *line = lines + (column == 1);
      fwrite(line->bytes, 1, line->length, stdout);
      putchar('\n');
    }
    if (order <= 0) lines[0] = next_line(readers, there);
    if (order >= 0) lines[1] = next_line(readers + 1, there + 1);
  }
  return 0;
}

int nl_main(int argc, char **argv) {
  char which = 't', format[16] = "%*llu";
  const char *separator = "\t";
  long long number = 1, step = 1;
  int width = 6;
  for (int option; (option = getopt(argc, argv, "b:i:n:s:v:w:")) != -1;) {
    switch (option) {
    case 'b': which = *optarg; break;
    case 'i': step = parse_number(optarg, 1, "line number increment"); break;
    case 's': separator = optarg; break;
    case 'v': number = parse_number(optarg, 1, "starting line number"); break;
    case 'w': width = (int)parse_number(optarg, 1, "line number field width"); break;
    case 'n': strcpy(format, strcmp(optarg, "ln") == 0 ? "%-*lld" : strcmp(optarg, "rz") == 0 ? "%0*lld" : "%*lld"); break;
    default: return 1;
    }
  }
  static char *input[] = {"-", NULL};
  int status = 0;
  for (char **path = optind < argc ? argv + optind : input; *path != NULL; path++) {
    int file = open_input(*path);
    if (file < 0) {
      status = 1;
      continue;
    }
    struct reader reader = reader_of(file);
    char *line;
    for (ssize_t length; (length = read_line(&reader, &line, '\n')) > 0;) {
      size_t text = (size_t)length - (line[length - 1] == '\n');
      if (which == 'a' || (which == 't' && text > 0)) {
        printf(format, width, number);
        fputs(separator, stdout);
        number += step;
      } else printf("%*s", width + (int)strlen(separator), "");
      fwrite(line, 1, text, stdout);
      putchar('\n');
    }
    reader_free(&reader);
    close_input(file);
  }
  return status;
}

static size_t column_after(size_t column, unsigned char byte, bool bytes) {
  if (bytes) return column + 1;
  if (byte == '\t') return column + 8 - column % 8;
  if (byte == '\b') return column > 0 ? column - 1 : 0;
  return byte == '\r' ? 0 : column + ((byte & 0xc0) != 0x80);
}

static size_t width_of(const char *text, size_t length, bool bytes) {
  size_t column = 0;
  for (size_t at = 0; at < length; at++) column = column_after(column, (unsigned char)text[at], bytes);
  return column;
}

static void fold_line(const char *line, size_t length, size_t width, bool spaces, bool bytes) {
  size_t begin = 0, column = 0;
  for (size_t at = 0; at < length; at++) {
    size_t next = column_after(column, (unsigned char)line[at], bytes);
    if (next > width && at > begin) {
      size_t stop = at;
      while (spaces && stop > begin && line[stop - 1] != ' ' && line[stop - 1] != '\t') stop--;
      if (stop == begin) stop = at;
      fwrite(line + begin, 1, stop - begin, stdout);
      putchar('\n');
      begin = stop;
      column = width_of(line + begin, at - begin, bytes);
      next = column_after(column, (unsigned char)line[at], bytes);
    }
    column = next;
  }
  fwrite(line + begin, 1, length - begin, stdout);
}

int fold_main(int argc, char **argv) {
  size_t width = 80;
  bool spaces = false, bytes = false;
  for (int option; (option = getopt(argc, argv, "w:sb")) != -1;) {
    if (option == '?') return 1;
    if (option == 'w') width = (size_t)parse_number(optarg, 1, "number of columns");
    if (option == 's') spaces = true;
    if (option == 'b') bytes = true;
  }
  if (width == 0) die(1, "invalid number of columns: '0'");
  static char *input[] = {"-", NULL};
  int status = 0;
  for (char **path = optind < argc ? argv + optind : input; *path != NULL; path++) {
    int file = open_input(*path);
    if (file < 0) {
      status = 1;
      continue;
    }
    struct reader reader = reader_of(file);
    char *line;
    for (ssize_t length; (length = read_line(&reader, &line, '\n')) > 0;) {
      bool whole = line[length - 1] == '\n';
      fold_line(line, (size_t)length - whole, width, spaces, bytes);
      if (whole) putchar('\n');
    }
    reader_free(&reader);
    close_input(file);
  }
  return status;
}
