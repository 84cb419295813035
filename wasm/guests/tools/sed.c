/* sed: runs commands over lines. */

#include "sed.h"
#include "sys.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct script script;
static bool quiet, in_place;
static const char *suffix = "";
static char line_end = '\n';

/* Input: the files one after another, with the next line read ahead to know which one is the last. */
static struct {
  char **paths;
  struct reader reader;
  const char *path;
  bool open, has_next, next_ended;
  struct text next;
  uint64_t line;
  int status;
  FILE *output; /* of the file that is changed in place */
  char *temporary;
} input;

static struct text pattern, hold, appended;
static bool pattern_ended = true, replaced, quitting;
static int exit_code;
static struct regex *last_regex;

static FILE *out(void) { return input.output != NULL ? input.output : stdout; }

/* What the former file in place has become takes its place. */
static void close_file(void) {
  if (!input.open) return;
  reader_free(&input.reader);
  close_input(input.reader.descriptor);
  input.open = false;
}

static void finish_in_place(const char *path) {
  if (input.output == NULL) return;
  if (fclose(input.output) != 0) die_errno(4, "couldn't write %s", input.temporary);
  input.output = NULL;
  if (*suffix != 0) {
    char *backup = strchr(suffix, '*') == NULL ? take_format("%s%s", path, suffix) : take_format("%.*s%s%s", (int)strcspn(suffix, "*"), suffix, path, strchr(suffix, '*') + 1);
    if (rename(path, backup) != 0) die_errno(4, "cannot rename %s", path);
    free(backup);
  }
  if (rename(input.temporary, path) != 0) die_errno(4, "cannot rename %s", input.temporary);
  free(input.temporary);
}

static void begin_in_place(const char *path, int file) {
  struct stat about;
  if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) die(4, "couldn't edit %s: not a regular file", path);
  char unique[9];
  unsigned char random[8];
  if (getentropy(random, sizeof random) != 0) die_errno(4, "no random bytes");
  for (size_t index = 0; index < 8; index++) unique[index] = (char)('a' + random[index] % 26);
  unique[8] = 0;
  const char *slash = strrchr(path, '/');
  input.temporary = take_format("%.*ssed%s", slash == NULL ? 0 : (int)(slash + 1 - path), path, unique);
  int made = create_file(input.temporary, 0600, true);
  if (made < 0) die_errno(4, "couldn't open temporary file %s", input.temporary);
  if (chown(input.temporary, about.st_uid, about.st_gid) != 0 && errno != EPERM) warn_errno("cannot keep the owner of %s", path);
  if (chmod(input.temporary, about.st_mode & 07777) != 0) warn_errno("cannot keep the mode of %s", path);
  input.output = fdopen(made, "w");
}

static bool open_next(void) {
  while (*input.paths != NULL) {
    const char *path = *input.paths++;
    int file = strcmp(path, "-") == 0 && !in_place ? 0 : open(path, O_RDONLY);
    struct stat about;
    if (file < 0) {
      warn("can't read %s: %s", path, strerror(errno));
      input.status = 2;
      continue;
    }
    if (fstat(file, &about) == 0 && S_ISDIR(about.st_mode)) {
      warn(in_place ? "couldn't edit %s: not a regular file" : "couldn't read %s: Is a directory", path);
      input.status = in_place ? 4 : 2;
      close(file);
      continue;
    }
    input.path = path;
    input.reader = reader_of(file);
    input.open = true;
    if (in_place) begin_in_place(path, file);
    return true;
  }
  return false;
}

/* Reads into `next`; @returns false at the end, of this file where files are apart. */
static bool read_ahead(void) {
  while (input.open || (!(script.separate && input.path != NULL) && open_next())) {
    char *line;
    ssize_t length = read_line(&input.reader, &line, line_end);
    if (length > 0) {
      input.next_ended = line[length - 1] == line_end;
      text_clear(&input.next);
      text_add(&input.next, line, (size_t)length - input.next_ended);
      return true;
    }
    close_file();
  }
  return false;
}

static bool is_last(void) {
  if (!input.has_next) input.has_next = read_ahead();
  return !input.has_next;
}

static bool next_line(struct text *into) {
  if (is_last()) return false;
  text_add(into, input.next.bytes, input.next.length);
  pattern_ended = input.next_ended;
  input.has_next = false;
  input.line++;
  return true;
}

