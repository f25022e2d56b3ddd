# What is built for users: the program and the two libraries.
#
# Of the libraries only ls_ names can be seen: the shared one exports nothing else, the static one
# is a single object whose other names were made local.

set(ls_objects ${LS_MODULES})
list(TRANSFORM ls_objects REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>")
set(ls_external PkgConfig::UV PkgConfig::JANSSON PkgConfig::YAML
    PkgConfig::UTF8PROC PkgConfig::PCRE2 PkgConfig::LUA PkgConfig::SQLITE PkgConfig::HIREDIS
    PkgConfig::ZLIB PkgConfig::EXPAT PkgConfig::NETTLE Threads::Threads m)

add_executable(langserved src/app/main.c)
target_link_libraries(langserved PRIVATE ls_flags ${LS_MODULES})
# Plugins call the functions of the program that loads them.
target_link_options(langserved PRIVATE "-Wl,--export-dynamic-symbol=ls_*")

add_library(liblangserved SHARED ${ls_objects} $<TARGET_OBJECTS:llhttp>)
target_link_libraries(liblangserved PRIVATE ls_flags ${ls_external})
target_link_options(liblangserved PRIVATE
  -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/exports.map)
set_target_properties(liblangserved PROPERTIES OUTPUT_NAME langserved VERSION ${PROJECT_VERSION}
                      SOVERSION ${PROJECT_VERSION_MAJOR})
if(NOT LS_SANITIZE) # the sanitizers' own names come with the program
  target_link_options(liblangserved PRIVATE -Wl,-z,defs)
endif()

set(ls_static ${CMAKE_BINARY_DIR}/liblangserved.a)
add_custom_command(
  OUTPUT ${ls_static}
  COMMAND ${CMAKE_LINKER} -r -o langserved.o ${ls_objects} $<TARGET_OBJECTS:llhttp>
  COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=ls_* langserved.o
  COMMAND ${CMAKE_COMMAND} -E rm -f ${ls_static}
  COMMAND ${CMAKE_AR} rcs ${ls_static} langserved.o
  DEPENDS ${LS_MODULES} llhttp ${ls_objects} $<TARGET_OBJECTS:llhttp>
  COMMAND_EXPAND_LISTS VERBATIM)
add_custom_target(liblangserved_static ALL DEPENDS ${ls_static})

# Programs that use the library as outsiders do.
add_library(langserved_api INTERFACE)
target_include_directories(langserved_api INTERFACE ${CMAKE_SOURCE_DIR}/include)
target_link_libraries(langserved_api INTERFACE ${ls_static} ${ls_external})
if(LS_SANITIZE)
  target_link_options(langserved_api INTERFACE -fsanitize=${LS_SANITIZE})
endif()

include(GNUInstallDirs)
# The prefix is known when it is installed: `cmake --install build --prefix …`.
set(prefix "@CMAKE_INSTALL_PREFIX@")
configure_file(cmake/langserved.pc.in ${CMAKE_BINARY_DIR}/langserved.pc.in @ONLY)
install(CODE "configure_file(\"${CMAKE_BINARY_DIR}/langserved.pc.in\"
                             \"${CMAKE_BINARY_DIR}/langserved.pc\" @ONLY)")
install(TARGETS langserved liblangserved)
install(FILES ${ls_static} DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/langserved DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_BINARY_DIR}/langserved.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
