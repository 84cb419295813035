/* Packs with deflate: matches are found in chains of places that begin alike, with one look ahead, and each block of symbols gets codes of its
 * own. */

#include "deflate.h"
#include "tool.h"
#include <stdlib.h>
#include <string.h>

#define WINDOW 32768u
#define HASH_BITS 15
#define LEAST 3
#define MOST 258
#define BLOCK_SYMBOLS 32768
#define BUFFER (4 * WINDOW)

struct pack {
  const struct flow *flow;
  uint8_t buffer[BUFFER]; /* what is to be packed, with a window before it */
  uint32_t begin, end;    /* the next byte to pack, the end of what is read */
  uint32_t head[1 << HASH_BITS], chain[WINDOW]; /* places plus 1 counted from the begin of the file, kept modulo the window */
  uint32_t base;          /* of the buffer in the file, modulo 2^32 */
  uint32_t hashed;
  int most_chain, good;
  /* Of a block: a literal, or length << 16 | distance with the top bit set. */
  uint32_t symbols[BLOCK_SYMBOLS], count;
  uint32_t literal_use[288], distance_use[30];
  uint64_t bits;
  int bit_count;
  uint8_t out[65536];
  size_t out_length;
  bool failed, ended;
  const char *fault;
};

static void flush_out(struct pack *pack) {
  if (!pack->failed && pack->out_length > 0 && !pack->flow->write(pack->flow->context, pack->out, pack->out_length)) pack->failed = true;
  pack->out_length = 0;
}

static void put_byte(struct pack *pack, uint8_t byte) {
  if (pack->out_length == sizeof pack->out) flush_out(pack);
  pack->out[pack->out_length++] = byte;
}

static void put_bits(struct pack *pack, uint32_t value, int count) {
  pack->bits |= (uint64_t)value << pack->bit_count;
  pack->bit_count += count;
  while (pack->bit_count >= 8) {
    put_byte(pack, (uint8_t)pack->bits);
    pack->bits >>= 8;
    pack->bit_count -= 8;
  }
}

/* Lengths of codes from how often symbols are used: the tree of Huffman, made flatter until no code is longer than `most`. */
static void make_lengths(const uint32_t *use, int count, int most, uint8_t *lengths) {
  uint32_t weights[576], scaled[288];
  int parents[576], heap[288], heap_count;
  memcpy(scaled, use, sizeof *use * (size_t)count);
  for (;;) {
    int nodes = count, longest = 0;
    heap_count = 0;
    memset(lengths, 0, (size_t)count);
    for (int symbol = 0; symbol < count; symbol++) {
      if (scaled[symbol] == 0) continue;
      weights[symbol] = scaled[symbol];
      int place = heap_count++;
      for (; place > 0 && weights[heap[(place - 1) / 2]] > weights[symbol]; place = (place - 1) / 2) heap[place] = heap[(place - 1) / 2];
      heap[place] = symbol;
    }
    if (heap_count == 0) return;
    if (heap_count == 1) {
      lengths[heap[0]] = 1;
      return;
    }
    while (heap_count > 1) {
      int pair[2];
      for (int side = 0; side < 2; side++) {
        pair[side] = heap[0];
        int moved = heap[--heap_count], place = 0;
        for (int child; (child = place * 2 + 1) < heap_count; place = child) {
          if (child + 1 < heap_count && weights[heap[child + 1]] < weights[heap[child]]) child++;
          if (weights[heap[child]] >= weights[moved]) break;
          heap[place] = heap[child];
        }
        heap[place] = moved;
      }
      weights[nodes] = weights[pair[0]] + weights[pair[1]];
      parents[pair[0]] = parents[pair[1]] = nodes;
      int place = heap_count++;
      for (; place > 0 && weights[heap[(place - 1) / 2]] > weights[nodes]; place = (place - 1) / 2) heap[place] = heap[(place - 1) / 2];
      heap[place] = nodes++;
    }
    for (int symbol = 0; symbol < count; symbol++) {
      if (scaled[symbol] == 0) continue;
      int length = 0;
      for (int node = symbol; node != nodes - 1; node = parents[node]) length++;
      lengths[symbol] = (uint8_t)length;
      if (length > longest) longest = length;
    }
    if (longest <= most) return;
    for (int symbol = 0; symbol < count; symbol++) {
      if (scaled[symbol] > 0) scaled[symbol] = scaled[symbol] / 4 + 1;
    }
  }
}

