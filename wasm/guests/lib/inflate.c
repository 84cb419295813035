/* Unpacks deflate: codes are looked up 10 bits at a time, longer ones bit by bit. */

#include "deflate.h"
#include "tool.h"
#include <stdlib.h>
#include <string.h>

#define WINDOW 32768u
#define FAST 10
#define MOST_LENGTH 15

struct codes {
  uint16_t fast[1 << FAST]; /* symbol << 4 | length; 0 for a code that is longer */
  uint16_t count[MOST_LENGTH + 1], symbols[288];
};

enum stage { MEMBER, BLOCK, STORED, COMPRESSED, TRAILER, ENDED };

struct inflate {
  ptrdiff_t (*read)(void *context, void *bytes, size_t room);
  void *context;
  uint8_t input[65536];
  size_t at, end;
  bool input_ended;
  uint64_t bits;
  int bit_count;
  enum stage stage;
  bool last, any_member;
  uint32_t stored, copy_left, copy_distance, crc, size;
  struct codes lengths, distances;
  uint8_t window[WINDOW];
  uint32_t place; /* where the next byte goes in the window */
  uint64_t made;
  const char *fault;
};

static uint32_t crc_table[8][256];

uint32_t crc32_of(uint32_t before, const void *bytes, size_t length) {
  if (crc_table[0][1] == 0) {
    for (uint32_t byte = 0; byte < 256; byte++) {
      uint32_t value = byte;
      for (int bit = 0; bit < 8; bit++) value = value >> 1 ^ (value & 1 ? 0xedb88320u : 0);
      crc_table[0][byte] = value;
    }
    for (int slice = 1; slice < 8; slice++) {
      for (int byte = 0; byte < 256; byte++) crc_table[slice][byte] = crc_table[slice - 1][byte] >> 8 ^ crc_table[0][crc_table[slice - 1][byte] & 255];
    }
  }
  const uint8_t *at = bytes;
  uint32_t crc = ~before;
  for (; length >= 8; at += 8, length -= 8) {
    uint32_t low, high;
    memcpy(&low, at, 4);
    memcpy(&high, at + 4, 4);
    low ^= crc;
    crc = crc_table[7][low & 255] ^ crc_table[6][low >> 8 & 255] ^ crc_table[5][low >> 16 & 255] ^ crc_table[4][low >> 24] ^ crc_table[3][high & 255] ^
          crc_table[2][high >> 8 & 255] ^ crc_table[1][high >> 16 & 255] ^ crc_table[0][high >> 24];
  }
  for (; length > 0; length--) crc = crc >> 8 ^ crc_table[0][(crc ^ *at++) & 255];
  return ~crc;
}

static bool fail(struct inflate *inflate, const char *words) {
  if (inflate->fault == NULL) inflate->fault = words;
  return false;
}

static int next_byte(struct inflate *inflate) {
  if (inflate->at == inflate->end) {
    if (inflate->input_ended) return -1;
    ptrdiff_t got = inflate->read(inflate->context, inflate->input, sizeof inflate->input);
    if (got < 0) fail(inflate, "it cannot be read");
    if (got <= 0) {
      inflate->input_ended = true;
      return -1;
    }
    inflate->at = 0;
    inflate->end = (size_t)got;
  }
  return inflate->input[inflate->at++];
}

/* Has at least `count` bits ready. Behind the end there are zeros, which nothing valid reads. */
static bool need(struct inflate *inflate, int count) {
  while (inflate->bit_count < count) {
    int byte = next_byte(inflate);
    if (byte < 0) return fail(inflate, "unexpected end of file");
    inflate->bits |= (uint64_t)byte << inflate->bit_count;
    inflate->bit_count += 8;
  }
  return true;
}

static uint32_t take_bits(struct inflate *inflate, int count) {
  if (count == 0 || !need(inflate, count)) return 0;
  uint32_t value = (uint32_t)(inflate->bits & ((1ull << count) - 1));
  inflate->bits >>= count;
  inflate->bit_count -= count;
  return value;
}

