#include <string.h>

#include "base/json.h"
#include "run/gather_node.h"

static enum rule rule_of_field(const char *field)
{
    static const struct {
        const char *field;
        enum rule rule;
    } fields[] = {
        {"content", RULE_CONTENT},         {"additional_kwargs", RULE_MERGE},
        {"response_metadata", RULE_MERGE}, {"tool_call_chunks", RULE_MERGE},
        {"usage_metadata", RULE_ADD},      {"tool_calls", RULE_ADD},
        {"invalid_tool_calls", RULE_ADD},  {"id", RULE_ID},
        {"chunk_position", RULE_NEWEST},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(fields[i].field, field) == 0)
            return fields[i].rule;
    return RULE_FIRST;
}

static enum rule rule_in_merge(const char *key)
{
    if (strcmp(key, "index") == 0)
        return RULE_INDEX;
    if (strcmp(key, "created") == 0 || strcmp(key, "timestamp") == 0)
        return RULE_NEWEST;
    if (strcmp(key, "id") == 0 || strcmp(key, "output_version") == 0 ||
        strcmp(key, "model_provider") == 0)
        return RULE_SAME;
    return RULE_MERGE;
}

enum rule rule_of_member(enum rule rule, const char *key)
{
    switch (rule) {
    case RULE_MESSAGE: return rule_of_field(key);
    case RULE_MERGE: return rule_in_merge(key);
    default: return rule;
    }
}

int id_rank(const char *id)
{
    if (!id || !*id)
        return -1;
    if (strncmp(id, "lc_", 3) != 0)
        return 2;
    return strncmp(id, "lc_run-", 7) == 0 ? 1 : 0;
}