/* A line whose end was missing gets one as soon as something follows it. */
static FILE *unended;

static void put(FILE *to, const char *bytes, size_t length, bool end) {
  if (unended == to) putc_unlocked(line_end, to);
  unended = NULL;
  fwrite(bytes, 1, length, to);
  if (end) putc_unlocked(line_end, to);
  else unended = to;
}

static void put_pattern(size_t length) { put(out(), pattern.bytes, length, pattern_ended); }

static void put_file(const char *path) {
  int file = strcmp(path, "/dev/stdin") == 0 ? 0 : open(path, O_RDONLY);
  if (file < 0) return;
  if (unended == out()) putc(line_end, out());
  unended = NULL;
  struct reader reader = reader_of(file);
  char *bytes;
  for (ssize_t got; (got = read_some(&reader, &bytes)) > 0;) fwrite(bytes, 1, (size_t)got, out());
  reader_free(&reader);
  close_input(file);
}

/* What `a` and `r` have put aside: a letter, then text and a zero. */
static void put_appended(void) {
  for (size_t place = 0; place < appended.length;) {
    const char *text = appended.bytes + place + 1;
    size_t length = strlen(text);
    if (appended.bytes[place] == 'r') put_file(text);
    else {
      if (unended == out()) putc(line_end, out());
      unended = NULL;
      fwrite(text, 1, length, out());
    }
    place += length + 2;
  }
  text_clear(&appended);
}

static void append(char kind, const char *text) {
  text_char(&appended, kind);
  text_add(&appended, text, strlen(text) + 1);
}

static bool search(struct regex *regex, size_t from, struct regex_span *spans, size_t count) {
  if (regex != NULL) last_regex = regex;
  if (last_regex == NULL) die(1, "no previous regular expression");
  return regex_search(last_regex, pattern.bytes, pattern.length, from, spans, count);
}

static bool fits(const struct address *address) {
  switch (address->type) {
  case LINE_NUMBER: return input.line == address->first;
  case LAST_LINE: return is_last();
  case EXPRESSION: return search(address->regex, 0, NULL, 0);
  case STEP: return address->step == 0 ? input.line == address->first : input.line >= address->first && (input.line - address->first) % address->step == 0;
  default: return true;
  }
}

static bool begin_range(struct command *command) {
  bool from_zero = command->from.type == LINE_NUMBER && command->from.first == 0;
  if (from_zero ? input.line != 1 : !fits(&command->from)) return false;
  command->active = true;
  const struct address *to = &command->to;
  command->last_line = to->type == OFFSET ? input.line + to->first : to->type == MULTIPLE && to->first > 0 ? (input.line + to->first - 1) / to->first * to->first : to->type == MULTIPLE ? input.line : to->first;
  if (from_zero && to->type == EXPRESSION) command->active = !fits(to);
  else if (to->type != EXPRESSION && to->type != LAST_LINE && command->last_line <= input.line) command->active = false;
  return true;
}

static bool selected(struct command *command) {
  if (command->from.type == NO_ADDRESS) return true;
  if (command->to.type == NO_ADDRESS) return fits(&command->from);
  if (!command->active) return begin_range(command);
  const struct address *to = &command->to;
  if (to->type == LAST_LINE) command->active = !is_last();
  else if (to->type == EXPRESSION) command->active = !fits(to);
  else {
    if (input.line > command->last_line) {
      command->active = false;
      return begin_range(command);
    }
    command->active = input.line < command->last_line;
  }
  return true;
}

/* How letters of the replacement come out: \U \L until \E, \u \l for the next one. */
struct letters {
  char all, next;
};

static void add_letters(struct text *to, const char *bytes, size_t length, struct letters *letters) {
  for (size_t place = 0; place < length; place++) {
    char how = letters->next != 0 ? letters->next : letters->all, byte = bytes[place];
    letters->next = 0;
    if (how == 'U' || how == 'u') byte = (char)toupper((unsigned char)byte);
    if (how == 'L' || how == 'l') byte = (char)tolower((unsigned char)byte);
    text_char(to, byte);
  }
}