/* Codes of lengths, turned round as they are written. */
static void make_codes(const uint8_t *lengths, int count, uint16_t *codes) {
  uint16_t per_length[17] = {0}, next[17] = {0}, code = 0;
  for (int symbol = 0; symbol < count; symbol++) per_length[lengths[symbol]]++;
  per_length[0] = 0;
  for (int length = 1; length <= 15; length++) {
    code = (uint16_t)((code + per_length[length - 1]) << 1);
    next[length] = code;
  }
  for (int symbol = 0; symbol < count; symbol++) {
    uint16_t own = lengths[symbol] > 0 ? next[lengths[symbol]]++ : 0, turned = 0;
    for (int bit = 0; bit < lengths[symbol]; bit++) turned |= (uint16_t)((own >> bit & 1) << (lengths[symbol] - 1 - bit));
    codes[symbol] = turned;
  }
}

static const uint16_t length_base[] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t length_extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static uint8_t length_code[MOST + 1];

static int distance_code(uint32_t distance) {
  if (distance <= 4) return (int)distance - 1;
  int bits = 31 - __builtin_clz(distance - 1);
  return bits * 2 + (int)((distance - 1) >> (bits - 1) & 1);
}

static uint32_t distance_base(int code) { return code < 4 ? (uint32_t)code + 1 : ((2u + (code & 1)) << (code / 2 - 1)) + 1; }

/* Run lengths of the lengths of codes: symbols with their extra bits above. */
static int run_lengths(const uint8_t *lengths, int count, uint16_t *out) {
  int made = 0;
  for (int at = 0; at < count;) {
    int run = 1;
    while (at + run < count && lengths[at + run] == lengths[at]) run++;
    if (lengths[at] == 0 && run >= 3) {
      if (run > 138) run = 138;
      out[made++] = (uint16_t)(run <= 10 ? 17 | (run - 3) << 8 : 18 | (run - 11) << 8);
    } else if (lengths[at] != 0 && run >= 4) {
      if (run > 7) run = 7;
      out[made++] = lengths[at];
      out[made++] = (uint16_t)(16 | (run - 4) << 8);
    } else {
      run = 1;
      out[made++] = lengths[at];
    }
    at += run;
  }
  return made;
}

static void put_codes(struct pack *pack, const uint8_t *lengths, int literals, int distances) {
  static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  uint16_t runs[320], codes[19];
  uint8_t run_bits[19];
  uint32_t use[19] = {0};
  int made = run_lengths(lengths, literals + distances, runs), shown = 19;
  for (int index = 0; index < made; index++) use[runs[index] & 255]++;
  make_lengths(use, 19, 7, run_bits);
  make_codes(run_bits, 19, codes);
  while (shown > 4 && run_bits[order[shown - 1]] == 0) shown--;
  put_bits(pack, (uint32_t)literals - 257, 5);
  put_bits(pack, (uint32_t)distances - 1, 5);
  put_bits(pack, (uint32_t)shown - 4, 4);
  for (int index = 0; index < shown; index++) put_bits(pack, run_bits[order[index]], 3);
  for (int index = 0; index < made; index++) {
    int symbol = runs[index] & 255;
    put_bits(pack, codes[symbol], run_bits[symbol]);
    if (symbol >= 16) put_bits(pack, runs[index] >> 8, symbol == 16 ? 2 : symbol == 17 ? 3 : 7);
  }
}

