/* A pool for the memory of JSON values.
 *
 * A request makes and drops some hundred small pieces, more than malloc() keeps at hand; the pool
 * keeps those that were given back, by size, for the next request.  It is one for each thread and
 * for the whole process, so a program turns it on for itself; a library must not. */
#pragma once

/* Has jansson take its memory from the pool, for the rest of the process.  Values that were made
 * before are given back to it as well.  Does nothing in builds that look for misuse of memory. */
void json_pool_use(void);

/* Gives back to malloc() what this thread's pool keeps. */
void json_pool_empty(void);
