# ls_embed(openapi src/routes/openapi.json) makes a source file with the bytes of a file, or of several
# one behind the other: `const unsigned char openapi_text[]` and `const size_t openapi_len`.
function(ls_embed name)
  foreach(file ${ARGN})
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} part HEX)
    string(APPEND bytes ${part})
  endforeach()
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  set(source ${CMAKE_BINARY_DIR}/embedded/${name}.c)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT
"#include <stddef.h>

extern const unsigned char ${name}_text[];
extern const size_t ${name}_len;
const unsigned char ${name}_text[] = {${bytes}};
const size_t ${name}_len = sizeof ${name}_text;
")
  set(LS_EMBEDDED_${name} ${source} PARENT_SCOPE)
endfunction()
