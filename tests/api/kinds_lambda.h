#pragma once

#include <langserved/langserved.h>

ls_function kinds_wrap, kinds_fail, kinds_count;
ls_async_function kinds_await;
ls_generator_function kinds_spell;
ls_transform_function kinds_echo;
