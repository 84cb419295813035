/* base64, od, hexdump, xxd, cmp, split */

#include "sys.h"
#include "tool.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode64(const struct text *whole, size_t wrap) {
  size_t column = 0;
  for (size_t at = 0; at < whole->length; at += 3) {
    unsigned char bytes[3] = {0};
    size_t count = whole->length - at < 3 ? whole->length - at : 3;
    memcpy(bytes, whole->bytes + at, count);
    uint32_t value = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
    for (size_t place = 0; place < 4; place++) {
      if (wrap > 0 && column == wrap) {
        putchar('\n');
        column = 0;
      }
      putchar(place <= count ? digits64[value >> (18 - 6 * place) & 63] : '=');
      column++;
    }
  }
  if (wrap > 0 && column > 0) putchar('\n');
}

static bool decode64(const struct text *whole, bool ignore) {
  uint32_t value = 0;
  int count = 0, padding = 0;
  for (size_t at = 0; at < whole->length; at++) {
    char byte = whole->bytes[at];
    const char *place = byte == 0 ? NULL : strchr(digits64, byte);
    if (byte == '\n') continue;
    if (byte == '=' && count >= 2) {
      padding++;
      if (count + padding == 4) {
        if (count == 3) value <<= 6;
        else value <<= 12;
        putchar((int)(value >> 16 & 255));
        if (count == 3) putchar((int)(value >> 8 & 255));
        count = padding = 0;
        value = 0;
      }
      continue;
    }
    if (place == NULL || padding > 0) {
      if (ignore) continue;
      return false;
    }
    value = value << 6 | (uint32_t)(place - digits64);
    if (++count < 4) continue;
    putchar((int)(value >> 16 & 255));
    putchar((int)(value >> 8 & 255));
    putchar((int)(value & 255));
    count = 0;
    value = 0;
  }
  return count == 0;
}

int base64_main(int argc, char **argv) {
  bool decode = false, ignore = false;
  size_t wrap = 76;
  static const struct option names[] = {{"decode", 0, 0, 'd'}, {"ignore-garbage", 0, 0, 'i'}, {"wrap", 1, 0, 'w'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "diw:", names, NULL)) != -1;) {
    if (option == '?') return 1;
    if (option == 'd') decode = true;
    if (option == 'i') ignore = true;
    if (option == 'w') wrap = (size_t)parse_number(optarg, 1, "wrap size");
  }
  struct text whole = {0};
  int file = open_input(optind < argc ? argv[optind] : "-");
  if (file < 0) return 1;
  if (!read_whole(file, &whole)) die_errno(1, "read error");
  if (!decode) encode64(&whole, wrap);
  else if (!decode64(&whole, ignore)) {
    warn("invalid input");
    return 1;
  }
  return 0;
}

/* The bytes of all files one after another, from `skip` on, at most `most`. */
static struct text all_bytes(char **paths, uint64_t skip, uint64_t most, int *status) {
  struct text whole = {0};
  static char *standard[] = {"-", NULL};
  text_clear(&whole);
  for (char **path = *paths != NULL ? paths : standard; *path != NULL; path++) {
    int file = open_input(*path);
    if (file < 0 || !read_whole(file, &whole)) *status = 1;
    close_input(file);
  }
  size_t from = skip < whole.length ? (size_t)skip : whole.length;
  whole.length -= from;
  memmove(whole.bytes, whole.bytes + from, whole.length);
  if (most < whole.length) whole.length = (size_t)most;
  return whole;
}

struct od {
  char address, kind; /* of what each unit is shown as: o d u x c a */
  size_t size;
  bool all;
};

