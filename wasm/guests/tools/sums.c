/* md5sum, sha1sum, sha224sum, sha256sum, sha384sum, sha512sum: RFC 1321, FIPS 180-4. */

#include "sys.h"
#include "tool.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct hash {
  const struct kind *kind;
  uint64_t state[8];
  uint8_t block[128];
  size_t held;
  uint64_t length;
};

struct kind {
  const char *name;
  size_t block, digest;
  bool little;
  int word; /* bytes of one word of the state */
  void (*mix)(struct hash *hash, const uint8_t *block);
  uint64_t begin[8];
};

static uint32_t left32(uint32_t value, int count) { return value << count | value >> (32 - count); }
static uint32_t right32(uint32_t value, int count) { return value >> count | value << (32 - count); }
static uint64_t right64(uint64_t value, int count) { return value >> count | value << (64 - count); }

static uint64_t big(const uint8_t *at, int bytes) {
  uint64_t value = 0;
  for (int index = 0; index < bytes; index++) value = value << 8 | at[index];
  return value;
}

/* Constants are made as the standards say they are: of sines, and of roots of the first primes. */
static uint32_t sines[64];
static uint64_t roots[80];

/* a = a * b, of numbers in words of 32 bits with the lowest first; what is above the eighth word is lost. */
static void multiply(uint32_t *a, const uint32_t *b) {
  uint32_t product[8] = {0};
  for (int left = 0; left < 8; left++) {
    uint64_t carry = 0;
    for (int right = 0; left + right < 8; right++) {
      carry += (uint64_t)a[left] * b[right] + product[left + right];
      product[left + right] = (uint32_t)carry;
      carry >>= 32;
    }
  }
  memcpy(a, product, sizeof product);
}

/* The first 64 bits behind the point of the cube root: the largest ones whose number to the third stays below the prime. */
static uint64_t cube_root_fraction(uint32_t prime) {
  uint32_t root = 1;
  while ((root + 1) * (root + 1) * (root + 1) <= prime) root++;
  uint64_t fraction = 0;
  for (int bit = 63; bit >= 0; bit--) {
    uint64_t tried = fraction | (uint64_t)1 << bit;
    uint32_t number[8] = {(uint32_t)tried, (uint32_t)(tried >> 32), root}, cube[8];
    memcpy(cube, number, sizeof cube);
    multiply(cube, number);
    multiply(cube, number);
    if (cube[7] == 0 && cube[6] < prime) fraction = tried;
  }
  return fraction;
}

static void make_roots(void) {
  int count = 0;
  for (unsigned number = 2; count < 80; number++) {
    bool prime = true;
    for (unsigned divisor = 2; divisor * divisor <= number && prime; divisor++) prime = number % divisor != 0;
    if (prime) roots[count++] = cube_root_fraction(number);
  }
}

static void mix_md5(struct hash *hash, const uint8_t *block) {
  static const uint8_t turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  uint32_t words[16], a = (uint32_t)hash->state[0], b = (uint32_t)hash->state[1], c = (uint32_t)hash->state[2], d = (uint32_t)hash->state[3];
  memcpy(words, block, 64);
  for (int step = 0; step < 64; step++) {
    uint32_t mixed;
    int word;
    if (step < 16) mixed = (b & c) | (~b & d), word = step;
    else if (step < 32) mixed = (d & b) | (~d & c), word = (5 * step + 1) & 15;
    else if (step < 48) mixed = b ^ c ^ d, word = (3 * step + 5) & 15;
    else mixed = c ^ (b | ~d), word = 7 * step & 15;
    uint32_t next = b + left32(a + mixed + sines[step] + words[word], turns[step / 16][step & 3]);
    a = d;
    d = c;
    c = b;
    b = next;
  }
  uint32_t sums[] = {a, b, c, d};
  for (int index = 0; index < 4; index++) hash->state[index] = (uint32_t)(hash->state[index] + sums[index]);
}

static void mix_sha1(struct hash *hash, const uint8_t *block) {
  static const uint32_t constants[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
  uint32_t words[80], v[5];
  for (int index = 0; index < 16; index++) words[index] = (uint32_t)big(block + index * 4, 4);
  for (int index = 16; index < 80; index++) words[index] = left32(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1);
  for (int index = 0; index < 5; index++) v[index] = (uint32_t)hash->state[index];
  for (int step = 0; step < 80; step++) {
    uint32_t mixed = step < 20 ? (v[1] & v[2]) | (~v[1] & v[3]) : step < 40 || step >= 60 ? v[1] ^ v[2] ^ v[3] : (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3]);
    uint32_t next = left32(v[0], 5) + mixed + v[4] + constants[step / 20] + words[step];
    v[4] = v[3];
    v[3] = v[2];
    v[2] = left32(v[1], 30);
    v[1] = v[0];
    v[0] = next;
  }
  for (int index = 0; index < 5; index++) hash->state[index] = (uint32_t)(hash->state[index] + v[index]);
}

