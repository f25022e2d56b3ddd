# What is built for users: the program and the two libraries.
#
# Outside of the libraries only ls_ names exist: the shared one hides all others, the static one
# is a single object whose other symbols were made local.

set(objects ${LS_MODULES})
list(TRANSFORM objects REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>")
set(external PkgConfig::UV PkgConfig::CURL PkgConfig::JANSSON PkgConfig::YAML PkgConfig::UTF8PROC
    Threads::Threads m)

add_executable(langserved ${CMAKE_SOURCE_DIR}/src/app/main.c)
target_link_libraries(langserved PRIVATE ls_flags ${LS_MODULES})
set_target_properties(langserved PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