static void print_unit(const struct od *od, const unsigned char *bytes, size_t there) {
  static const char from[] = "\0\a\b\t\n\v\f\r", to[] = "0abtnvfr";
  static const char *const names[] = {"nul", "soh", "stx", "etx", "eot", "enq", "ack", "bel", "bs", "ht", "nl", "vt", "ff", "cr", "so", "si", "dle",
                                      "dc1", "dc2", "dc3", "dc4", "nak", "syn", "etb", "can", "em", "sub", "esc", "fs", "gs", "rs", "us", "sp"};
  uint64_t value = 0;
  memcpy(&value, bytes, there < od->size ? there : od->size);
  int shift = 64 - 8 * (int)od->size;
  int64_t number = (int64_t)(value << shift) >> shift;
  static const int octal[] = {0, 3, 6, 0, 11, 0, 0, 0, 22}, decimal[] = {0, 3, 5, 0, 10, 0, 0, 0, 20}, signed_width[] = {0, 4, 6, 0, 11, 0, 0, 0, 20};
  if (od->kind == 'c') {
    const char *place = memchr(from, bytes[0], 8);
    if (place != NULL) printf("  \\%c", to[place - from]);
    else if (isprint(bytes[0])) printf("   %c", bytes[0]);
    else printf(" %03o", bytes[0]);
  } else if (od->kind == 'a') {
    unsigned char byte = bytes[0] & 127;
    if (byte <= 32) printf(" %3s", names[byte]);
    else if (byte == 127) printf(" del");
    else printf("   %c", byte);
  } else if (od->kind == 'x') printf(" %0*llx", (int)od->size * 2, (unsigned long long)value);
  else if (od->kind == 'o') printf(" %0*llo", octal[od->size], (unsigned long long)value);
  else if (od->kind == 'u') printf(" %*llu", decimal[od->size], (unsigned long long)value);
  else printf(" %*lld", signed_width[od->size], (long long)number);
}

static void print_address(const struct od *od, uint64_t address) {
  if (od->address == 'o') printf("%07llo", (unsigned long long)address);
  if (od->address == 'd') printf("%07llu", (unsigned long long)address);
  if (od->address == 'x') printf("%06llx", (unsigned long long)address);
}

int od_main(int argc, char **argv) {
  struct od od = {.address = 'o', .kind = 'o', .size = 2};
  uint64_t skip = 0, most = UINT64_MAX;
  int status = 0;
  for (int option; (option = getopt(argc, argv, "A:t:vj:N:w:bcdoxsai")) != -1;) {
    switch (option) {
    case 'A': od.address = *optarg; break;
    case 't':
      od.kind = *optarg;
      od.size = isdigit((unsigned char)optarg[1]) ? (size_t)atoi(optarg + 1) : strchr("ca", od.kind) != NULL ? 1 : 4;
      if (strchr("acdoux", od.kind) == NULL || (od.size != 1 && od.size != 2 && od.size != 4 && od.size != 8)) die(1, "invalid type string '%s'", optarg);
      break;
    case 'v': od.all = true; break;
    case 'j': skip = (uint64_t)parse_size(optarg, 1); break;
    case 'N': most = (uint64_t)parse_size(optarg, 1); break;
    case 'w': break;
    case 'b': od.kind = 'o'; od.size = 1; break;
    case 'c': case 'a': od.kind = (char)option; od.size = 1; break;
    case 'd': od.kind = 'u'; od.size = 2; break;
    case 's': case 'i': od.kind = 'd'; od.size = option == 's' ? 2 : 4; break;
    case 'o': case 'x': od.kind = (char)option; od.size = 2; break;
    default: return 1;
    }
  }
  struct text whole = all_bytes(argv + optind, skip, most, &status);
  bool starred = false;
  for (size_t at = 0; at < whole.length; at += 16) {
    size_t count = whole.length - at < 16 ? whole.length - at : 16;
    if (!od.all && at >= 16 && count == 16 && memcmp(whole.bytes + at, whole.bytes + at - 16, 16) == 0) {
      if (!starred) puts("*");
      starred = true;
      continue;
    }
    starred = false;
    print_address(&od, skip + at);
    for (size_t unit = 0; unit < count; unit += od.size) print_unit(&od, (const unsigned char *)whole.bytes + at + unit, count - unit);
    putchar('\n');
  }
  print_address(&od, skip + whole.length);
  if (od.address != 'n') putchar('\n');
  return status;
}

