/* The running timers of a loop, as a binary heap by due time. */
#pragma once

#include "loop/loop.h"

/* Puts a timer that is not running into its loop's heap; due and order are set. */
void timer_heap_insert(struct loop *loop, struct timer *timer);

/* Takes a running timer out; its index is -1 then. */
void timer_heap_remove(struct loop *loop, struct timer *timer);
