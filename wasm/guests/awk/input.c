/* awk: records, fields, and files and commands to read from and to write to. */

#include "input.h"
#include "sys.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct value *fields; /* 0 is the record */
static size_t field_room, field_count;
static bool split_done, record_stale;

static struct value *special(enum special which) { return &awk.variables[which].value; }

struct string *special_string(enum special which) { return to_string(special(which), "%.6g"); }

void set_special(enum special which, struct value value) {
  value_free(special(which));
  *special(which) = value;
}

static void make_room(size_t count) {
  if (count < field_room) return;
  size_t room = field_room == 0 ? 64 : field_room * 2;
  if (room <= count) room = count + 1;
  fields = take_more(fields, room * sizeof *fields);
  memset(fields + field_room, 0, (room - field_room) * sizeof *fields);
  field_room = room;
}

void set_record(const char *bytes, size_t length) {
  make_room(0);
  struct value value = input_value(bytes, length);
  value_free(fields);
  fields[0] = value;
  split_done = record_stale = false;
}

static struct regex *separator_regex(const struct string *text) {
  static struct string *last;
  static struct regex *regex;
  if (last != NULL && last->length == text->length && memcmp(last->bytes, text->bytes, text->length) == 0) return regex;
  const char *error;
  string_free(last);
  last = string_make(text->bytes, text->length);
  regex_free(regex);
  regex = regex_compile(text->bytes, text->length, REGEX_EXTENDED, &error);
  if (regex == NULL) die(2, "%s: /%s/", error, text->bytes);
  return regex;
}

/* Calls `each` with every piece. One blank means runs of blanks and newlines; another single character is itself; else it is an expression. */
void split_text(const struct string *text, const struct string *separator, struct regex *regex, void (*each)(void *context, const char *bytes, size_t length), void *context) {
  const char *at = text->bytes, *end = at + text->length;
  if (regex == NULL && separator->length == 1 && separator->bytes[0] == ' ') {
    for (;;) {
      while (at < end && (*at == ' ' || *at == '\t' || *at == '\n')) at++;
      if (at == end) return;
      const char *begin = at;
      while (at < end && *at != ' ' && *at != '\t' && *at != '\n') at++;
      each(context, begin, (size_t)(at - begin));
    }
  }
  if (at == end) return;
  if (regex == NULL && separator->length == 0) {
    while (at < end) {
      int character;
      size_t length = utf8_decode(at, (size_t)(end - at), &character);
      each(context, at, length);
      at += length;
    }
    return;
  }
  if (regex == NULL && (separator->length > 1 || separator->bytes[0] == '\\')) regex = separator_regex(separator);
  struct regex_span span;
  for (;;) {
    const char *stop = NULL;
    size_t skip = 1;
    if (regex == NULL) stop = memchr(at, separator->bytes[0], (size_t)(end - at));
    else if (regex_search(regex, text->bytes, text->length, (size_t)(at - text->bytes), &span, 1) && span.end > span.begin) {
      stop = text->bytes + span.begin;
      skip = (size_t)(span.end - span.begin);
    }
    each(context, at, (size_t)((stop == NULL ? end : stop) - at));
    if (stop == NULL) return;
    at = stop + skip;
  }
}

static void add_field(void *context, const char *bytes, size_t length) {
  (void)context;
  make_room(++field_count);
  value_free(fields + field_count);
  fields[field_count] = input_value(bytes, length);
}

static void split_record(void) {
  if (split_done) return;
  split_done = true;
  for (size_t index = 1; index <= field_count; index++) value_free(fields + index);
  field_count = 0;
  struct string *record = to_string(fields, "%.6g"), *separator = special_string(V_FS), *lines = special_string(V_RS);
  if (lines->length == 0 && !(separator->length == 1 && separator->bytes[0] == ' ')) {
    /* Records of paragraphs: a newline parts fields as well. */
    struct text both = {0};
    text_format(&both, separator->length == 1 && strchr("\\.[]|()*+?^$", separator->bytes[0]) != NULL ? "[%s]|\n" : "%s|\n", separator->bytes);
    struct string *joined = string_make(both.bytes, both.length);
    split_text(record, joined, NULL, add_field, NULL);
    string_free(joined);
    free(both.bytes);
  } else split_text(record, separator, NULL, add_field, NULL);
  string_free(record);
  string_free(separator);
  string_free(lines);
  set_special(V_NF, number_value((double)field_count));
}

/* The record of the fields, after one of them was set. */
static void join_record(void) {
  if (!record_stale) return;
  record_stale = false;
  struct text text = {0};
  text_clear(&text);
  struct string *separator = special_string(V_OFS), *format = special_string(V_CONVFMT);
  for (size_t index = 1; index <= field_count; index++) {
    struct string *field = to_string(fields + index, format->bytes);
    if (index > 1) text_add(&text, separator->bytes, separator->length);
    text_add(&text, field->bytes, field->length);
    string_free(field);
  }
  string_free(separator);
  string_free(format);
  value_free(fields);
  fields[0] = input_value(text.bytes, text.length);
  free(text.bytes);
}