int hexdump_main(int argc, char **argv) {
  bool canonical = strcmp(tool_name, "hd") == 0, all = false, starred = false;
  uint64_t skip = 0, most = UINT64_MAX;
  int status = 0;
  for (int option; (option = getopt(argc, argv, "Cvn:s:x")) != -1;) {
    if (option == '?') return 1;
    if (option == 'C') canonical = true;
    if (option == 'v') all = true;
    if (option == 'n') most = (uint64_t)parse_size(optarg, 1);
    if (option == 's') skip = (uint64_t)parse_size(optarg, 1);
  }
  struct text whole = all_bytes(argv + optind, skip, most, &status);
  const unsigned char *bytes = (const unsigned char *)whole.bytes;
  for (size_t at = 0; at < whole.length; at += 16) {
    size_t count = whole.length - at < 16 ? whole.length - at : 16;
    if (!all && at >= 16 && count == 16 && memcmp(bytes + at, bytes + at - 16, 16) == 0) {
      if (!starred) puts("*");
      starred = true;
      continue;
    }
    starred = false;
    printf(canonical ? "%08llx " : "%07llx", (unsigned long long)(skip + at));
    for (size_t place = 0; canonical && place < 16; place++) {
      if (place < count) printf("%s%02x", place == 8 ? "  " : " ", bytes[at + place]);
      else printf("%s", place == 8 ? "    " : "   ");
    }
    for (size_t place = 0; !canonical && place < 16; place += 2) {
      if (place < count) printf(" %04x", bytes[at + place] | (place + 1 < count ? bytes[at + place + 1] << 8 : 0));
      else printf("     ");
    }
    if (canonical) {
      printf("  |");
      for (size_t place = 0; place < count; place++) putchar(isprint(bytes[at + place]) ? bytes[at + place] : '.');
      putchar('|');
    }
    putchar('\n');
  }
  if (whole.length > 0) printf(canonical ? "%08llx\n" : "%07llx\n", (unsigned long long)(skip + whole.length));
  return status;
}

static int hex_value(int byte) { return isdigit(byte) ? byte - '0' : isxdigit(byte) ? tolower(byte) - 'a' + 10 : -1; }

static void xxd_back(const struct text *whole, bool plain) {
  char *rest = whole->bytes;
  for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
    if (!plain) {
      line = strchr(line, ':');
      if (line == NULL) continue;
      line++;
      char *text = strstr(line, "  ");
      if (text != NULL) *text = 0;
    }
    for (; *line != 0; line++) {
      int high = hex_value((unsigned char)line[0]), low = high < 0 ? -1 : hex_value((unsigned char)line[1]);
      if (low < 0) continue;
      putchar(high << 4 | low);
      line++;
    }
  }
}

int xxd_main(int argc, char **argv) {
  bool plain = false, back = false, upper = false;
  size_t columns = 0, group = 2;
  uint64_t skip = 0, most = UINT64_MAX;
  int status = 0;
  for (int option; (option = getopt(argc, argv, "pruc:g:l:s:")) != -1;) {
    switch (option) {
    case 'p': plain = true; break;
    case 'r': back = true; break;
    case 'u': upper = true; break;
    case 'c': columns = (size_t)parse_number(optarg, 1, "number"); break;
    case 'g': group = (size_t)parse_number(optarg, 1, "number"); break;
    case 'l': most = (uint64_t)parse_size(optarg, 1); break;
    case 's': skip = (uint64_t)parse_size(optarg, 1); break;
    default: return 1;
    }
  }
  struct text whole = all_bytes(argv + optind, skip, most, &status);
  if (back) {
    xxd_back(&whole, plain);
    return status;
  }
  const unsigned char *bytes = (const unsigned char *)whole.bytes;
  if (columns == 0) columns = plain ? 30 : 16;
  for (size_t at = 0; at < whole.length; at += columns) {
    size_t count = whole.length - at < columns ? whole.length - at : columns, width = 0;
    if (!plain) printf("%08llx: ", (unsigned long long)(skip + at));
    for (size_t place = 0; place < count; place++) {
      width += (size_t)printf(upper ? "%02X" : "%02x", bytes[at + place]);
      if (!plain && group > 0 && place % group == group - 1) width += (size_t)printf(" ");
    }
    if (!plain) {
      size_t full = columns * 2 + (group > 0 ? columns / group : 0) + 1;
      printf("%*s", (int)(full - width), "");
      for (size_t place = 0; place < count; place++) putchar(isprint(bytes[at + place]) ? bytes[at + place] : '.');
    }
    putchar('\n');
  }
  return status;
}