/* @returns false when the lengths make no set of codes */
static bool make_codes(struct codes *codes, const uint8_t *lengths, int count) {
  uint16_t offsets[MOST_LENGTH + 1];
  memset(codes->count, 0, sizeof codes->count);
  memset(codes->fast, 0, sizeof codes->fast);
  for (int symbol = 0; symbol < count; symbol++) codes->count[lengths[symbol]]++;
  codes->count[0] = 0;
  int left = 1;
  for (int length = 1; length <= MOST_LENGTH; length++) {
    left = left * 2 - codes->count[length];
    if (left < 0) return false;
  }
  offsets[1] = 0;
  for (int length = 1; length < MOST_LENGTH; length++) offsets[length + 1] = (uint16_t)(offsets[length] + codes->count[length]);
  uint16_t next[MOST_LENGTH + 1], code = 0;
  for (int length = 1; length <= MOST_LENGTH; length++) {
    code = (uint16_t)((code + codes->count[length - 1]) << 1);
    next[length] = code;
  }
  for (int symbol = 0; symbol < count; symbol++) {
    int length = lengths[symbol];
    if (length == 0) continue;
    codes->symbols[offsets[length]++] = (uint16_t)symbol;
    uint16_t own = next[length]++;
    if (length > FAST) continue;
    int turned = 0;
    for (int bit = 0; bit < length; bit++) turned |= (own >> bit & 1) << (length - 1 - bit);
    for (int entry = turned; entry < 1 << FAST; entry += 1 << length) codes->fast[entry] = (uint16_t)(symbol << 4 | length);
  }
  return true;
}

static int slow_symbol(struct inflate *inflate, const struct codes *codes) {
  int code = 0, first = 0, index = 0;
  for (int length = 1; length <= MOST_LENGTH; length++) {
    code |= (int)take_bits(inflate, 1);
    if (inflate->fault != NULL) return -1;
    int count = codes->count[length];
    if (code - count < first) return codes->symbols[index + code - first];
    index += count;
    first = (first + count) << 1;
    code <<= 1;
  }
  fail(inflate, "invalid compressed data: an unknown code");
  return -1;
}

static int symbol_of(struct inflate *inflate, const struct codes *codes) {
  while (inflate->bit_count < MOST_LENGTH) {
    int byte = next_byte(inflate);
    if (byte < 0) break;
    inflate->bits |= (uint64_t)byte << inflate->bit_count;
    inflate->bit_count += 8;
  }
  uint16_t entry = codes->fast[inflate->bits & ((1 << FAST) - 1)];
  int length = entry & 15;
  if (length == 0 || length > inflate->bit_count) return slow_symbol(inflate, codes);
  inflate->bits >>= length;
  inflate->bit_count -= length;
  return entry >> 4;
}

static bool fixed_codes(struct inflate *inflate) {
  uint8_t lengths[288], distances[30];
  memset(lengths, 8, 144);
  memset(lengths + 144, 9, 112);
  memset(lengths + 256, 7, 24);
  memset(lengths + 280, 8, 8);
  memset(distances, 5, 30);
  return make_codes(&inflate->lengths, lengths, 288) && make_codes(&inflate->distances, distances, 30);
}

static bool dynamic_codes(struct inflate *inflate) {
  static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  uint8_t lengths[320] = {0};
  int literals = (int)take_bits(inflate, 5) + 257, distances = (int)take_bits(inflate, 5) + 1, count = (int)take_bits(inflate, 4) + 4;
  if (literals > 286 || distances > 30) return fail(inflate, "invalid compressed data: too many codes");
  for (int index = 0; index < count; index++) lengths[order[index]] = (uint8_t)take_bits(inflate, 3);
  if (!make_codes(&inflate->lengths, lengths, 19)) return fail(inflate, "invalid compressed data: bad lengths");
  memset(lengths, 0, sizeof lengths);
  for (int index = 0; index < literals + distances;) {
    int symbol = symbol_of(inflate, &inflate->lengths), repeat = 1;
    if (inflate->fault != NULL) return false;
    uint8_t value = (uint8_t)symbol;
    if (symbol == 16) {
      if (index == 0) return fail(inflate, "invalid compressed data: bad lengths");
      value = lengths[index - 1];
      repeat = 3 + (int)take_bits(inflate, 2);
    } else if (symbol > 16) {
      value = 0;
      repeat = symbol == 17 ? 3 + (int)take_bits(inflate, 3) : 11 + (int)take_bits(inflate, 7);
    }
    if (index + repeat > literals + distances) return fail(inflate, "invalid compressed data: bad lengths");
    while (repeat-- > 0) lengths[index++] = value;
  }
  if (lengths[256] == 0) return fail(inflate, "invalid compressed data: no end");
  if (!make_codes(&inflate->lengths, lengths, literals) || !make_codes(&inflate->distances, lengths + literals, distances)) return fail(inflate, "invalid compressed data: bad codes");
  return inflate->fault == NULL;
}

