# One call per folder registers everything in it: sources, unit tests, fuzz targets.
#
# ls_module(run DEPENDS loop) makes
#   - the object library `run` of every src/run/*.c but the tests,
#   - a test program per src/run/x_test.c, linked with this folder and all below it,
#   - `run_tests`, a target that builds those programs.

set(LS_MODULES "" CACHE INTERNAL "folders registered so far, low to high")

function(ls_module name)
  cmake_parse_arguments(ARG "" "" "LIBRARIES;SOURCES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.c)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.c$")
  list(FILTER tests INCLUDE REGEX "_test\\.c$")

  if(NOT sources)
    return()
  endif()
  add_library(${name} OBJECT ${sources} ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ls_flags ${ARG_LIBRARIES})
  set(below ${LS_MODULES} ${name})
  set(LS_MODULES ${below} CACHE INTERNAL "")

  if(NOT LS_TESTS)
    return()
  endif()
  add_custom_target(${name}_tests)
  foreach(test ${tests})
    get_filename_component(program ${test} NAME_WE)
    ls_unit_test(${name}_${program} ${test} ${below})
    add_dependencies(${name}_tests ${name}_${program})
  endforeach()
endfunction()

function(ls_unit_test program source)
  add_executable(${program} ${source})
  target_link_libraries(${program} PRIVATE ls_flags ls_test_support ${ARGN} PkgConfig::CMOCKA)
  add_test(NAME ${program} COMMAND ${program})
  set_tests_properties(${program} PROPERTIES LABELS unit TIMEOUT 600)
endfunction()
