/* xargs */

#include "sys.h"
#include "tool.h"
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
  int delimiter; /* -1: blanks, with quotes */
  int64_t most, lines, parallel;
  size_t most_bytes;
  const char *replaced, *stop;
  bool trace, not_empty, asking;
} how = {.delimiter = -1, .most = -1, .lines = -1, .parallel = 1, .most_bytes = 100000};

static int status, running;

static void note(int wait_status) {
  running--;
  int code = SYS_EXITED(wait_status) ? SYS_EXIT_CODE(wait_status) : 0;
  if (!SYS_EXITED(wait_status)) die(125, "terminated by signal %d", SYS_SIGNAL(wait_status));
  if (code == 255) die(124, "exited with status 255; aborting");
  if (code != 0) status = 123;
}

static void wait_for(int most) {
  int wait_status;
  while (running > most) {
    if (sys_wait(-1, &wait_status, true) >= 0) note(wait_status);
    else if (errno != EINTR) die_errno(1, "cannot wait");
  }
}

static void start(char **argv) {
  if (how.trace || how.asking) {
    for (char **each = argv; *each != NULL; each++) fprintf(stderr, "%s%s", each == argv ? "" : " ", *each);
    if (how.asking && !ask("?...")) return;
    if (!how.asking) fputc('\n', stderr);
  }
  wait_for((int)how.parallel - 1);
  /* Commands do not read what is for xargs. */
  static int nothing = -1;
  if (nothing < 0) {
    int ends[2];
    if (pipe(ends) != 0) die_errno(1, "cannot make a pipe");
    close(ends[1]);
    nothing = ends[0];
  }
  pid_t pid = sys_spawn(&(struct sys_command){.argv = argv, .descriptors = {nothing, 1, 2}});
  if (pid < 0) {
    int code = errno == ENOENT ? 127 : 126;
    warn_errno("%s", argv[0]);
    wait_for(0);
    exit(code);
  }
  running++;
}

/* The next word. @returns false at the end; `*line_over` says that a line ended behind it */
static bool next_word(struct text *word, bool *line_over) {
  int quote = 0;
  bool some = false;
  text_clear(word);
  *line_over = false;
  for (int byte; (byte = getchar()) != EOF;) {
    if (how.delimiter >= 0) {
      if (byte == how.delimiter) return true;
      text_char(word, byte);
      some = true;
    } else if (quote != 0) {
      if (byte == '\n') die(1, "unmatched %s quote; by default quotes are special to xargs unless you use the -0 option", quote == '"' ? "double" : "single");
      if (byte == quote) quote = 0;
      else text_char(word, byte);
    } else if (byte == '"' || byte == '\'') {
      quote = byte;
      some = true;
    } else if (byte == '\\') {
      byte = getchar();
      if (byte != EOF) text_char(word, byte);
      some = true;
    } else if (byte == '\n' || (how.replaced == NULL && (byte == ' ' || byte == '\t'))) {
      if (!some && word->length == 0) continue;
      *line_over = byte == '\n';
      return true;
    } else if (how.replaced != NULL && !some && word->length == 0 && (byte == ' ' || byte == '\t')) continue;
    else {
      text_char(word, byte);
      some = true;
    }
  }
  if (quote != 0) die(1, "unmatched %s quote; by default quotes are special to xargs unless you use the -0 option", quote == '"' ? "double" : "single");
  return some || word->length > 0;
}

static char *replace(const char *in, const char *with) {
  struct text out = {0};
  text_clear(&out);
  for (const char *found; (found = strstr(in, how.replaced)) != NULL; in = found + strlen(how.replaced)) {
    text_add(&out, in, (size_t)(found - in));
    text_string(&out, with);
  }
  text_string(&out, in);
  return out.bytes;
}

