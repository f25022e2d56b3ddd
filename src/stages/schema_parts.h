/* How the schemas of parts become the schema of a whole, as pydantic shows it. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* The schema of a member `key` whose type is that of `schema` (taken over): titled after the key,
 * objects with members of their own shown as plain objects.  Its `$defs` are moved into `defs`
 * (an object). */
json_t *schema_as_member(json_t *schema, const char *key, json_t *defs);

/* `schema` (taken over, without `$defs`) as a reference into `defs`, where it is put under its
 * title; one without a title as it stands. */
json_t *schema_as_def(json_t *schema, json_t *defs);

/* A title as the name of a definition: letters, digits, '.', '_' and '-' (new string). */
char *schema_def_name(const char *title);

/* "Some Key": a key as pydantic titles it (new string). */
json_t *schema_title(const char *key);

/* Whether the schema is an object with named members. */
bool schema_has_members(const json_t *schema);

/* Whether nothing is said of the value: there is no more than a title, a description and `$defs`. */
bool schema_takes_anything(const json_t *schema);

/* `{"properties": {}, "required": [], "title": title, "type": "object"}`, to be filled. */
json_t *schema_new_object(const char *title);

/* Adds the members of `from` (an object with members) to `into`, those already there stay, but for
 * those that are among the members of `but` (NULL: none). */
void schema_add_members(json_t *into, json_t *from, const json_t *but);

/* Drops an empty `required`, puts `defs` (taken over) in front where there are any. */
json_t *schema_finish(json_t *schema, json_t *defs);

/* Moves the `$defs` of `schema` into `defs` (an object). */
void schema_take_defs(json_t *schema, json_t *defs);