static bool begin_block(struct inflate *inflate) {
  if (inflate->last) {
    inflate->stage = TRAILER;
    return true;
  }
  inflate->last = take_bits(inflate, 1);
  uint32_t type = take_bits(inflate, 2);
  if (inflate->fault != NULL) return false;
  if (type == 3) return fail(inflate, "invalid compressed data: an unknown kind of block");
  inflate->stage = type == 0 ? STORED : COMPRESSED;
  if (type > 0) return type == 1 ? fixed_codes(inflate) : dynamic_codes(inflate);
  take_bits(inflate, inflate->bit_count & 7);
  inflate->stored = take_bits(inflate, 16);
  if ((take_bits(inflate, 16) ^ inflate->stored) != 0xffff) return fail(inflate, "invalid compressed data: bad length of a stored block");
  return inflate->fault == NULL;
}

static bool skip_string(struct inflate *inflate) {
  for (int byte; (byte = (int)take_bits(inflate, 8)) != 0;) continue;
  return inflate->fault == NULL;
}

static bool begin_member(struct inflate *inflate) {
  inflate->bits >>= inflate->bit_count & 7;
  inflate->bit_count &= ~7;
  if (inflate->bit_count == 0) {
    int byte = next_byte(inflate);
    /* Zeros behind the last member fill blocks of tapes. */
    while (inflate->any_member && byte == 0) byte = next_byte(inflate);
    if (byte < 0) {
      if (!inflate->any_member) return fail(inflate, "unexpected end of file");
      inflate->stage = ENDED;
      return inflate->fault == NULL;
    }
    inflate->bits = (uint64_t)byte;
    inflate->bit_count = 8;
  }
  if (take_bits(inflate, 8) != 0x1f || take_bits(inflate, 8) != 0x8b) {
    if (!inflate->any_member) return fail(inflate, "not in gzip format");
    return fail(inflate, "decompression OK, trailing garbage ignored");
  }
  if (take_bits(inflate, 8) != 8) return fail(inflate, "an unknown method of compression");
  uint32_t flags = take_bits(inflate, 8);
  for (int skipped = 0; skipped < 6; skipped++) take_bits(inflate, 8);
  if (flags & 4) for (uint32_t extra = take_bits(inflate, 16); extra > 0 && inflate->fault == NULL; extra--) take_bits(inflate, 8);
  if (flags & 8 && !skip_string(inflate)) return false;
  if (flags & 16 && !skip_string(inflate)) return false;
  if (flags & 2) take_bits(inflate, 16);
  inflate->crc = inflate->size = 0;
  inflate->made = 0;
  inflate->last = false;
  inflate->any_member = true;
  inflate->stage = BLOCK;
  return inflate->fault == NULL;
}

static bool end_member(struct inflate *inflate) {
  take_bits(inflate, inflate->bit_count & 7);
  uint32_t crc = take_bits(inflate, 16);
  crc |= take_bits(inflate, 16) << 16;
  uint32_t size = take_bits(inflate, 16);
  size |= take_bits(inflate, 16) << 16;
  if (inflate->fault != NULL) return false;
  if (crc != inflate->crc) return fail(inflate, "invalid compressed data--crc error");
  if (size != inflate->size) return fail(inflate, "invalid compressed data--length error");
  inflate->stage = MEMBER;
  return true;
}

