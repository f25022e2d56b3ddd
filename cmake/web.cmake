# The web pages: packages from npm, as web/package-lock.json pins them, in the build folder; each
# file that is served is compressed and built into the program.

find_program(LS_NPM npm REQUIRED)
find_program(LS_GZIP gzip REQUIRED)
set(ls_web ${CMAKE_BINARY_DIR}/web)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
             ${CMAKE_SOURCE_DIR}/web/package-lock.json)

set(ls_web_lock ${CMAKE_SOURCE_DIR}/web/package-lock.json)
file(SHA256 ${ls_web_lock} ls_web_wanted)
set(ls_web_stamp ${ls_web}/${ls_web_wanted}.stamp)
if(NOT EXISTS ${ls_web_stamp})
  file(REMOVE_RECURSE ${ls_web})
  file(COPY web/package.json web/package-lock.json DESTINATION ${ls_web})
  execute_process(COMMAND ${LS_NPM} ci --silent --no-audit --no-fund --ignore-scripts
                  WORKING_DIRECTORY ${ls_web} COMMAND_ERROR_IS_FATAL ANY)
  file(TOUCH ${ls_web_stamp})
endif()

# ls_embed_page(docs_js web/docs.js) embeds a file compressed; a path that begins with the name of a
# package is a file of that package.
function(ls_embed_page name file)
  set(path ${CMAKE_SOURCE_DIR}/${file})
  if(NOT EXISTS ${path})
    set(path ${ls_web}/node_modules/${file})
  endif()
  set(packed ${ls_web}/${name}.gz)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  if(NOT EXISTS ${packed} OR ${path} IS_NEWER_THAN ${packed})
    execute_process(COMMAND ${LS_GZIP} -9nc ${path} OUTPUT_FILE ${packed}
                    COMMAND_ERROR_IS_FATAL ANY)
  endif()
  ls_embed(${name} ${packed})
  set(LS_PAGES ${LS_PAGES} ${LS_EMBEDDED_${name}} PARENT_SCOPE)
endfunction()
