#include "base/money.h"

#include <stdio.h>
#include <string.h>

int64_t money_add(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

int64_t money_times(int64_t price, int64_t count)
{
    int64_t product;
    return __builtin_mul_overflow(price, count, &product) ? INT64_MAX : product;
}

void money_print(char text[MONEY_SIZE], int64_t amount)
{
    snprintf(text, MONEY_SIZE, "%lld.%012lld", (long long)(amount / money_one),
             (long long)(amount % money_one));
    char *end = text + strlen(text);
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        end[-1] = '\0';
}

double money_real(int64_t amount)
{
    return (double)amount / (double)money_one;
}
