#include "routes/require.h"

#include "routes/reply.h"

bool requirements_meet(const struct route *route, struct http_exchange *exchange)
{
    const struct requirements *required = route->required;
    if (!required)
        return true;
    json_t *errors = json_array();
    for (size_t i = 0; i < required->count; i++) {
        const struct sent_rule *rule = &required->rules[i];
        size_t len;
        const char *value = sent_value(http_request(exchange), &rule->sent, &len);
        if (!value) {
            sent_add_missing(errors, &rule->sent);
        } else if (!sent_matches(rule, value, len)) {
            json_decref(errors);
            reply_sentence(exchange, route->errors, LS_BAD_INPUT, rule->status, rule->detail);
            return false;
        }
    }
    bool met = json_array_size(errors) == 0;
    if (met)
        json_decref(errors);
    else
        reply_invalid(exchange, route->errors, errors);
    return met;
}