void need_fields(void) {
  make_room(0);
  split_record();
}

static void resize(size_t count) {
  make_room(count);
  for (size_t index = count + 1; index <= field_count; index++) value_free(fields + index);
  for (size_t index = field_count + 1; index <= count; index++) fields[index] = string_value(string_make("", 0));
  field_count = count;
}

void field_count_set(void) {
  split_record();
  double count = to_number(special(V_NF));
  if (count < 0 || count > 10000000) die(2, "NF is set to a value that makes no sense");
  resize((size_t)count);
  record_stale = true;
}

static size_t field_number(double number) {
  if (number < 0) die(2, "attempt to access field %d", (int)number);
  if (number > 10000000) die(2, "there are no so many fields");
  return (size_t)number;
}

struct value get_field(double number) {
  size_t index = field_number(number);
  make_room(0);
  if (index == 0) {
    join_record();
    return value_copy(fields[0]);
  }
  split_record();
  return index > field_count ? (struct value){0} : value_copy(fields[index]);
}

void set_field(double number, struct value value) {
  size_t index = field_number(number);
  if (index == 0) {
    struct string *text = to_string(&value, "%.6g");
    value_free(&value);
    set_record(text->bytes, text->length);
    string_free(text);
    return;
  }
  split_record();
  if (index > field_count) {
    resize(index);
    set_special(V_NF, number_value((double)index));
  }
  value_free(fields + index);
  fields[index] = value;
  record_stale = true;
}

/* Reads a record up to RS: a newline, one character, an expression, or empty lines where it is empty. */
static ssize_t read_record(struct reader *reader, struct text *record) {
  struct string *separator = special_string(V_RS);
  char *line;
  ssize_t length, result = 0;
  text_clear(record);
  if (separator->length == 0) {
    while ((length = read_line(reader, &line, '\n')) == 1 && *line == '\n') continue;
    for (; length > 0 && *line != '\n'; length = read_line(reader, &line, '\n')) text_add(record, line, (size_t)length);
    result = length < 0 ? -1 : record->length > 0;
    if (record->length > 0 && record->bytes[record->length - 1] == '\n') record->bytes[--record->length] = 0;
  } else if (separator->length == 1) {
    length = read_line(reader, &line, (unsigned char)separator->bytes[0]);
    if (length > 0) text_add(record, line, (size_t)length - (line[length - 1] == separator->bytes[0]));
    /* The newline at the end of a file ends the last record. */
    result = length < 0 ? -1 : length > 0;
    if (result > 0 && separator->bytes[0] != '\n' && reader->ended && reader->at == reader->end && record->length > 0 && record->bytes[record->length - 1] == '\n') {
      record->bytes[--record->length] = 0;
      if (record->length == 0) result = 0;
    }
  } else {
    static struct text rest;
    static struct reader *of;
    if (of != reader) {
      text_clear(&rest);
      of = reader;
      if (!read_whole(reader->descriptor, &rest)) result = -1;
    }
    struct regex_span span;
    if (result == 0 && rest.length > 0) {
      bool found = regex_search(separator_regex(separator), rest.bytes, rest.length, 0, &span, 1) && span.end > span.begin;
      size_t end = found ? (size_t)span.begin : rest.length - (rest.bytes[rest.length - 1] == '\n'), next = found ? (size_t)span.end : rest.length;
      text_add(record, rest.bytes, end);
      rest.length -= next;
      memmove(rest.bytes, rest.bytes + next, rest.length + 1);
      result = 1;
    }
  }
  string_free(separator);
  return result;
}

/* What stands open by its name: a file or a command, to read from or to write to. */
struct stream {
  struct stream *next;
  char *name;
  int kind; /* < > | and r for a command that is read from */
  FILE *output;
  struct reader reader;
  pid_t pid;
};

static struct stream *streams;

static pid_t start_shell(const char *command, int input, int output) {
  char *argv[] = {"sh", "-c", (char *)command, NULL};
  pid_t pid = sys_spawn(&(struct sys_command){.argv = argv, .descriptors = {input, output, 2}});
  if (pid < 0) die_errno(2, "cannot run %s", command);
  return pid;
}

static int wait_for(pid_t pid) {
  int status;
  while (sys_wait(pid, &status, true) < 0) {
    if (errno != EINTR) return -1;
  }
  return SYS_EXITED(status) ? SYS_EXIT_CODE(status) : 256 + SYS_SIGNAL(status);
}

int run_shell(const char *command) {
  flush_all();
  return wait_for(start_shell(command, 0, 1));
}

