# cpack -G DEB: duro (program), libduro0 (library) and libduro-dev (headers, static library, package files).
# tools/make-package configures for /usr, so that files lie where Debian wants them.
set(soname libduro${PROJECT_VERSION_MAJOR})

# every package has its licence and its list of changes; neither belongs to a plain installation
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(changelog ${PROJECT_BINARY_DIR}/generated/changelog.Debian)
file(CONFIGURE OUTPUT ${changelog} CONTENT "duro (${PROJECT_VERSION}-1) unstable; urgency=medium

  * Built from the source; CHANGELOG.md says what is new.

 -- The duro authors <duro@localhost>  ${now}
" @ONLY)
execute_process(COMMAND gzip -9nkf ${changelog})
foreach(pair program:duro library:${soname} development:libduro-dev)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 component)
  list(GET pair 1 package)
  set(folder ${CMAKE_INSTALL_DATAROOTDIR}/doc/${package})
  install(FILES LICENSE DESTINATION ${folder} RENAME copyright COMPONENT ${component} EXCLUDE_FROM_ALL)
  install(FILES ${changelog}.gz DESTINATION ${folder} COMPONENT ${component} EXCLUDE_FROM_ALL)
  string(TOUPPER ${component} component)
  set(CPACK_DEBIAN_${component}_PACKAGE_NAME ${package})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME duro)
set(CPACK_PACKAGE_CONTACT "The duro authors <duro@localhost>")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_COMPONENTS_ALL program library development)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                                                WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(about "duro trains policies that keep a constraint at every step against the\nworst disturbance, attacks them \
and reports what held. Results are a\nfunction of configuration and seed, bit by bit.")
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "safe and robust reinforcement learning, command line\n${about}")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "safe and robust reinforcement learning, library\n${about}")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "safe and robust reinforcement learning, headers\n${about}")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "gnuplot-nox, libegl1, libgl1-mesa-dri")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "libsdl2-2.0-0, ffmpeg")
file(WRITE ${PROJECT_BINARY_DIR}/generated/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/generated/triggers)
# the packages beside the library are for programs that link libduro.a
set(needs "${soname} (= ${PROJECT_VERSION}-1), libyaml-dev, libjansson-dev, libxxhash-dev")
if(DURO_MUJOCO)
  string(APPEND needs ", libmujoco-dev")
endif()
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ${needs})
include(CPack)
