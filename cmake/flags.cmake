# Flags that every target of ours is built with.

add_library(ls_flags INTERFACE)
target_include_directories(ls_flags INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
target_compile_definitions(ls_flags INTERFACE _GNU_SOURCE LS_VERSION="${PROJECT_VERSION}")
target_compile_options(ls_flags INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wvla -Wimplicit-fallthrough -Wundef -Wformat=2
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -Wconversion -Wno-sign-conversion>
  -fno-common -fno-strict-aliasing -g)

if(LS_SANITIZE)
  target_compile_options(ls_flags INTERFACE -fsanitize=${LS_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(ls_flags INTERFACE -fsanitize=${LS_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(ls_flags INTERFACE _FORTIFY_SOURCE=2)
  target_compile_options(ls_flags INTERFACE -fstack-protector-strong)
  target_link_options(ls_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
set(CMAKE_C_FLAGS_RELEASE "-O2")
set(CMAKE_C_FLAGS_DEBUG "-O1")

if(LS_FUZZ)
  target_compile_options(ls_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# What unit tests share beside the code they test.
add_library(ls_test_support INTERFACE)
target_compile_options(ls_test_support INTERFACE -Wno-missing-prototypes)
