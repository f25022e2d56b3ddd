/* ChatPromptTemplate: variables to the messages of a chat; and FewShotChatMessagePromptTemplate,
 * which is examples alone. */
#pragma once

#include "stages/content.h"
#include "stages/examples.h"
#include "stages/prompt_base.h"

enum prompt_role { PROMPT_SYSTEM, PROMPT_HUMAN, PROMPT_AI };

/* One message; or a place for a list of messages; or examples. */
struct prompt_part {
    enum prompt_role role;
    struct content *content;   /* of a message */
    const char *placeholder;   /* the variable that holds a list of messages */
    bool optional;             /* the variable may be left out */
    size_t most;               /* of the list only so many messages, the last ones; 0: all */
    struct examples *examples; /* of messages */
};

/* Frees what is in a part, but the placeholder's name. */
void prompt_part_fini(struct prompt_part *part);

/* Adds the names of the variables that the parts need to the object `names`. */
void prompt_names(const struct prompt_part *parts, size_t count, json_t *names);

/* Adds the messages of the parts to the list `messages`, as a prompt_print_fn. */
enum ls_err prompt_messages(const struct prompt_part *parts, size_t count, json_t *variables,
                            json_t *messages, char why[TEMPLATE_WHY_SIZE]);

/* A new instance of `count` > 0 parts; contents, examples and `partials` (NULL: none) are taken
 * over, the texts copied. */
struct runnable *prompt_new(const struct prompt_part *parts, size_t count,
                            const struct partials *partials);

/* FewShotChatMessagePromptTemplate: examples of messages alone (taken over). */
struct runnable *few_shot_chat_new(struct examples *examples, const struct partials *partials);
