#include "routes/hashed.h"

#include <string.h>

#include "routes/prefix.h"
#include "routes/site.h"

bool hashed_path_at(const char *path, size_t len, size_t prefix_len, struct hashed_path *out)
{
    static const char mark[] = "/c/";
    enum { MARK = sizeof mark - 1 };
    if (len < prefix_len + MARK || memcmp(path + prefix_len, mark, MARK) != 0)
        return false;
    const char *hash = path + prefix_len + MARK, *end = path + len;
    const char *rest = memchr(hash, '/', (size_t)(end - hash));
    if (!rest || rest == hash)
        return false;
    *out =
        (struct hashed_path){prefix_len, hash, (size_t)(rest - hash), rest, (size_t)(end - rest)};
    return true;
}

const char *config_hash_of(const struct route *route, const struct http_request *request,
                           size_t *len)
{
    struct hashed_path hashed;
    size_t skip = prefix_len_of(route->site, request);
    if (!hashed_path_at(request->path + skip, request->path_len - skip, strlen(route->path),
                        &hashed))
        return NULL;
    *len = hashed.hash_len;
    return hashed.hash;
}