static void add_replacement(struct text *to, const struct command *command, const struct regex_span *spans) {
  struct letters letters = {0};
  const char *text = command->text.bytes, *end = text + command->text.length;
  for (; text < end; text++) {
    if (*text == '&') {
      add_letters(to, pattern.bytes + spans[0].begin, (size_t)(spans[0].end - spans[0].begin), &letters);
      continue;
    }
    if (*text != '\\' || text + 1 == end) {
      add_letters(to, text, 1, &letters);
      continue;
    }
    text++;
    if (*text >= '0' && *text <= '9') {
      const struct regex_span *span = spans + (*text - '0');
      if (span->begin >= 0) add_letters(to, pattern.bytes + span->begin, (size_t)(span->end - span->begin), &letters);
    } else if (strchr("ULE", *text) != NULL) letters.all = *text == 'E' ? 0 : *text;
    else if (*text == 'u' || *text == 'l') letters.next = *text;
    else text_char(to, *text == 'n' ? '\n' : *text == 't' ? '\t' : *text == 'r' ? '\r' : *text == 'f' ? '\f' : *text == 'v' ? '\v' : *text == 'a' ? '\a' : *text);
  }
}

static bool substitute(const struct command *command) {
  static struct text result;
  struct regex_span spans[10];
  /* Groups cost time: they are asked for only where the replacement names one. */
  bool groups = false;
  for (const char *each = command->text.bytes; *each != 0; each++) {
    if (*each == '\\' && each[1] != 0 && *++each >= '1' && *each <= '9') groups = true;
  }
  uint64_t number = 0;
  size_t from = 0, copied = 0;
  bool done = false;
  ptrdiff_t last_end = -1;
  text_clear(&result);
  while (from <= pattern.length && search(command->regex, from, spans, groups ? 10 : 1)) {
    bool empty = spans[0].begin == spans[0].end;
    if (empty && spans[0].begin == last_end) {
      /* Nothing is not found right behind what was found before: one character on. */
      int character;
      if (from >= pattern.length) break;
      from += utf8_decode(pattern.bytes + from, pattern.length - from, &character);
      last_end = -1;
      continue;
    }
    number++;
    text_add(&result, pattern.bytes + copied, (size_t)spans[0].begin - copied);
    copied = (size_t)spans[0].begin;
    if (number >= (command->which == 0 ? 1 : command->which)) {
      add_replacement(&result, command, spans);
      copied = (size_t)spans[0].end;
      done = true;
      if (!command->global) break;
    }
    last_end = spans[0].end;
    from = (size_t)spans[0].end;
    if (empty) {
      int character;
      if (from >= pattern.length) break;
      from += utf8_decode(pattern.bytes + from, pattern.length - from, &character);
    }
  }
  if (!done) return false;
  text_add(&result, pattern.bytes + copied, pattern.length - copied);
  struct text former = pattern;
  pattern = result;
  result = former;
  return true;
}

static void translate(const struct command *command) {
  if (command->characters->length == 0) {
    for (size_t place = 0; place < pattern.length; place++) pattern.bytes[place] = (char)command->map[(unsigned char)pattern.bytes[place]];
    return;
  }
  struct text result = {0};
  text_clear(&result);
  for (size_t place = 0; place < pattern.length;) {
    int character;
    size_t length = utf8_decode(pattern.bytes + place, pattern.length - place, &character);
    bool found = false;
    for (const char *each = command->characters->bytes; *each != 0 && !found;) {
      size_t from = strcspn(each, "\n"), to = strcspn(each + from + 1, "\n");
      found = from == length && memcmp(each, pattern.bytes + place, length) == 0;
      if (found) text_add(&result, each + from + 1, to);
      each += from + to + 2;
    }
    if (!found && length == 1) text_char(&result, command->map[(unsigned char)pattern.bytes[place]]);
    else if (!found) text_add(&result, pattern.bytes + place, length);
    place += length;
  }
  free(pattern.bytes);
  pattern = result;
}

