/* Small questions about text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether `len` bytes are valid UTF-8 (no overlong forms, no surrogates). */
bool text_is_utf8(const char *text, size_t len);

/* How many bytes the code point at `text` takes (1 to 4); `len` > 0 bytes of valid UTF-8. */
size_t text_char_len(const char *text, size_t len);

/* How many code points `len` bytes of valid UTF-8 hold. */
size_t text_count(const char *text, size_t len);

/* The distance between two words: insertions, deletions, changes, swaps of neighbours. */
size_t text_distance(const char *a, const char *b);

/* The word of the NULL-terminated `words` nearest to `word`, if one is near enough to be a slip
 * of the hand (a third of its length), else NULL. */
const char *text_nearest(const char *word, const char *const *words);

/* Whether `word` is among the NULL-terminated `words`; NULL is none of them. */
bool text_is_any(const char *word, const char *const *words);

/* Whether two strings of `len` bytes are equal, in a time that does not depend on where they
 * differ. */
bool text_equal_secret(const char *a, const char *b, size_t len);

/* Whether Python counts the code point as white space: what str.strip() takes away. */
bool text_is_space(int32_t code);

/* Python's str.strip(): what is left of *len bytes of UTF-8 at *text. */
void text_strip(const char **text, size_t *len);

/* A shorter "secret", such as the key `none`, is none, and stands in many texts. */
enum { TEXT_LEAST_SECRET = 8 };

/* Overwrites each occurrence of `secret` (not empty) in `len` bytes with stars. */
void text_hide(char *text, size_t len, const char *secret);

/* Cuts valid UTF-8 to at most `len` bytes, between two characters. */
void text_shorten(char *text, size_t len);
