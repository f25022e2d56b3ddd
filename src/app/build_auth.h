/* `auth:`, of the app and of a route: whose keys open what. */
#pragma once

#include "app/builder.h"
#include "gates/auth.h"
#include "yaml/option.h"

struct app;

extern const struct option auth_options[], key_options[];

/* Reads the app's section: what guards its own paths, and the routes that say nothing else.  What
 * is made lives in the builder's arena; mistakes are told. */
void build_site_auth(struct builder *builder, struct app *app, const struct node *section);

/* What guards a route that says `node` (NULL: nothing), where the app's is `outer`; NULL: it is
 * open. */
const struct auth *build_route_auth(struct builder *builder, const struct node *node,
                                    const struct auth *outer);

/* Tells of keys for routes that there are not. */
void check_scopes(struct builder *builder, const struct app *app);
