#include "app/identity.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "app/build_file.h"
#include "app/providers.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"
#include "yaml/interpolate.h"

enum { MAX_TEXT = 256 << 20 };

struct identity {
    struct builder *builder;
    struct buf text;
    bool *named; /* of the builder's names: it is wanted */
    bool *told;  /* it stands in the text */
};

static void add_node(struct identity *identity, const struct node *node);

/* A file's digest, or that there is none. */
static void add_file(struct identity *identity, const char *path)
{
    unsigned char digest[DIGEST_LEN] = {0};
    char hex[DIGEST_HEX + 1];
    struct stat found;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &found) == 0 && found.st_size > 0) {
        size_t len = (size_t)found.st_size;
        void *data = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data != MAP_FAILED) {
            digest_bytes(digest, data, len);
            munmap(data, len);
        }
    }
    if (fd >= 0)
        close(fd);
    digest_format(hex, digest);
    buf_printf(&identity->text, "F%s;", hex);
}

static int is_lua(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 4 && strcmp(entry->d_name + len - 4, ".lua") == 0;
}

/* The modules that lambdas may require. */
static void add_modules(struct identity *identity, const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_lua, alphasort);
    for (int i = 0; i < count; i++) {
        char *path = mem_printf("%s/%s", folder, entries[i]->d_name);
        buf_printf(&identity->text, "M%s;", entries[i]->d_name);
        add_file(identity, path);
        free(path);
        free(entries[i]);
    }
    free(entries);
}

/* Notes the names of chains and models that a text holds, be it a name, a pipe or Lua. */
static void note_names(struct identity *identity, const char *text, size_t len)
{
    const struct builder *builder = identity->builder;
    for (size_t i = 0; i < builder->count; i++) {
        const char *name = builder->names[i].name;
        identity->named[i] |= memmem(text, len, name, strlen(name)) != NULL;
    }
}

/* A text, and what it is with the environment's values in it, should it be an option. */
static void add_string(struct identity *identity, const struct node *node)
{
    struct problems unset;
    problems_init(&unset);
    const struct node *filled = interpolate(identity->builder->arena, node, &unset);
    if (filled != node && unset.errors == 0)
        buf_printf(&identity->text, "x%zu:%s", filled->as.string.len, filled->as.string.text);
    problems_fini(&unset);
    buf_printf(&identity->text, "s%zu:", node->as.string.len);
    buf_add(&identity->text, node->as.string.text, node->as.string.len);
    note_names(identity, node->as.string.text, node->as.string.len);
}

/* A function of the program: which one of them, and of which program. */
static void add_native(struct identity *identity, const void *native)
{
    struct builder *builder = identity->builder;
    size_t i = 0;
    while (i < builder->native_count && builder->natives[i] != native)
        i++;
    if (i == builder->native_count) {
        builder->natives = mem_resize(builder->natives, i + 1, sizeof *builder->natives);
        builder->natives[builder->native_count++] = native;
    }
    buf_printf(&identity->text, "f%zu;", i);
    add_file(identity, "/proc/self/exe");
}

static void add_member(struct identity *identity, const struct node_member *member)
{
    const struct node *value = member->value;
    bool file = strcmp(member->key, "file") == 0 || strcmp(member->key, "plugin") == 0;
    buf_printf(&identity->text, "k%zu:", member->key_len);
    buf_add(&identity->text, member->key, member->key_len);
    add_node(identity, value);
    if (file && value->kind == NODE_STRING)
        add_file(identity, build_path(identity->builder, value->as.string.text, value->place));
}

static void add_node(struct identity *identity, const struct node *node)
{
    struct buf *text = &identity->text;
    switch (node->kind) {
    case NODE_NULL: buf_add_char(text, 'n'); break;
    case NODE_BOOL: buf_add_char(text, node->as.boolean ? 't' : 'u'); break;
    case NODE_INT: buf_printf(text, "i%" PRId64 ";", node->as.integer); break;
    case NODE_REAL: buf_printf(text, "r%.17g;", node->as.real); break;
    case NODE_STRING: add_string(identity, node); break;
    case NODE_NATIVE: add_native(identity, node->as.native); break;
    case NODE_LIST:
        buf_add_char(text, '[');
        for (size_t i = 0; i < node->as.list.count; i++)
            add_node(identity, node->as.list.items[i]);
        buf_add_char(text, ']');
        break;
    case NODE_MAP:
        buf_add_char(text, '{');
        for (size_t i = 0; i < node->as.map.count; i++)
            add_member(identity, &node->as.map.members[i]);
        buf_add_char(text, '}');
        break;
    }
}

static void add_what(struct identity *identity, const struct node *what)
{
    if (what->kind != NODE_MAP) {
        add_node(identity, what);
        return;
    }
    for (size_t i = 0; i < what->as.map.count; i++)
        if (strcmp(what->as.map.members[i].key, "cache") != 0)
            add_member(identity, &what->as.map.members[i]);
}

/* The chains and models that are named, and those that these name. */
static void add_named(struct identity *identity)
{
    const struct builder *builder = identity->builder;
    bool more = true;
    while (more) {
        more = false;
        for (size_t i = 0; i < builder->count; i++) {
            if (identity->told[i] || !(identity->named[i] || builder->by_name))
                continue;
            identity->told[i] = more = true;
            buf_printf(&identity->text, "=%s:", builder->names[i].name);
            add_node(identity, builder->names[i].node);
        }
    }
}

/* What providers take from the environment where a model says nothing. */
static void add_environment(struct identity *identity)
{
    for (const struct provider *p = providers; p->name; p++) {
        const char *value = p->url_variable ? getenv(p->url_variable) : NULL;
        buf_printf(&identity->text, "e%s;", value ? value : "");
    }
}

const char *identity_of(struct builder *builder, const struct node *what, const char *version)
{
    unsigned char digest[DIGEST_LEN];
    char *hex = arena_alloc(builder->arena, DIGEST_HEX + 1);
    struct identity identity = {.builder = builder};
    identity.named = mem_zalloc(builder->count + 1, sizeof *identity.named);
    identity.told = mem_zalloc(builder->count + 1, sizeof *identity.told);
    buf_init_secret(&identity.text, MAX_TEXT); /* keys are among what is told apart */
    buf_printf(&identity.text, "1;v%zu:%s;", version ? strlen(version) : 0, version ? version : "");
    add_environment(&identity);
    add_what(&identity, what);
    add_named(&identity);
    if (builder->lua && builder->lua->path)
        add_modules(&identity, build_path(builder, builder->lua->path, what->place));
    digest_bytes(digest, identity.text.data, identity.text.len);
    digest_format(hex, digest);
    buf_fini(&identity.text);
    free(identity.named);
    free(identity.told);
    return hex;
}