static void run_replaced(char **command, int count) {
  struct text word = {0};
  bool line_over;
  while (next_word(&word, &line_over)) {
    if (how.stop != NULL && strcmp(word.bytes, how.stop) == 0) break;
    char **argv = take(sizeof *argv * (size_t)(count + 1));
    for (int index = 0; index < count; index++) argv[index] = replace(command[index], word.bytes);
    start(argv);
    for (int index = 0; index < count; index++) free(argv[index]);
    free(argv);
  }
}

static void run_many(char **command, int count) {
  char **argv = NULL;
  struct text word = {0}, held = {0};
  size_t base = 0, bytes, room = 0;
  for (int index = 0; index < count; index++) base += strlen(command[index]) + 1;
  bool line_over = false, more = next_word(&word, &line_over), any = false;
  while (more || (!any && !how.not_empty)) {
    size_t words = 0;
    int64_t lines = 0;
    bytes = base;
    text_clear(&held);
    while (more) {
      if (how.stop != NULL && strcmp(word.bytes, how.stop) == 0) {
        more = false;
        break;
      }
      if (words > 0 && bytes + word.length + 1 > how.most_bytes) break;
      if (bytes + word.length + 1 > how.most_bytes && how.most_bytes < 100000) die(1, "argument line too long");
      text_add(&held, word.bytes, word.length + 1);
      bytes += word.length + 1;
      words++;
      lines += line_over;
      more = next_word(&word, &line_over);
      if (how.most > 0 && words >= (size_t)how.most) break;
      if (how.lines > 0 && lines >= how.lines) break;
    }
    if (words == 0 && (any || how.not_empty)) break;
    if ((size_t)count + words + 1 > room) argv = take_more(argv, (room = (size_t)count + words + 1) * sizeof *argv);
    memcpy(argv, command, sizeof *argv * (size_t)count);
    size_t place = (size_t)count;
    for (size_t at = 0; at < held.length; at += strlen(held.bytes + at) + 1) argv[place++] = held.bytes + at;
    argv[place] = NULL;
    start(argv);
    any = true;
  }
}

int xargs_main(int argc, char **argv) {
  static const struct option names[] = {{"null", 0, 0, '0'},       {"max-args", 1, 0, 'n'}, {"max-procs", 1, 0, 'P'}, {"no-run-if-empty", 0, 0, 'r'},
                                        {"delimiter", 1, 0, 'd'},  {"verbose", 0, 0, 't'},  {"interactive", 0, 0, 'p'}, {"max-lines", 2, 0, 'L'},
                                        {"replace", 2, 0, 'i'},    {"max-chars", 1, 0, 's'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "+0n:L:l::I:i::P:rd:tps:E:e::x", names, NULL)) != -1;) {
    switch (option) {
    case '0': how.delimiter = 0; break;
    case 'd': how.delimiter = optarg[0] == '\\' && optarg[1] != 0 ? (optarg[1] == 'n' ? '\n' : optarg[1] == 't' ? '\t' : optarg[1] == '0' ? 0 : optarg[1]) : (unsigned char)optarg[0]; break;
    case 'n': how.most = parse_number(optarg, 1, "number"); break;
    case 'L': case 'l': how.lines = optarg == NULL ? 1 : parse_number(optarg, 1, "number"); break;
    case 'I': case 'i': how.replaced = optarg == NULL ? "{}" : optarg; break;
    case 'P': how.parallel = parse_number(optarg, 1, "number"); if (how.parallel == 0) how.parallel = 64; break;
    case 's': how.most_bytes = (size_t)parse_number(optarg, 1, "number"); break;
    case 'r': how.not_empty = true; break;
    case 't': how.trace = true; break;
    case 'p': how.asking = true; break;
    case 'E': case 'e': how.stop = optarg; break;
    case 'x': break;
    default: return 1;
    }
  }
  static char *usual[] = {"echo", NULL};
  char **command = optind < argc ? argv + optind : usual;
  int count = optind < argc ? argc - optind : 1;
  if (how.replaced != NULL) run_replaced(command, count);
  else run_many(command, count);
  wait_for(0);
  return status;
}