static void mix_sha256(struct hash *hash, const uint8_t *block) {
  uint32_t words[64], v[8];
  for (int index = 0; index < 16; index++) words[index] = (uint32_t)big(block + index * 4, 4);
  for (int index = 16; index < 64; index++) {
    uint32_t a = words[index - 15], b = words[index - 2];
    words[index] = words[index - 16] + (right32(a, 7) ^ right32(a, 18) ^ a >> 3) + words[index - 7] + (right32(b, 17) ^ right32(b, 19) ^ b >> 10);
  }
  for (int index = 0; index < 8; index++) v[index] = (uint32_t)hash->state[index];
  for (int step = 0; step < 64; step++) {
    uint32_t first = v[7] + (right32(v[4], 6) ^ right32(v[4], 11) ^ right32(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + (uint32_t)(roots[step] >> 32) + words[step];
    uint32_t second = (right32(v[0], 2) ^ right32(v[0], 13) ^ right32(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    memmove(v + 1, v, 7 * sizeof *v);
    v[4] += first;
    v[0] = first + second;
  }
  for (int index = 0; index < 8; index++) hash->state[index] = (uint32_t)(hash->state[index] + v[index]);
}

static void mix_sha512(struct hash *hash, const uint8_t *block) {
  uint64_t words[80], v[8];
  for (int index = 0; index < 16; index++) words[index] = big(block + index * 8, 8);
  for (int index = 16; index < 80; index++) {
    uint64_t a = words[index - 15], b = words[index - 2];
    words[index] = words[index - 16] + (right64(a, 1) ^ right64(a, 8) ^ a >> 7) + words[index - 7] + (right64(b, 19) ^ right64(b, 61) ^ b >> 6);
  }
  memcpy(v, hash->state, sizeof v);
  for (int step = 0; step < 80; step++) {
    uint64_t first = v[7] + (right64(v[4], 14) ^ right64(v[4], 18) ^ right64(v[4], 41)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + roots[step] + words[step];
    uint64_t second = (right64(v[0], 28) ^ right64(v[0], 34) ^ right64(v[0], 39)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    memmove(v + 1, v, 7 * sizeof *v);
    v[4] += first;
    v[0] = first + second;
  }
  for (int index = 0; index < 8; index++) hash->state[index] += v[index];
}

static const struct kind kinds[] = {
    {"md5sum", 64, 16, true, 4, mix_md5, {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}},
    {"sha1sum", 64, 20, false, 4, mix_sha1, {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}},
    {"sha224sum", 64, 28, false, 4, mix_sha256, {0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4}},
    {"sha256sum", 64, 32, false, 4, mix_sha256, {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}},
    {"sha384sum", 128, 48, false, 8, mix_sha512,
     {0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939, 0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4}},
    {"sha512sum", 128, 64, false, 8, mix_sha512,
     {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179}}};

static void add(struct hash *hash, const uint8_t *bytes, size_t length) {
  hash->length += length;
  while (length > 0) {
    size_t room = hash->kind->block - hash->held, part = length < room ? length : room;
    if (part == hash->kind->block) hash->kind->mix(hash, bytes);
    else {
      memcpy(hash->block + hash->held, bytes, part);
      hash->held += part;
      if (hash->held == hash->kind->block) {
        hash->kind->mix(hash, hash->block);
        hash->held = 0;
      }
    }
    bytes += part;
    length -= part;
  }
}

static void finish_hash(struct hash *hash, char *hex) {
  uint64_t bits = hash->length * 8;
  add(hash, (const uint8_t[]){0x80}, 1);
  /* SHA-512 has 128 bits for the length, of which 64 are always zero here. */
  size_t tail = hash->kind->block / 8;
  while (hash->held != hash->kind->block - tail) add(hash, (const uint8_t[]){0}, 1);
  if (tail == 16) add(hash, (const uint8_t[8]){0}, 8);
  uint8_t length[8];
  for (int index = 0; index < 8; index++) length[index] = (uint8_t)(bits >> 8 * (hash->kind->little ? index : 7 - index));
  add(hash, length, 8);
  for (size_t index = 0; index < hash->kind->digest; index++) {
    size_t word = index / (size_t)hash->kind->word, byte = index % (size_t)hash->kind->word;
    size_t shift = 8 * (hash->kind->little ? byte : (size_t)hash->kind->word - 1 - byte);
    sprintf(hex + index * 2, "%02x", (unsigned)(hash->state[word] >> shift & 255));
  }
}

static bool hash_file(const struct kind *kind, const char *path, char *hex) {
  struct hash hash = {.kind = kind};
  memcpy(hash.state, kind->begin, sizeof hash.state);
  int file = strcmp(path, "-") == 0 ? 0 : open(path, O_RDONLY);
  struct stat about;
  if (file < 0) return false;
  if (fstat(file, &about) == 0 && S_ISDIR(about.st_mode)) {
    errno = EISDIR;
    return false;
  }
  struct reader reader = reader_of(file);
  char *bytes;
  ssize_t got;
  while ((got = read_some(&reader, &bytes)) > 0) add(&hash, (const uint8_t *)bytes, (size_t)got);
  reader_free(&reader);
  close_input(file);
  finish_hash(&hash, hex);
  return got == 0;
}

struct checked {
  size_t bad, missing, wrong_lines, lines;
};

static void check_line(const struct kind *kind, char *line, bool quiet, bool silent, struct checked *checked) {
  size_t length = kind->digest * 2;
  char hex[129];
  if (strspn(line, "0123456789abcdefABCDEF") != length || line[length] != ' ' || (line[length + 1] != ' ' && line[length + 1] != '*')) {
    checked->wrong_lines++;
    return;
  }
  checked->lines++;
  const char *path = line + length + 2;
  if (!hash_file(kind, path, hex)) {
    warn_errno("%s", path);
    if (!silent) printf("%s: FAILED open or read\n", path);
    checked->missing++;
    return;
  }
  bool good = strncasecmp(hex, line, length) == 0;
  if (!good) checked->bad++;
  if (!silent && !(good && quiet)) printf("%s: %s\n", path, good ? "OK" : "FAILED");
}

static int check_file(const struct kind *kind, const char *path, bool quiet, bool silent) {
  struct checked checked = {0};
  struct text whole = {0};
  int file = open_input(path);
  if (file < 0 || !read_whole(file, &whole)) return 1;
  close_input(file);
  char *rest = whole.bytes;
  for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
    if (*line != 0) check_line(kind, line, quiet, silent, &checked);
  }
  free(whole.bytes);
  if (checked.lines == 0) {
    warn("%s: no properly formatted checksum lines found", strcmp(path, "-") == 0 ? "'standard input'" : path);
    return 1;
  }
  if (checked.wrong_lines > 0 && !silent) warn("WARNING: %zu line%s improperly formatted", checked.wrong_lines, checked.wrong_lines == 1 ? " is" : "s are");
  if (checked.missing > 0 && !silent) warn("WARNING: %zu listed file%s could not be read", checked.missing, checked.missing == 1 ? "" : "s");
  if (checked.bad > 0 && !silent) warn("WARNING: %zu computed checksum%s did NOT match", checked.bad, checked.bad == 1 ? "" : "s");
  return checked.bad > 0 || checked.missing > 0;
}

static void make_sines(void) {
  /* floor(2^32 |sin(i + 1)|), RFC 1321 3.4 */
  for (int index = 0; index < 64; index++) {
    double value = __builtin_sin(index + 1);
    sines[index] = (uint32_t)((value < 0 ? -value : value) * 4294967296.0);
  }
}

int sums_main(int argc, char **argv) {
  const struct kind *kind = kinds;
  while (strcmp(kind->name, tool_name) != 0) kind++;
  bool checking = false, quiet = false, silent = false;
  static const struct option names[] = {{"check", 0, 0, 'c'}, {"quiet", 0, 0, 'q'}, {"status", 0, 0, 's'}, {"binary", 0, 0, 'b'}, {"text", 0, 0, 't'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "cqsbtw", names, NULL)) != -1;) {
    if (option == '?') return 1;
    checking |= option == 'c';
    quiet |= option == 'q';
    silent |= option == 's';
  }
  if (kind == kinds) make_sines();
  else make_roots();
  int status = 0;
  static char *standard[] = {"-", NULL};
  for (char **path = optind < argc ? argv + optind : standard; *path != NULL; path++) {
    char hex[129];
    if (checking) status |= check_file(kind, *path, quiet, silent);
    else if (hash_file(kind, *path, hex)) printf("%s  %s\n", hex, *path);
    else {
      warn_errno("%s", *path);
      status = 1;
    }
  }
  return status;
}
