# libduro.so and libduro.a, from the objects of the rooms. Both show exactly what include/duro/*.h declare; the names
# are read from there, and tests/package checks the result against what a compiler sees.
set(names)
file(GLOB public_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/duro/*.h)
foreach(header ${public_headers})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
  file(READ ${header} code)
  string(REGEX REPLACE "/\\*([^*]|\\*+[^*/])*\\*+/" "" code "${code}")
  string(REPLACE ";" " " code "${code}")
  string(REGEX MATCHALL "[^a-z0-9_]duro_[a-z0-9_]+\\(|extern const [a-z_]+ duro_[a-z0-9_]+" found "${code}")
  list(TRANSFORM found REPLACE ".*(duro_[a-z0-9_]+)\\(?$" "\\1")
  list(APPEND names ${found})
endforeach()
list(REMOVE_DUPLICATES names)
list(SORT names)
list(JOIN names "\n" lines)
file(CONFIGURE OUTPUT generated/duro.names CONTENT "${lines}\n" @ONLY)
list(JOIN names ";\n  " lines)
file(CONFIGURE OUTPUT generated/duro.map
     CONTENT "DURO_${PROJECT_VERSION_MAJOR} {\nglobal:\n  ${lines};\nlocal:\n  *;\n};\n" @ONLY)

set(objects)
list(TRANSFORM DURO_ROOMS PREPEND duro_ OUTPUT_VARIABLE rooms)
foreach(part ${rooms})
  list(APPEND objects $<TARGET_OBJECTS:${part}>)
endforeach()
foreach(part ${DURO_KERNELS})
  list(APPEND objects $<TARGET_OBJECTS:duro_${part}>)
endforeach()

add_library(duro_shared SHARED ${objects})
set_target_properties(
  duro_shared PROPERTIES OUTPUT_NAME duro EXPORT_NAME duro LINKER_LANGUAGE C VERSION ${PROJECT_VERSION}
                         SOVERSION ${PROJECT_VERSION_MAJOR} LINK_DEPENDS ${PROJECT_BINARY_DIR}/generated/duro.map)
target_link_libraries(duro_shared PRIVATE PkgConfig::YAML PkgConfig::JANSSON PkgConfig::XXHASH Threads::Threads m)
target_link_options(duro_shared PRIVATE LINKER:--version-script=${PROJECT_BINARY_DIR}/generated/duro.map)
if(NOT DURO_SANITIZE) # the runtime of a sanitizer comes with the program
  target_link_options(duro_shared PRIVATE LINKER:-z,defs)
endif()

# One object in which only the public names are left, so that `play` or `learn` in a program is nobody's business. It is
# made of the rooms' archives, on which every generator can wait, not of their objects.
set(joined ${PROJECT_BINARY_DIR}/static/duro.o)
set(archives)
foreach(part ${rooms})
  list(APPEND archives $<TARGET_FILE:${part}>)
endforeach()
add_custom_command(
  OUTPUT ${joined}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/static
  COMMAND ${CMAKE_LINKER} -r -o ${joined} --whole-archive ${archives}
  COMMAND ${CMAKE_OBJCOPY} --keep-global-symbols=${PROJECT_BINARY_DIR}/generated/duro.names ${joined}
  DEPENDS ${rooms} ${PROJECT_BINARY_DIR}/generated/duro.names
  COMMENT "Joining the objects of libduro.a"
  COMMAND_EXPAND_LISTS VERBATIM)
add_library(duro_static STATIC ${joined})
set_source_files_properties(${joined} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
set_target_properties(duro_static PROPERTIES OUTPUT_NAME duro EXPORT_NAME static LINKER_LANGUAGE C)
# what a program in this build needs besides; cmake/duroConfig.cmake.in says it of an installed one
set(needs PkgConfig::YAML PkgConfig::JANSSON PkgConfig::XXHASH Threads::Threads m)
if(DURO_MUJOCO)
  list(APPEND needs ${MUJOCO_LIBRARY})
endif()
target_link_libraries(duro_static INTERFACE $<BUILD_INTERFACE:${needs}>)

# the names of an installed duro, for a project that this one is a part of
add_library(duro::duro ALIAS duro_shared)
add_library(duro::static ALIAS duro_static)
foreach(library duro_shared duro_static)
  target_include_directories(${library} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
if(DURO_MUJOCO)
  target_link_libraries(duro_shared PRIVATE ${MUJOCO_LIBRARY})
endif()
