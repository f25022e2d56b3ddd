/* What the files of pyformat share: numbers on their way to text. */
#pragma once

#include "stages/pyformat.h"

/* A number's characters before alignment. */
struct pyformat_number {
    bool is_negative;
    const char *prefix; /* "0x" and its like, or "" */
    const char *digits; /* the whole part … */
    int whole;          /* … of so many digits */
    const char *rest;   /* from the point on */
    int rest_width;     /* characters in `rest` */
};

/* The fill character, `count` times. */
enum ls_err pyformat_print_fill(struct buf *out, const struct pyformat_spec *spec, size_t count);

/* Groups, pads and aligns a number's characters. */
enum ls_err pyformat_print_number(struct buf *out, const struct pyformat_spec *spec,
                                  const struct pyformat_number *number);

/* As pyformat_print_spec() for a whole number. */
enum ls_err pyformat_print_integer(struct buf *out, json_int_t value,
                                   const struct pyformat_spec *spec, const char **why);

/* As pyformat_print_spec() for a double. */
enum ls_err pyformat_print_real(struct buf *out, double value, const struct pyformat_spec *spec,
                                const char **why);
