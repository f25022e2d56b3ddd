/* Feedback tokens: with one of them, whoever got a run's answer may tell what it was worth, and say
 * nothing of any other run.  They are signed and nothing is kept of them: a token is its run, its
 * key and its time in hexadecimal digits, with a signature over these and the route. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/id.h"
#include "http/server.h"
#include "routes/site.h"

enum feedback_token_state { TOKEN_WELL, TOKEN_WRONG, TOKEN_EXPIRED };

struct feedback_token {
    struct uuid run_id;
    const char *key; /* one of the route's feedback keys */
    int64_t expires; /* seconds since 1970 */
};

/* The text of a token of the route, in `arena`. */
const char *feedback_token_text(struct arena *arena, const struct route *route,
                                const struct feedback_token *token);

/* Reads what a client sent: a token, or a URL that ends in one.  Only a token that is well fills
 * `token`. */
enum feedback_token_state feedback_token_read(const struct route *route, const char *text,
                                              int64_t now, struct feedback_token *token);

/* Prints the data of a stream's `metadata` event: the run's id, and its tokens where it has some. */
void feedback_metadata_print(struct buf *out, const struct route *route,
                             struct http_exchange *exchange, const struct uuid *run_id);

/* Whether answers of the route have tokens. */
bool feedback_gives_tokens(const struct route *route);

/* Prints the tokens of a run, a JSON list of {"key", "token_url", "expires_at"}: compact as in
 * plain answers, or `spaced` as in the `metadata` event of streams. */
void feedback_tokens_print(struct buf *out, const struct route *route,
                           struct http_exchange *exchange, const struct uuid *run_id, bool spaced);