static void put_block(struct pack *pack, bool last) {
  uint8_t lengths[320];
  uint16_t literal_codes[288], distance_codes[30];
  pack->literal_use[256] = 1;
  uint8_t distance_lengths[30];
  make_lengths(pack->literal_use, 286, 15, lengths);
  make_lengths(pack->distance_use, 30, 15, distance_lengths);
  make_codes(lengths, 286, literal_codes);
  make_codes(distance_lengths, 30, distance_codes);
  int literals = 286, distances = 30;
  while (literals > 257 && lengths[literals - 1] == 0) literals--;
  while (distances > 1 && distance_lengths[distances - 1] == 0) distances--;
  uint8_t joined[320];
  memcpy(joined, lengths, (size_t)literals);
  memcpy(joined + literals, distance_lengths, (size_t)distances);
  put_bits(pack, last, 1);
  put_bits(pack, 2, 2);
  put_codes(pack, joined, literals, distances);
  for (uint32_t index = 0; index < pack->count; index++) {
    uint32_t symbol = pack->symbols[index];
    if (symbol < 256) {
      put_bits(pack, literal_codes[symbol], lengths[symbol]);
      continue;
    }
    uint32_t length = symbol >> 16 & 0x7fff, distance = symbol & 0xffff;
    int code = length_code[length], far = distance_code(distance);
    put_bits(pack, literal_codes[257 + code], lengths[257 + code]);
    put_bits(pack, length - length_base[code], length_extra[code]);
    put_bits(pack, distance_codes[far], distance_lengths[far]);
    put_bits(pack, distance - distance_base(far), far < 4 ? 0 : far / 2 - 1);
  }
  put_bits(pack, literal_codes[256], lengths[256]);
  pack->count = 0;
  memset(pack->literal_use, 0, sizeof pack->literal_use);
  memset(pack->distance_use, 0, sizeof pack->distance_use);
}

static uint32_t hash_at(const struct pack *pack, uint32_t place) {
  uint32_t value;
  memcpy(&value, pack->buffer + place, 4);
  return (value & 0xffffff) * 2654435761u >> (32 - HASH_BITS);
}

/* Every place goes into its chain before what follows it is looked for. */
static void hash_up_to(struct pack *pack, uint32_t place) {
  for (; pack->hashed < place && pack->hashed + 4 <= pack->end; pack->hashed++) {
    uint32_t hash = hash_at(pack, pack->hashed), own = pack->base + pack->hashed;
    pack->chain[own & (WINDOW - 1)] = pack->head[hash];
    pack->head[hash] = own + 1;
  }
}

static uint32_t match_length(const struct pack *pack, uint32_t a, uint32_t b, uint32_t most) {
  uint32_t length = 0;
  while (length < most && pack->buffer[a + length] == pack->buffer[b + length]) length++;
  return length;
}

static uint32_t find_match(struct pack *pack, uint32_t place, uint32_t least, uint32_t *distance) {
  uint32_t most = pack->end - place < MOST ? pack->end - place : MOST, best = least;
  if (most < 4) return 0;
  hash_up_to(pack, place);
  uint32_t own = pack->base + place, candidate = pack->head[hash_at(pack, place)];
  for (int tries = pack->most_chain; tries > 0 && candidate != 0; tries--) {
    uint32_t far = own - (candidate - 1);
    if (far == 0 || far > WINDOW - 1 || far > place) break;
    uint32_t from = place - far;
    if (best < most && pack->buffer[from + best] == pack->buffer[place + best]) {
      uint32_t length = match_length(pack, from, place, most);
      if (length > best) {
        best = length;
        *distance = far;
        if (best == most || best >= (uint32_t)pack->good) break;
      }
    }
    uint32_t next = pack->chain[(candidate - 1) & (WINDOW - 1)];
    if (next == 0 || own - (next - 1) <= far) break;
    candidate = next;
  }
  return best > least ? best : 0;
}

static void add_literal(struct pack *pack, uint8_t byte) {
  pack->symbols[pack->count++] = byte;
  pack->literal_use[byte]++;
}

