/* Design: each request is one script, so that it happens as a whole and its answer can carry its
 * number (redis_link.h).  Values and lists are under PREFIX "key:" KEY, the cache under PREFIX
 * "cache:" KEY.  Redis does not order its keys: the sorted set PREFIX "keys" does, for STORE_KEYS.
 * What expires stays in it; each change looks at two members, so that not many of those are left. */
#include "store/redis.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/backend.h"

/* KEYS: the key, the set; ARGV: a number, the key's name, ms, the window, items. */
#define NOTE                                                                                  \
    "redis.call('ZADD', KEYS[2], 0, ARGV[2]) "                                                \
    "for _, name in ipairs(redis.call('ZRANDMEMBER', KEYS[2], 2)) do "                        \
    "if redis.call('EXISTS', string.sub(KEYS[1], 1, #KEYS[1] - #ARGV[2]) .. name) == 0 then " \
    "redis.call('ZREM', KEYS[2], name) end end "

#define EXPIRE                                                               \
    "if tonumber(ARGV[3]) > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) " \
    "else redis.call('PERSIST', KEYS[1]) end "

static const char script_get[] = "return {ARGV[1], redis.call('GET', KEYS[1])}";

static const char script_set[] =
    "redis.call('SET', KEYS[1], ARGV[5]) " EXPIRE NOTE "return {ARGV[1]}";

static const char script_append[] =
    "for i = 5, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[i]) end "
    "if tonumber(ARGV[4]) > 0 then redis.call('LTRIM', KEYS[1], -tonumber(ARGV[4]), -1) end " EXPIRE
        NOTE "return {ARGV[1]}";

static const char script_delete[] =
    "redis.call('DEL', KEYS[1]) redis.call('ZREM', KEYS[2], ARGV[2]) return {ARGV[1]}";

/* ARGV: a number, the window, the most bytes.  Newest first. */
static const char script_read[] =
    "local out, bytes, last = {ARGV[1]}, 0, redis.call('LLEN', KEYS[1]) "
    "local stop = 0 "
    "if tonumber(ARGV[2]) > 0 then stop = math.max(0, last - tonumber(ARGV[2])) end "
    "while last > stop do "
    "local first = math.max(stop, last - 16) "
    "local part = redis.call('LRANGE', KEYS[1], first, last - 1) "
    "for i = #part, 1, -1 do "
    "bytes = bytes + #part[i] "
    "if bytes > tonumber(ARGV[3]) and #out > 1 then return out end "
    "out[#out + 1] = part[i] end "
    "last = first end "
    "return out";

/* KEYS: the set; ARGV: a number, the least name, the greatest, how many, what stands before names. */
static const char script_keys[] =
    "local out, wanted, least = {ARGV[1]}, tonumber(ARGV[4]), ARGV[2] "
    "while true do "
    "local part = redis.call('ZRANGEBYLEX', KEYS[1], least, ARGV[3], 'LIMIT', 0, 100) "
    "for _, name in ipairs(part) do "
    "if redis.call('EXISTS', ARGV[5] .. name) == 0 then redis.call('ZREM', KEYS[1], name) "
    "else out[#out + 1] = name if wanted > 0 and #out > wanted then return out end end end "
    "if #part < 100 then return out end "
    "least = '(' .. part[100] end";

static const char script_cache[] =
    "redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[2]) return {ARGV[1]}";

static const char script_count[] = "return {ARGV[1], tostring(redis.call('DBSIZE'))}";

struct redis_store {
    struct store store;
    struct redis_link *link;
    char *prefix;
};

/* An operation on its way; in the operation's arena. */
struct redis_op {
    struct redis_call call;
    struct store_op *op;
    struct store_text keys[2];
};

static struct store_text join(struct arena *arena, const char *prefix, const char *word,
                              struct store_text key)
{
    size_t before = strlen(prefix) + strlen(word);
    char *text = arena_alloc(arena, before + key.len + 1);
    memcpy(text, prefix, strlen(prefix));
    memcpy(text + strlen(prefix), word, strlen(word));
    memcpy(text + before, key.data, key.len);
    text[before + key.len] = '\0';
    return (struct store_text){text, before + key.len};
}

static const struct store_text nothing = {"", 0};

/* ---- answers ---- */

static void give_items(struct store_op *op, const struct redis_value *items, size_t count,
                       bool newest_first)
{
    struct store_text *given = arena_alloc(op->arena, (count + 1) * sizeof *given);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct redis_value *item = &items[newest_first ? count - 1 - i : i];
        if (item->kind == REDIS_TEXT)
            given[n++] =
                (struct store_text){arena_strndup(op->arena, item->text, item->len), item->len};
    }
    op->answer = (struct store_answer){.err = LS_OK, .items = given, .count = n};
}

static void on_answer(struct redis_call *call, const struct redis_value *items, size_t count,
                      const char *why)
{
    struct store_op *op = container_of(call, struct redis_op, call)->op;
    if (why)
        store_fail(op, op->store->closing ? LS_SHUTDOWN : LS_STORE, arena_strdup(op->arena, why));
    else
        give_items(op, items, count, op->request.verb == STORE_READ);
    store_end(op);
}