static size_t copy_match(struct inflate *inflate, uint8_t *out, size_t room) {
  size_t count = inflate->copy_left < room ? inflate->copy_left : room;
  uint32_t from = inflate->place - inflate->copy_distance, to = inflate->place;
  for (size_t index = 0; index < count; index++) {
    uint8_t byte = inflate->window[from++ & (WINDOW - 1)];
    inflate->window[to++ & (WINDOW - 1)] = byte;
    out[index] = byte;
  }
  inflate->place = to;
  inflate->copy_left -= (uint32_t)count;
  return count;
}

static size_t read_stored(struct inflate *inflate, uint8_t *out, size_t room) {
  size_t count = 0;
  for (; count < room && inflate->stored > 0; count++, inflate->stored--) {
    uint8_t byte = (uint8_t)take_bits(inflate, 8);
    if (inflate->fault != NULL) break;
    inflate->window[inflate->place++ & (WINDOW - 1)] = byte;
    out[count] = byte;
  }
  if (inflate->stored == 0) inflate->stage = BLOCK;
  return count;
}

static const uint16_t length_base[] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t length_extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint16_t distance_base[] = {1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};

static size_t read_compressed(struct inflate *inflate, uint8_t *out, size_t room) {
  size_t count = 0;
  while (count < room) {
    if (inflate->copy_left > 0) {
      count += copy_match(inflate, out + count, room - count);
      continue;
    }
    int symbol = symbol_of(inflate, &inflate->lengths);
    if (symbol < 0) break;
    if (symbol < 256) {
      inflate->window[inflate->place++ & (WINDOW - 1)] = (uint8_t)symbol;
      out[count++] = (uint8_t)symbol;
      continue;
    }
    if (symbol == 256) {
      inflate->stage = BLOCK;
      break;
    }
    symbol -= 257;
    if (symbol > 28) {
      fail(inflate, "invalid compressed data: a bad length");
      break;
    }
    uint32_t length = length_base[symbol] + take_bits(inflate, length_extra[symbol]);
    int code = symbol_of(inflate, &inflate->distances);
    if (code < 0 || code > 29) {
      fail(inflate, "invalid compressed data: a bad distance");
      break;
    }
    uint32_t distance = distance_base[code] + take_bits(inflate, code < 2 ? 0 : code / 2 - 1);
    if (inflate->fault != NULL) break;
    if (distance > inflate->made + count) {
      fail(inflate, "invalid compressed data: a distance before the begin");
      break;
    }
    inflate->copy_left = length;
    inflate->copy_distance = distance;
  }
  return count;
}

struct inflate *inflate_open(ptrdiff_t (*read)(void *context, void *bytes, size_t room), void *context) {
  struct inflate *inflate = take(sizeof *inflate);
  inflate->read = read;
  inflate->context = context;
  return inflate;
}

ptrdiff_t inflate_read(struct inflate *inflate, void *bytes, size_t room, const char **fault) {
  while (inflate->fault == NULL) {
    size_t made = 0;
    switch (inflate->stage) {
    case MEMBER: begin_member(inflate); continue;
    case BLOCK: begin_block(inflate); continue;
    case TRAILER: end_member(inflate); continue;
    case ENDED: return 0;
    case STORED: made = read_stored(inflate, bytes, room); break;
    case COMPRESSED: made = read_compressed(inflate, bytes, room); break;
    }
    inflate->crc = crc32_of(inflate->crc, bytes, made);
    inflate->size += (uint32_t)made;
    inflate->made += made;
    if (made > 0) return (ptrdiff_t)made;
  }
  *fault = inflate->fault;
  return -1;
}

void inflate_close(struct inflate *inflate) { free(inflate); }

const char *gzip_unpack(const struct flow *flow) {
  struct inflate *inflate = inflate_open(flow->read, flow->context);
  uint8_t *buffer = take(65536);
  const char *fault = NULL;
  for (ptrdiff_t got; fault == NULL && (got = inflate_read(inflate, buffer, 65536, &fault)) > 0;) {
    if (!flow->write(flow->context, buffer, (size_t)got)) fault = "it cannot be written";
  }
  free(buffer);
  inflate_close(inflate);
  return fault;
}