static struct stream *open_stream(const char *name, int kind) {
  for (struct stream *each = streams; each != NULL; each = each->next) {
    if (each->kind == kind && strcmp(each->name, name) == 0) return each;
  }
  struct stream *stream = take(sizeof *stream);
  int ends[2] = {-1, -1};
  *stream = (struct stream){.next = streams, .name = take_copy(name), .kind = kind};
  if (kind == '|' || kind == 'r') {
    flush_all();
    if (pipe(ends) != 0) die_errno(2, "cannot make a pipe");
#ifndef __wasi__
    fcntl(ends[kind == '|'], F_SETFD, FD_CLOEXEC);
#endif
    stream->pid = kind == '|' ? start_shell(name, ends[0], 1) : start_shell(name, 0, ends[1]);
    close(ends[kind != '|']);
    if (kind == '|') stream->output = fdopen(ends[1], "w");
    else stream->reader = reader_of(ends[0]);
  } else if (kind == '<') {
    int file = strcmp(name, "-") == 0 || strcmp(name, "/dev/stdin") == 0 ? 0 : open(name, O_RDONLY);
    if (file < 0) {
      free(stream->name);
      free(stream);
      return NULL;
    }
    stream->reader = reader_of(file);
  } else {
    if (strcmp(name, "/dev/stdout") == 0 || strcmp(name, "-") == 0) stream->output = stdout;
    else if (strcmp(name, "/dev/stderr") == 0) stream->output = stderr;
    else stream->output = fopen(name, kind == 'a' ? "a" : "w");
    if (stream->output == NULL) die_errno(2, "cannot open %s", name);
  }
  return streams = stream;
}

FILE *output_stream(const char *name, int kind) { return open_stream(name, kind)->output; }

void flush_all(void) {
  fflush(stdout);
  for (struct stream *each = streams; each != NULL; each = each->next) {
    if (each->output != NULL) fflush(each->output);
  }
}

static int close_stream(struct stream *stream) {
  int result = 0;
  if (stream->output != NULL && stream->output != stdout && stream->output != stderr) result = fclose(stream->output);
  if (stream->output == NULL) {
    close_input(stream->reader.descriptor);
    reader_free(&stream->reader);
  }
  if (stream->kind == '|' || stream->kind == 'r') result = wait_for(stream->pid);
  free(stream->name);
  free(stream);
  return result;
}

int close_named(const char *name) {
  int result = -1;
  for (struct stream **place = &streams; *place != NULL;) {
    struct stream *stream = *place;
    if (strcmp(stream->name, name) != 0) {
      place = &stream->next;
      continue;
    }
    *place = stream->next;
    result = close_stream(stream);
  }
  return result;
}

void close_all(void) {
  fflush(stdout);
  while (streams != NULL) {
    struct stream *stream = streams;
    streams = stream->next;
    close_stream(stream);
  }
}

int read_from(const char *name, bool command, struct text *record) {
  struct stream *stream = open_stream(name, command ? 'r' : '<');
  return stream == NULL ? -1 : (int)read_record(&stream->reader, record);
}

static struct reader main_reader;
static bool main_open, main_ended, any_file;
static size_t argument = 1;

static struct string *argument_text(size_t number) {
  char key[24];
  snprintf(key, sizeof key, "%zu", number);
  struct string *name = string_make(key, strlen(key));
  struct entry *entry = awk.variables[V_ARGV].array == NULL ? NULL : array_find(awk.variables[V_ARGV].array, name, false);
  string_free(name);
  return entry == NULL ? NULL : to_string(&entry->value, "%.6g");
}

/* Opens the next file of ARGV, taking assignments on the way. @returns false when there is none left */
static bool open_next(int *status) {
  size_t count = (size_t)to_number(special(V_ARGC));
  while (argument < count) {
    struct string *text = argument_text(argument++);
    if (text == NULL) continue;
    char *equals = strchr(text->bytes, '=');
    bool name = text->length > 0 && !(text->bytes[0] >= '0' && text->bytes[0] <= '9') && strspn(text->bytes, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == (size_t)(equals == NULL ? 0 : equals - text->bytes);
    if (equals != NULL && equals != text->bytes && name) {
      *equals = 0;
      awk_assign(text->bytes, equals + 1);
      continue;
    }
    if (text->length == 0) continue;
    int file = open_input(text->bytes);
    any_file = true;
    set_special(V_FILENAME, string_value(text));
    if (file < 0) {
      *status = 2;
      continue;
    }
    main_reader = reader_of(file);
    set_special(V_FNR, number_value(0));
    return true;
  }
  if (any_file) return false;
  any_file = true;
  main_reader = reader_of(0);
  return true;
}

void skip_file(void) {
  if (!main_open) return;
  close_input(main_reader.descriptor);
  reader_free(&main_reader);
  main_open = false;
}

int read_main(struct text *record, int *status) {
  while (!main_ended) {
    if (!main_open && !(main_open = open_next(status))) {
      main_ended = true;
      break;
    }
    ssize_t got = read_record(&main_reader, record);
    if (got > 0) {
      set_special(V_NR, number_value(to_number(special(V_NR)) + 1));
      set_special(V_FNR, number_value(to_number(special(V_FNR)) + 1));
      return 1;
    }
    skip_file();
  }
  return 0;
}
