/* Amounts of money: whole numbers of a millionth of a millionth (of whatever the prices are in), so
 * that sums are exact.  What does not fit, some nine millions, stays at the greatest amount. */
#pragma once

#include <stdint.h>

enum { MONEY_SIZE = 24 }; /* bytes of an amount as text */

static const int64_t money_one = 1000000000000;

/* The sum of two amounts that are not negative. */
int64_t money_add(int64_t a, int64_t b);

/* What `count` pieces cost of which each costs `price`; neither is negative. */
int64_t money_times(int64_t price, int64_t count);

/* An amount in decimal digits, a number of JSON: "0.0000435", "12". */
void money_print(char text[MONEY_SIZE], int64_t amount);

/* The double nearest to it. */
double money_real(int64_t amount);
