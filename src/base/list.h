/* A doubly linked list whose links lie in the things that are linked.
 * A list head is a link that points to itself when the list is empty; a link that is in no list
 * points to itself too, so list_remove() may be called twice. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct link {
    struct link *prev, *next;
};

/* The struct of `type` whose member `member` is the link `ptr`. */
#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

static inline void list_init(struct link *head)
{
    head->prev = head->next = head;
}

static inline bool list_is_empty(const struct link *head)
{
    return head->next == head;
}

/* Adds `item` (in no list) at the end of `head`'s list. */
static inline void list_append(struct link *head, struct link *item)
{
    item->prev = head->prev;
    item->next = head;
    head->prev->next = item;
    head->prev = item;
}

/* Takes `item` out of its list; harmless when it is in none. */
static inline void list_remove(struct link *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    list_init(item);
}

/* Takes the first item out and returns it, or NULL when the list is empty. */
static inline struct link *list_take_first(struct link *head)
{
    if (list_is_empty(head))
        return NULL;
    struct link *first = head->next;
    /* In a loop that frees what it takes, the analyzer does not see that it left the list. */
    list_remove(first); /* NOLINT(clang-analyzer-unix.Malloc) */
    return first;
}

/* Moves all items of `from` to the end of `to`; `from` is empty then. */
static inline void list_append_all(struct link *to, struct link *from)
{
    if (list_is_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}