/* ---- requests ---- */

static struct store_text number_part(struct arena *arena, int64_t number)
{
    const char *text = arena_printf(arena, "%" PRId64, number);
    return (struct store_text){text, strlen(text)};
}

/* What of the names begins with `prefix` and stands behind `behind` (or at all, without it), as
 * ZRANGEBYLEX wants it said. */
static void bound_keys(struct arena *arena, struct store_text prefix,
                       const struct store_text *behind, struct store_text *least,
                       struct store_text *greatest)
{
    size_t len = prefix.len;
    *least = behind ? join(arena, "(", "", *behind) : join(arena, "[", "", prefix);
    while (len > 0 && (unsigned char)prefix.data[len - 1] == 0xff)
        len--;
    if (len == 0) {
        *greatest = (struct store_text){"+", 1};
        return;
    }
    char *next = arena_strndup(arena, prefix.data, len);
    next[len - 1]++;
    *greatest = join(arena, "(", "", (struct store_text){next, len});
}

/* SET, APPEND, DELETE. */
static void fill_change(struct redis_op *asked, const char *script)
{
    const struct store_request *request = &asked->op->request;
    struct arena *arena = asked->op->arena;
    struct store_text *arguments = arena_alloc(arena, (3 + request->count) * sizeof *arguments);
    arguments[0] = request->key;
    arguments[1] = number_part(arena, request->ttl);
    arguments[2] = number_part(arena, (int64_t)request->window);
    for (size_t i = 0; i < request->count; i++)
        arguments[3 + i] = request->items[i];
    asked->call.script = script;
    asked->call.key_count = 2;
    asked->call.arguments = arguments;
    asked->call.argument_count = 3 + request->count;
}

static void fill_keys(struct redis_op *asked, const char *prefix)
{
    const struct store_request *request = &asked->op->request;
    struct arena *arena = asked->op->arena;
    struct store_text *arguments = arena_alloc(arena, 4 * sizeof *arguments);
    bound_keys(arena, request->key, request->count > 0 ? request->items : NULL, &arguments[0],
               &arguments[1]);
    arguments[2] = number_part(arena, (int64_t)request->window);
    arguments[3] = join(arena, prefix, "key:", nothing);
    asked->keys[0] = asked->keys[1];
    asked->call.script = script_keys;
    asked->call.arguments = arguments;
    asked->call.argument_count = 4;
}

static void fill_read(struct redis_op *asked)
{
    struct arena *arena = asked->op->arena;
    struct store_text *arguments = arena_alloc(arena, 2 * sizeof *arguments);
    arguments[0] = number_part(arena, (int64_t)asked->op->request.window);
    arguments[1] = number_part(arena, STORE_MAX_READ);
    asked->call.script = script_read;
    asked->call.arguments = arguments;
    asked->call.argument_count = 2;
}

static void fill_cache(struct redis_op *asked)
{
    const struct store_request *request = &asked->op->request;
    struct store_text *arguments = arena_alloc(asked->op->arena, 2 * sizeof *arguments);
    arguments[0] = number_part(asked->op->arena, request->ttl);
    arguments[1] = request->items[0];
    asked->call.script = script_cache;
    asked->call.arguments = arguments;
    asked->call.argument_count = 2;
}

static void fill(struct redis_op *asked, const char *prefix)
{
    switch (asked->op->request.verb) {
    case STORE_SET: fill_change(asked, script_set); break;
    case STORE_APPEND: fill_change(asked, script_append); break;
    case STORE_DELETE: fill_change(asked, script_delete); break;
    case STORE_READ: fill_read(asked); break;
    case STORE_KEYS: fill_keys(asked, prefix); break;
    case STORE_CACHE: fill_cache(asked); break;
    case STORE_COUNT: asked->call.script = script_count; break;
    default: asked->call.script = script_get; break;
    }
}

static bool is_cached(enum store_verb verb)
{
    return verb == STORE_RECALL || verb == STORE_CACHE;
}

static void redis_begin(struct store *base, struct store_op *op)
{
    struct redis_store *store = container_of(base, struct redis_store, store);
    struct redis_op *asked = arena_zalloc(op->arena, sizeof *asked);
    const char *word = is_cached(op->request.verb) ? "cache:" : "key:";
    asked->op = op;
    asked->keys[0] = join(op->arena, store->prefix, word, op->request.key);
    asked->keys[1] = join(op->arena, store->prefix, "keys", nothing);
    asked->call = (struct redis_call){.keys = asked->keys, .key_count = 1, .fn = on_answer};
    fill(asked, store->prefix);
    redis_link_ask(store->link, &asked->call);
}

static void redis_free(struct store *base)
{
    struct redis_store *store = container_of(base, struct redis_store, store);
    redis_link_free(&store->link);
    free(store->prefix);
    free(store);
}

static const struct store_backend redis_backend = {redis_begin, redis_free};

struct store *redis_store_new(struct loop *loop, const struct redis_options *options)
{
    struct redis_store *store = mem_zalloc(1, sizeof *store);
    store->store.backend = &redis_backend;
    store->link = redis_link_new(loop, &options->link);
    store->prefix = mem_strdup(options->prefix);
    return &store->store;
}
