# ls_embed(prelude src/lua/prelude.lua) makes the object library `prelude_data` with the bytes of a
# file: `const unsigned char prelude_text[]` and `const size_t prelude_len`.
function(ls_embed name file)
  cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} bytes HEX)
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
