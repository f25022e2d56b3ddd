#include "models/token_count.h"

json_int_t token_count(const json_t *usage, const char *key)
{
    static const double most = 1e12;
    double told = json_number_value(json_object_get(usage, key));
    return (json_int_t)(told < 0 ? 0 : told > most ? most : told);
}