int cmp_main(int argc, char **argv) {
  bool silent = false, list = false;
  uint64_t most = UINT64_MAX;
  for (int option; (option = getopt(argc, argv, "sln:")) != -1;) {
    if (option == '?') return 2;
    silent |= option == 's';
    list |= option == 'l';
    if (option == 'n') most = (uint64_t)parse_size(optarg, 2);
  }
  if (argc - optind < 1) die(2, "missing operand");
  const char *names[2] = {argv[optind], argc - optind > 1 ? argv[optind + 1] : "-"};
  struct text files[2] = {{0}, {0}};
  for (int side = 0; side < 2; side++) {
    int file = open_input(names[side]);
    if (file < 0 || !read_whole(file, files + side)) return 2;
    close_input(file);
    if (most < files[side].length) files[side].length = (size_t)most;
  }
  size_t shorter = files[0].length < files[1].length ? files[0].length : files[1].length;
  uint64_t line = 1;
  bool differ = false;
  for (size_t at = 0; at < shorter; at++) {
    if (files[0].bytes[at] != files[1].bytes[at]) {
      differ = true;
      if (silent) return 1;
      if (!list) {
        printf("%s %s differ: byte %zu, line %llu\n", names[0], names[1], at + 1, (unsigned long long)line);
        return 1;
      }
      printf("%zu %3o %3o\n", at + 1, (unsigned char)files[0].bytes[at], (unsigned char)files[1].bytes[at]);
    }
    line += files[0].bytes[at] == '\n';
  }
  if (files[0].length == files[1].length) return differ;
  const char *short_name = names[files[0].length > files[1].length];
  if (!silent) {
    fflush(stdout);
    if (shorter == 0) warn("EOF on %s which is empty", short_name);
    else if (list) warn("EOF on %s after byte %zu", short_name, shorter);
    else warn("EOF on %s after byte %zu, %sline %llu", short_name, shorter, files[0].bytes[shorter - 1] == '\n' ? "" : "in ", (unsigned long long)(line - (files[0].bytes[shorter - 1] == '\n')));
  }
  return 1;
}

static int next_part(const char *prefix, size_t number, size_t letters, bool numeric) {
  char *path = take_format("%s%*s", prefix, (int)letters, ""), *end = path + strlen(path);
  size_t base = numeric ? 10 : 26;
  for (size_t place = 0; place < letters; place++, number /= base) *--end = (char)((numeric ? '0' : 'a') + number % base);
  if (number > 0) die(1, "output file suffixes exhausted");
  int file = create_file(path, 0666, false);
  if (file < 0) die_errno(1, "%s", path);
  free(path);
  return file;
}

int split_main(int argc, char **argv) {
  uint64_t lines = 1000, bytes = 0;
  size_t letters = 2;
  bool numeric = false;
  for (int option; (option = getopt(argc, argv, "l:b:a:d")) != -1;) {
    switch (option) {
    case 'l': lines = (uint64_t)parse_number(optarg, 1, "number of lines"); break;
    case 'b': bytes = (uint64_t)parse_size(optarg, 1); break;
    case 'a': letters = (size_t)parse_number(optarg, 1, "suffix length"); break;
    case 'd': numeric = true; break;
    default: return 1;
    }
  }
  if (lines == 0) die(1, "invalid number of lines: '0'");
  int input = open_input(optind < argc ? argv[optind] : "-"), output = -1;
  if (input < 0) return 1;
  const char *prefix = optind + 1 < argc ? argv[optind + 1] : "x";
  struct reader reader = reader_of(input);
  size_t part = 0;
  uint64_t left = 0;
  char *at;
  for (ssize_t got; (got = bytes > 0 ? read_some(&reader, &at) : read_line(&reader, &at, '\n')) > 0;) {
    while (got > 0) {
      if (left == 0) {
        if (output >= 0) close(output);
        output = next_part(prefix, part++, letters, numeric);
        left = bytes > 0 ? bytes : lines;
      }
      size_t count = bytes > 0 && (uint64_t)got > left ? (size_t)left : (size_t)got;
      if (!write_all(output, at, count)) die_errno(1, "write error");
      at += count;
      got -= (ssize_t)count;
      left -= bytes > 0 ? count : 1;
    }
  }
  return 0;
}
