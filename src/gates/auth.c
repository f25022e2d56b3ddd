#include "gates/auth.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"

/* What a request sends as its key. */
struct sent_key {
    const char *text; /* NULL: nothing */
    bool twice;       /* which of them another server would take is not known */
};

static struct sent_key sent_in(const struct http_request *request, const char *name)
{
    struct sent_key sent = {0};
    for (unsigned i = 0; i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, name) != 0)
            continue;
        sent.twice = sent.text != NULL;
        if (sent.twice)
            break;
        sent.text = request->headers[i].value;
    }
    return sent;
}

/* The token of "Bearer TOKEN"; NULL when it is of another scheme, or empty. */
static const char *token_of(const char *value)
{
    static const char scheme[] = "bearer";
    size_t len = sizeof scheme - 1;
    if (!value || strncasecmp(value, scheme, len) != 0 || value[len] != ' ')
        return NULL;
    value += len;
    value += strspn(value, " ");
    return *value ? value : NULL;
}

/* The header of its own goes before `Authorization`, which may be for a proxy. */
static struct sent_key key_of(const struct auth *auth, const struct http_request *request)
{
    struct sent_key sent = sent_in(request, auth->header);
    if ((!sent.text || !*sent.text) && auth->bearer) {
        sent = sent_in(request, "authorization");
        sent.text = token_of(sent.text);
    }
    return sent.text && *sent.text ? sent : (struct sent_key){0};
}

/* RFC 9110 has every 401 say how to do better. */
static void add_challenge(const struct auth *auth, struct verdict *verdict)
{
    if (verdict->status == 401)
        verdict->headers[verdict->header_count++] =
            (struct http_header){"WWW-Authenticate", auth->bearer ? "Bearer" : "APIKey"};
}

static enum auth_answer refuse(const struct auth *auth, enum ls_err err, int status,
                               const char *sentence, struct verdict *verdict)
{
    *verdict = (struct verdict){.err = err, .status = status, .sentence = sentence};
    add_challenge(auth, verdict);
    return AUTH_REFUSES;
}

static enum auth_answer refuse_missing(const struct auth *auth, struct verdict *verdict)
{
    enum auth_answer answer =
        refuse(auth, LS_UNAUTHORIZED, auth->missing, "Not authenticated", verdict);
    if (auth->missing == 422)
        verdict->missing = auth->header;
    return answer;
}

static enum key_news find(const struct auth *auth, struct key_ring *ring, const char *text,
                          struct arena *arena, const struct api_key **key)
{
    unsigned char digest[DIGEST_LEN];
    digest_bytes(digest, text, strlen(text));
    *key = key_set_find(auth->keys, digest);
    return *key || !auth->stored ? KEY_KNOWN : key_ring_find(ring, digest, arena, key);
}

static enum auth_answer check_key(const struct auth *auth, const struct api_key *key,
                                  const char *path, struct arena *arena, struct verdict *verdict)
{
    if (!key)
        return refuse(auth, LS_FORBIDDEN, auth->status, auth->detail, verdict);
    if (api_key_has_expired(key, clock_wall_us() / 1000))
        return refuse(auth, LS_FORBIDDEN, auth->status, "The API key has expired", verdict);
    if (!api_key_opens(key, path))
        return refuse(auth, LS_FORBIDDEN, 403,
                      arena_printf(arena, "This API key does not open the route %s", path),
                      verdict);
    return AUTH_PASSES;
}

enum auth_answer auth_ask(const struct auth *auth, struct key_ring *ring,
                          const struct http_request *request, const char *path, struct arena *arena,
                          const struct api_key **caller, struct verdict *verdict)
{
    struct sent_key sent = key_of(auth, request);
    const struct api_key *key = NULL;
    if (!sent.text)
        return refuse_missing(auth, verdict);
    enum key_news news = sent.twice || strlen(sent.text) > API_KEY_MAX
                             ? KEY_KNOWN
                             : find(auth, ring, sent.text, arena, &key);
    if (news == KEY_WAIT)
        return AUTH_WAITS;
    if (news == KEY_FAILED)
        return refuse(auth, LS_STORE, 503, ls_strerror(LS_STORE), verdict);
    *caller = key;
    return check_key(auth, key, path, arena, verdict);
}