/* The line without doubt, for `l`: escapes, folded, with $ at its end. */
static void list(int width) {
  struct text line = {0}, piece = {0};
  text_clear(&line);
  size_t column = 0;
  for (size_t place = 0; place < pattern.length; place++) {
    static const char from[] = "\\\a\b\f\n\r\t\v", to[] = "\\abfnrtv";
    unsigned char byte = (unsigned char)pattern.bytes[place];
    const char *known = byte == 0 ? NULL : strchr(from, byte);
    text_clear(&piece);
    if (known != NULL) text_format(&piece, "\\%c", to[known - from]);
    else if (byte < 32 || byte > 126) text_format(&piece, "\\%03o", byte);
    else text_char(&piece, byte);
    if (width > 1 && column + piece.length > (size_t)width - 1) {
      text_string(&line, "\\\n");
      column = 0;
    }
    text_add(&line, piece.bytes, piece.length);
    column += piece.length;
  }
  text_char(&line, '$');
  put(out(), line.bytes, line.length, true);
  free(line.bytes);
  free(piece.bytes);
}

static size_t first_line(void) {
  const char *end = memchr(pattern.bytes, '\n', pattern.length);
  return end == NULL ? pattern.length : (size_t)(end - pattern.bytes);
}

static void write_output(const struct sed_output *output, size_t length) {
  if (output->file == 1) {
    put(out(), pattern.bytes, length, true);
    return;
  }
  if (!write_all(output->file, pattern.bytes, length) || !write_all(output->file, "\n", 1)) die_errno(4, "couldn't write to %s", output->path);
}

static void end_cycle(void) {
  if (!quiet) put_pattern(pattern.length);
  put_appended();
}

static void copy(struct text *to, const struct text *from, bool add) {
  if (add) text_char(to, '\n');
  else text_clear(to);
  text_add(to, from->bytes, from->length);
}

/* What is next after a command: the next one, another place, the end of the cycle (with or without output), or a cycle over again. */
enum next { GO_ON, JUMP, END_CYCLE, NO_OUTPUT, RESTART };

static enum next read_more(bool add) {
  if (is_last()) {
    /* GNU's way: what is there is shown, unless POSIX's was asked for. */
    quitting = true;
    return add && script.posix ? NO_OUTPUT : END_CYCLE;
  }
  if (!add) {
    if (!quiet) put_pattern(pattern.length);
    text_clear(&pattern);
  }
  put_appended();
  if (add) text_char(&pattern, '\n');
  next_line(&pattern);
  return GO_ON;
}

static enum next change(const struct command *command) {
  bool range = command->to.type != NO_ADDRESS && !command->inverted;
  if (!range || !command->active) {
    if (unended == out()) putc(line_end, out());
    unended = NULL;
    fwrite(command->text.bytes, 1, command->text.length, out());
  }
  return NO_OUTPUT;
}

static enum next perform(struct command *command) {
  switch (command->name) {
  case '=': fprintf(out(), "%llu\n", (unsigned long long)input.line); break;
  case 'a': append('a', command->text.bytes); break;
  case 'b': return JUMP;
  case 'c': return change(command);
  case 'd': return NO_OUTPUT;
  case 'D':
    if (memchr(pattern.bytes, '\n', pattern.length) == NULL) return NO_OUTPUT;
    pattern.length -= first_line() + 1;
    memmove(pattern.bytes, strchr(pattern.bytes, '\n') + 1, pattern.length + 1);
    return RESTART;
  case 'F': fprintf(out(), "%s\n", strcmp(input.path, "-") == 0 ? "-" : input.path); break;
  case 'g': copy(&pattern, &hold, false); break;
  case 'G': copy(&pattern, &hold, true); break;
  case 'h': copy(&hold, &pattern, false); break;
  case 'H': copy(&hold, &pattern, true); break;
  case 'i':
    if (unended == out()) putc(line_end, out());
    unended = NULL;
    fwrite(command->text.bytes, 1, command->text.length, out());
    break;
  case 'l': list(command->code); break;
  case 'n': return read_more(false);
  case 'N': return read_more(true);
  case 'p': put(out(), pattern.bytes, pattern.length, true); break;
  case 'P': put(out(), pattern.bytes, first_line(), true); break;
  case 'q': quitting = true; exit_code = command->code; return END_CYCLE;
  case 'Q': quitting = true; exit_code = command->code; return NO_OUTPUT;
  case 'r': append('r', command->text.bytes); break;
  case 's':
    if (!substitute(command)) break;
    replaced = true;
    if (command->print) put(out(), pattern.bytes, pattern.length, true);
    if (command->output != NULL) write_output(command->output, pattern.length);
    break;
  case 't':
    if (!replaced) break;
    replaced = false;
    return JUMP;
  case 'T':
    if (!replaced) return JUMP;
    replaced = false;
    break;
  case 'w': write_output(command->output, pattern.length); break;
  case 'W': write_output(command->output, first_line()); break;
  case 'x': {
    struct text former = pattern;
    pattern = hold;
    hold = former;
    break;
  }
  case 'y': translate(command); break;
  case 'z': text_clear(&pattern); break;
  }
  return GO_ON;
}