static void add_match(struct pack *pack, uint32_t length, uint32_t distance) {
  pack->symbols[pack->count++] = 0x80000000u | length << 16 | distance;
  pack->literal_use[257 + length_code[length]]++;
  pack->distance_use[distance_code(distance)]++;
}

static bool refill(struct pack *pack, uint32_t *crc, uint32_t *size) {
  if (pack->begin > 2 * WINDOW) {
    uint32_t drop = pack->begin - WINDOW;
    memmove(pack->buffer, pack->buffer + drop, pack->end - drop);
    pack->begin -= drop;
    pack->end -= drop;
    pack->hashed -= drop;
    pack->base += drop;
  }
  while (!pack->ended && pack->end < BUFFER) {
    ptrdiff_t got = pack->flow->read(pack->flow->context, pack->buffer + pack->end, BUFFER - pack->end);
    if (got < 0) return false;
    if (got == 0) pack->ended = true;
    *crc = crc32_of(*crc, pack->buffer + pack->end, (size_t)got);
    *size += (uint32_t)got;
    pack->end += (uint32_t)got;
  }
  return true;
}

/* A match is put off by one byte when the next place has a longer one. */
static void pack_next(struct pack *pack) {
  uint32_t distance = 0, length = find_match(pack, pack->begin, LEAST - 1, &distance);
  if (length == LEAST && distance > 4096) length = 0;
  if (length == 0) {
    add_literal(pack, pack->buffer[pack->begin++]);
    return;
  }
  uint32_t later = 0, further;
  if (pack->most_chain > 8 && length < (uint32_t)pack->good && pack->begin + 1 < pack->end) later = find_match(pack, pack->begin + 1, length, &further);
  if (later > length) {
    add_literal(pack, pack->buffer[pack->begin++]);
    return;
  }
  add_match(pack, length, distance);
  pack->begin += length;
  hash_up_to(pack, pack->begin);
}

const char *gzip_pack(const struct flow *flow, int level, const char *name, uint32_t time) {
  static const int chains[] = {4, 4, 6, 12, 16, 32, 64, 128, 512, 2048}, goods[] = {8, 8, 16, 32, 32, 64, 128, 258, 258, 258};
  struct pack *pack = take(sizeof *pack);
  pack->flow = flow;
  pack->most_chain = chains[level];
  pack->good = goods[level];
  for (int code = 0; code < 29; code++) {
    for (int length = length_base[code]; length <= MOST && (code == 28 || length < length_base[code + 1]); length++) length_code[length] = (uint8_t)code;
  }
  const uint8_t begin[] = {0x1f, 0x8b, 8, name != NULL ? 8 : 0, (uint8_t)time, (uint8_t)(time >> 8), (uint8_t)(time >> 16), (uint8_t)(time >> 24),
                           level == 9 ? 2 : level == 1 ? 4 : 0, 3};
  for (size_t index = 0; index < sizeof begin; index++) put_byte(pack, begin[index]);
  for (const char *each = name; each != NULL; each = *each == 0 ? NULL : each + 1) put_byte(pack, (uint8_t)*each);
  uint32_t crc = 0, size = 0;
  bool good = refill(pack, &crc, &size);
  while (good && !pack->failed && pack->begin < pack->end) {
    if (pack->count >= BLOCK_SYMBOLS - 2) put_block(pack, false);
    pack_next(pack);
    if (!pack->ended && pack->end - pack->begin < MOST + 8) good = refill(pack, &crc, &size);
  }
  put_block(pack, true);
  if (pack->bit_count > 0) put_bits(pack, 0, 8 - pack->bit_count);
  for (int shift = 0; shift < 32; shift += 8) put_byte(pack, (uint8_t)(crc >> shift));
  for (int shift = 0; shift < 32; shift += 8) put_byte(pack, (uint8_t)(size >> shift));
  flush_out(pack);
  const char *fault = !good ? "it cannot be read" : pack->failed ? "it cannot be written" : NULL;
  free(pack);
  return fault;
}
