/* awk: values and arrays. */

#include "awk.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct string *string_make(const char *bytes, size_t length) {
  struct string *string = take_more(NULL, sizeof *string + length + 1);
  string->uses = 1;
  string->length = length;
  if (length > 0) memcpy(string->bytes, bytes, length);
  string->bytes[length] = 0;
  return string;
}

void string_free(struct string *string) {
  if (string != NULL && --string->uses == 0) free(string);
}

struct value number_value(double number) { return (struct value){.flags = IS_NUMBER, .number = number}; }
struct value string_value(struct string *string) { return (struct value){.flags = IS_STRING, .string = string}; }

/* @returns whether the text is a number with nothing but blanks around it */
static bool numeric_text(const struct string *string, double *number) {
  const char *at = string->bytes, *digits;
  while (isspace((unsigned char)*at)) at++;
  digits = at + (*at == '-' || *at == '+');
  /* strtod knows more than awk does: no hexadecimal numbers, infinities and the like. */
  if (!isdigit((unsigned char)*digits) && !(*digits == '.' && isdigit((unsigned char)digits[1]))) return false;
  if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) return false;
  char *end;
  *number = strtod(at, &end);
  while (isspace((unsigned char)*end)) end++;
  return *end == 0;
}

struct value input_value(const char *bytes, size_t length) {
  return (struct value){.flags = IS_STRING | LOOKS_NUMERIC, .string = string_make(bytes, length)};
}

struct value value_copy(struct value value) {
  if (value.string != NULL) value.string->uses++;
  return value;
}

void value_free(struct value *value) {
  string_free(value->string);
  *value = (struct value){0};
}

double to_number(const struct value *value) {
  if (value->flags & IS_NUMBER) return value->number;
  if (value->string == NULL) return 0;
  const char *at = value->string->bytes, *digits;
  while (isspace((unsigned char)*at)) at++;
  digits = at + (*at == '-' || *at == '+');
  if (!isdigit((unsigned char)*digits) && *digits != '.') return 0;
  if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) return 0;
  return strtod(at, NULL);
}

struct string *to_string(const struct value *value, const char *format) {
  if (value->string != NULL) {
    value->string->uses++;
    return value->string;
  }
  if (value->flags == 0) return string_make("", 0);
  char text[512];
  double number = value->number;
  if (number == floor(number) && fabs(number) < 1e16) snprintf(text, sizeof text, "%lld", (long long)number);
  else if (isnan(number)) strcpy(text, signbit(number) ? "-nan" : "nan");
  else if (isinf(number)) strcpy(text, number < 0 ? "-inf" : "inf");
  else snprintf(text, sizeof text, format, number);
  return string_make(text, strlen(text));
}

bool is_numeric(const struct value *value) {
  double number;
  if (value->flags & IS_NUMBER || value->flags == 0) return true;
  return value->flags & LOOKS_NUMERIC && numeric_text(value->string, &number);
}

bool is_true(const struct value *value) {
  if (value->flags == 0) return false;
  if (is_numeric(value)) return to_number(value) != 0;
  return value->string->length > 0;
}

static size_t hash_of(const struct string *key) {
  uint32_t hash = 2166136261u;
  for (size_t at = 0; at < key->length; at++) hash = (hash ^ (unsigned char)key->bytes[at]) * 16777619u;
  return hash;
}

static void grow(struct array *array) {
  size_t room = array->room == 0 ? 16 : array->room * 4;
  struct entry **buckets = take(room * sizeof *buckets);
  for (size_t bucket = 0; bucket < array->room; bucket++) {
    for (struct entry *entry = array->buckets[bucket], *next; entry != NULL; entry = next) {
      next = entry->next;
      struct entry **place = buckets + hash_of(entry->key) % room;
      entry->next = *place;
      *place = entry;
    }
  }
  free(array->buckets);
  array->buckets = buckets;
  array->room = room;
}

static bool same(const struct string *a, const struct string *b) { return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0; }

struct entry *array_find(struct array *array, const struct string *key, bool make) {
  if (array->room > 0) {
    for (struct entry *entry = array->buckets[hash_of(key) % array->room]; entry != NULL; entry = entry->next) {
      if (same(entry->key, key)) return entry;
    }
  }
  if (!make) return NULL;
  if (array->count >= array->room) grow(array);
  struct entry **place = array->buckets + hash_of(key) % array->room, *entry = take(sizeof *entry);
  entry->key = string_make(key->bytes, key->length);
  entry->next = *place;
  *place = entry;
  array->count++;
  return entry;
}

static void free_entry(struct entry *entry) {
  string_free(entry->key);
  value_free(&entry->value);
  free(entry);
}

bool array_remove(struct array *array, const struct string *key) {
  if (array->room == 0) return false;
  for (struct entry **place = array->buckets + hash_of(key) % array->room; *place != NULL; place = &(*place)->next) {
    if (!same((*place)->key, key)) continue;
    struct entry *entry = *place;
    *place = entry->next;
    free_entry(entry);
    array->count--;
    return true;
  }
  return false;
}

void array_clear(struct array *array) {
  for (size_t bucket = 0; bucket < array->room; bucket++) {
    for (struct entry *entry = array->buckets[bucket], *next; entry != NULL; entry = next) {
      next = entry->next;
      free_entry(entry);
    }
  }
  free(array->buckets);
  *array = (struct array){0};
}
