/* cat, tac, rev, tee */

#include "sys.h"
#include "tool.h"
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct style {
  bool number, number_filled, squeeze, ends, tabs, visible;
};

static void show_byte(unsigned char byte, const struct style *style) {
  if (byte == '\t' && !style->tabs) putchar_unlocked(byte);
  else if (byte == '\n' || !(style->visible || byte == '\t')) putchar_unlocked(byte);
  else {
    if (byte >= 128) fputs("M-", stdout);
    byte &= 127;
    if (byte < 32 || byte == 127) {
      putchar_unlocked('^');
      byte ^= 64;
    }
    putchar_unlocked(byte);
  }
}

/* Numbers and squeezing go on over the files. */
static void cat_styled(int file, const struct style *style) {
  static unsigned long number;
  static int empty_lines;
  static bool inside;
  struct reader reader = reader_of(file);
  char *line;
  for (ssize_t length; (length = read_line(&reader, &line, '\n')) > 0;) {
    bool whole = line[length - 1] == '\n';
    size_t text = (size_t)length - whole;
    empty_lines = text == 0 && !inside ? empty_lines + 1 : 0;
    if (style->squeeze && empty_lines > 1) continue;
    if (!inside && (style->number_filled ? text > 0 : style->number)) printf("%6lu\t", ++number);
    for (size_t at = 0; at < text; at++) show_byte((unsigned char)line[at], style);
    if (whole && style->ends) putchar_unlocked('$');
    if (whole) putchar_unlocked('\n');
    inside = !whole;
  }
  reader_free(&reader);
}

int cat_main(int argc, char **argv) {
  struct style style = {0};
  bool plain = true;
  for (int option; (option = getopt(argc, argv, "nbsvetAETu")) != -1;) {
    if (option == '?') return 1;
    if (option != 'u') plain = false;
    style.number |= option == 'n';
    style.number_filled |= option == 'b';
    style.squeeze |= option == 's';
    style.visible |= strchr("vetA", option) != NULL;
    style.ends |= strchr("eAE", option) != NULL;
    style.tabs |= strchr("tAT", option) != NULL;
  }
  static char *input[] = {"-", NULL};
  int status = 0;
  for (char **path = optind < argc ? argv + optind : input; *path != NULL; path++) {
    int file = open_input(*path);
    bool reading = false;
    if (file < 0) status = 1;
    else if (!plain) cat_styled(file, &style);
    else if (!copy_bytes(file, 1, &reading)) {
      status = 1;
      if (!reading) die_errno(1, "write error");
      warn_errno("%s", *path);
    }
    close_input(file);
  }
  return status;
}

int tac_main(int argc, char **argv) {
  static char *input[] = {"-", NULL};
  int status = 0;
  for (char **path = argc > 1 ? argv + 1 : input; *path != NULL; path++) {
    struct text whole = {0};
    int file = open_input(*path);
    if (file < 0 || !read_whole(file, &whole)) {
      status = 1;
      continue;
    }
    close_input(file);
    for (size_t end = whole.length; end > 0;) {
      size_t begin = end - 1;
      while (begin > 0 && whole.bytes[begin - 1] != '\n') begin--;
      fwrite(whole.bytes + begin, 1, end - begin, stdout);
      end = begin;
    }
    free(whole.bytes);
  }
  return status;
}

static void reverse(char *line, size_t length) {
  /* By characters of UTF-8: those that continue one stay behind what begins it. */
  for (size_t end = length; end > 0;) {
    size_t begin = end - 1;
    while (begin > 0 && (line[begin] & 0xc0) == 0x80) begin--;
    fwrite(line + begin, 1, end - begin, stdout);
    end = begin;
  }
}

int rev_main(int argc, char **argv) {
  static char *input[] = {"-", NULL};
  int status = 0;
  for (char **path = argc > 1 ? argv + 1 : input; *path != NULL; path++) {
    int file = open_input(*path);
    if (file < 0) {
      status = 1;
      continue;
    }
    struct reader reader = reader_of(file);
    char *line;
    for (ssize_t length; (length = read_line(&reader, &line, '\n')) > 0;) {
      bool whole = line[length - 1] == '\n';
      reverse(line, (size_t)length - whole);
      if (whole) putchar('\n');
    }
    reader_free(&reader);
    close_input(file);
  }
  return status;
}

int tee_main(int argc, char **argv) {
  int flags = O_WRONLY | O_CREAT | O_TRUNC;
  for (int option; (option = getopt(argc, argv, "ai")) != -1;) {
    if (option == '?') return 1;
    if (option == 'a') flags = O_WRONLY | O_CREAT | O_APPEND;
    if (option == 'i') sys_ignore(2);
  }
  int count = argc - optind, status = 0;
  int *files = take(sizeof *files * (size_t)(count + 1));
  files[count] = 1;
  for (int index = 0; index < count; index++) {
    files[index] = open(argv[optind + index], flags, 0666);
    if (files[index] >= 0) continue;
    warn_errno("%s", argv[optind + index]);
    status = 1;
  }
  struct reader reader = reader_of(0);
  char *bytes;
  for (ssize_t got; (got = read_some(&reader, &bytes)) > 0;) {
    for (int index = 0; index <= count; index++) {
      if (files[index] < 0 || write_all(files[index], bytes, (size_t)got)) continue;
      warn_errno("%s", index < count ? argv[optind + index] : "standard output");
      files[index] = -1;
      status = 1;
    }
  }
  return status;
}
