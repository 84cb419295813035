/* wc */

#include "sys.h"
#include "tool.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

struct counts {
  uint64_t lines, words, characters, bytes, widest;
};

struct wanted {
  bool lines, words, characters, bytes, widest;
};

static uint64_t count_lines(const char *bytes, size_t length) {
  uint64_t lines = 0;
  /* Summed in blocks that the compiler turns into wide additions. */
  while (length > 0) {
    size_t block = length < 128 ? length : 128;
    uint8_t sum = 0;
    for (size_t at = 0; at < block; at++) sum += bytes[at] == '\n';
    lines += sum;
    bytes += block;
    length -= block;
  }
  return lines;
}

struct state {
  bool inside;
  uint64_t column;
};

static void count_all(const char *bytes, size_t length, struct counts *counts, struct state *state) {
  for (size_t at = 0; at < length; at++) {
    unsigned char byte = (unsigned char)bytes[at];
    bool continues = (byte & 0xc0) == 0x80;
    counts->characters += !continues;
    counts->lines += byte == '\n';
    bool space = byte == ' ' || (byte >= 9 && byte <= 13);
    if (!space && !state->inside && (byte > 32 && byte != 127)) counts->words++;
    state->inside = space ? false : state->inside || (byte > 32 && byte != 127);
    if (byte == '\n' || byte == '\r' || byte == '\f') state->column = 0;
    else if (byte == '\t') state->column += 8 - state->column % 8;
    else if (!continues && byte >= 32 && byte != 127) state->column++;
    if (state->column > counts->widest) counts->widest = state->column;
  }
  counts->bytes += length;
}

static bool count_file(int file, const struct wanted *wanted, struct counts *counts) {
  bool slow = wanted->words || wanted->characters || wanted->widest;
  struct stat about;
  if (!slow && !wanted->lines && fstat(file, &about) == 0 && S_ISREG(about.st_mode)) {
    off_t here = lseek(file, 0, SEEK_CUR);
    if (here >= 0 && about.st_size > here) {
      counts->bytes = (uint64_t)(about.st_size - here);
      return true;
    }
  }
  struct reader reader = reader_of(file);
  struct state state = {0};
  char *bytes;
  ssize_t got;
  while ((got = read_some(&reader, &bytes)) > 0) {
    if (slow) count_all(bytes, (size_t)got, counts, &state);
    else {
      if (wanted->lines) counts->lines += count_lines(bytes, (size_t)got);
      counts->bytes += (uint64_t)got;
    }
  }
  reader_free(&reader);
  return got == 0;
}

static int print_one(uint64_t value, bool wanted, int width, bool first) {
  if (!wanted) return 0;
  printf("%s%*llu", first ? "" : " ", width, (unsigned long long)value);
  return 1;
}

static void print_counts(const struct counts *counts, const struct wanted *wanted, int width, const char *name) {
  int printed = print_one(counts->lines, wanted->lines, width, true);
  printed += print_one(counts->words, wanted->words, width, printed == 0);
  printed += print_one(counts->characters, wanted->characters, width, printed == 0);
  printed += print_one(counts->bytes, wanted->bytes, width, printed == 0);
  print_one(counts->widest, wanted->widest, width, printed == 0);
  if (name != NULL) printf(" %s", name);
  putchar('\n');
}

/* As wide as the sum of the sizes, 7 where sizes are not known before. */
static int width_for(char **paths, int count, const struct wanted *wanted) {
  int single = wanted->lines + wanted->words + wanted->characters + wanted->bytes + wanted->widest;
  if (count <= 1 && single == 1) return 1;
  uint64_t sum = 0;
  int least = 1;
  for (int index = 0; index < (count == 0 ? 1 : count); index++) {
    struct stat about;
    bool input = count == 0 || strcmp(paths[index], "-") == 0;
    if ((input ? fstat(0, &about) : stat(paths[index], &about)) != 0) continue;
    if (S_ISREG(about.st_mode)) sum += (uint64_t)about.st_size;
    else least = 7;
  }
  int width = 1;
  for (; sum >= 10; sum /= 10) width++;
  return width < least ? least : width;
}

int wc_main(int argc, char **argv) {
  struct wanted wanted = {0};
  static const struct option names[] = {{"lines", 0, 0, 'l'}, {"words", 0, 0, 'w'},           {"chars", 0, 0, 'm'},
                                        {"bytes", 0, 0, 'c'}, {"max-line-length", 0, 0, 'L'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "lwmcL", names, NULL)) != -1;) {
    if (option == '?') return 1;
    wanted.lines |= option == 'l';
    wanted.words |= option == 'w';
    wanted.characters |= option == 'm';
    wanted.bytes |= option == 'c';
    wanted.widest |= option == 'L';
  }
  if (!wanted.lines && !wanted.words && !wanted.characters && !wanted.bytes && !wanted.widest) {
    wanted.lines = wanted.words = wanted.bytes = true;
  }
  int count = argc - optind, status = 0;
  char **paths = argv + optind;
  int width = width_for(paths, count, &wanted);
  struct counts sum = {0};
  for (int index = 0; index < (count == 0 ? 1 : count); index++) {
    struct counts counts = {0};
    int file = count == 0 ? 0 : open_input(paths[index]);
    if (file < 0) {
      status = 1;
      continue;
    }
    if (!count_file(file, &wanted, &counts)) {
      warn_errno("%s", count == 0 ? "-" : paths[index]);
      status = 1;
    }
    close_input(file);
    print_counts(&counts, &wanted, width, count == 0 ? NULL : paths[index]);
    sum.lines += counts.lines;
    sum.words += counts.words;
    sum.characters += counts.characters;
    sum.bytes += counts.bytes;
    if (counts.widest > sum.widest) sum.widest = counts.widest;
  }
  if (count > 1) print_counts(&sum, &wanted, width, "total");
  return status;
}