static void run_script(void) {
  bool again = true;
  while (again) {
    again = false;
    size_t place = 0;
    while (place < script.count) {
      struct command *command = script.commands + place;
      bool chosen = selected(command) != command->inverted;
      if (command->name == '{') {
        place = chosen ? place + 1 : command->target + 1;
        continue;
      }
      enum next next = chosen ? perform(command) : GO_ON;
      if (next == END_CYCLE) break;
      if (next == NO_OUTPUT) {
        put_appended();
        return;
      }
      if (next == RESTART) {
        put_appended();
        again = true;
        break;
      }
      place = next == JUMP ? command->target : place + 1;
    }
    if (!again) end_cycle();
  }
}

static void run_all(void) {
  do {
    for (text_clear(&pattern); !quitting && next_line(&pattern); text_clear(&pattern)) {
      replaced = false;
      run_script();
    }
    if (!script.separate || input.path == NULL) return;
    /* The rest of a file that is changed in place stays when the script ends early. */
    char *line;
    for (ssize_t length; quitting && in_place && input.open && (length = read_line(&input.reader, &line, line_end)) > 0;) {
      fwrite(line, 1, (size_t)length, out());
    }
    close_file();
    unended = NULL;
    finish_in_place(input.path);
    input.path = NULL;
    if (in_place) input.line = 0;
  } while (!quitting && open_next());
}

static void add_script(struct text *whole, const char *text, size_t length) {
  if (whole->length > 0) text_char(whole, '\n');
  text_add(whole, text, length);
}

int sed_main(int argc, char **argv) {
  struct text whole = {0};
  bool some = false;
  static const struct option names[] = {{"quiet", 0, 0, 'n'},          {"silent", 0, 0, 'n'},   {"expression", 1, 0, 'e'}, {"file", 1, 0, 'f'},
                                        {"regexp-extended", 0, 0, 'E'}, {"in-place", 2, 0, 'i'}, {"separate", 0, 0, 's'},   {"null-data", 0, 0, 'z'},
                                        {"posix", 0, 0, 'p'},          {"unbuffered", 0, 0, 'u'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "nEre:f:i::szu", names, NULL)) != -1;) {
    struct text file = {0};
    int opened;
    switch (option) {
    case 'n': quiet = true; break;
    case 'E': case 'r': script.extended = true; break;
    case 'e': add_script(&whole, optarg, strlen(optarg)); some = true; break;
    case 'f':
      opened = open_input(optarg);
      if (opened < 0 || !read_whole(opened, &file)) return 1;
      close_input(opened);
      if (file.length > 0 && file.bytes[file.length - 1] == '\n') file.length--;
      add_script(&whole, file.bytes, file.length);
      some = true;
      break;
    case 'i': in_place = script.separate = true; if (optarg != NULL) suffix = optarg; break;
    case 's': script.separate = true; break;
    case 'z': line_end = 0; break;
    case 'p': script.posix = true; break;
    case 'u': setvbuf(stdout, NULL, _IOLBF, 0); break;
    default: return 1;
    }
  }
  if (!some) {
    if (optind >= argc) die(1, "no script; usage: sed [OPTION]... {script} [input-file]...");
    add_script(&whole, argv[optind], strlen(argv[optind]));
    optind++;
  }
  text_reserve(&whole, 0);
  if (whole.length > 1 && strncmp(whole.bytes, "#n", 2) == 0 && (whole.bytes[2] == '\n' || whole.length == 2)) quiet = true;
  if (whole.length > 0) sed_parse(&script, whole.bytes);
  sed_link(&script);
  text_clear(&hold);
  text_clear(&appended);
  static char *standard[] = {"-", NULL};
  input.paths = optind < argc ? argv + optind : standard;
  run_all();
  return exit_code != 0 ? exit_code : input.status;
}
