# What is installed, in three components: program, library and development (see cmake/debian.cmake)
include(CMakePackageConfigHelpers)

# the manual page and the completions come from the program's own tables
set(pages ${PROJECT_BINARY_DIR}/generated/pages)
set(made ${pages}/duro.1.gz ${pages}/duro-recheck.1.gz ${pages}/duro ${pages}/_duro ${pages}/duro.fish)
add_custom_command(
  OUTPUT ${made}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${pages}
  COMMAND duro help --man > ${pages}/duro.1
  COMMAND gzip -9nf ${pages}/duro.1
  COMMAND gzip -9nc ${PROJECT_SOURCE_DIR}/apps/duro-recheck/duro-recheck.1 > ${pages}/duro-recheck.1.gz
  COMMAND duro help --completion bash > ${pages}/duro
  COMMAND duro help --completion zsh > ${pages}/_duro
  COMMAND duro help --completion fish > ${pages}/duro.fish
  DEPENDS duro ${PROJECT_SOURCE_DIR}/apps/duro-recheck/duro-recheck.1
  COMMENT "Making the manual page and completions"
  VERBATIM)
add_custom_target(duro_pages ALL DEPENDS ${made})
# all that is installed, without the tests
add_custom_target(duro_installed DEPENDS duro duro-recheck duro_shared duro_static duro_pages)

# a library outside the system's folders is found where it was linked
set_target_properties(duro duro_shared PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)

install(TARGETS duro duro-recheck RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
if(TARGET duro_mpi) # in no Debian package, which would need MPI
  install(TARGETS duro_mpi LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/duro COMPONENT mpi)
endif()
install(FILES ${pages}/duro.1.gz ${pages}/duro-recheck.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
install(FILES ${pages}/duro DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT program)
install(FILES ${pages}/_duro DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT program)
install(FILES ${pages}/duro.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT program)
install(DIRECTORY configs DESTINATION ${CMAKE_INSTALL_DATADIR}/duro COMPONENT program FILES_MATCHING PATTERN "*.yaml")
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DATADIR}/duro COMPONENT program)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program PATTERN site EXCLUDE)

install(TARGETS duro_shared EXPORT duroTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development)

set(cmake_folder ${CMAKE_INSTALL_LIBDIR}/cmake/duro)
install(TARGETS duro_static EXPORT duroStaticTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT duroTargets NAMESPACE duro:: DESTINATION ${cmake_folder} COMPONENT development)
install(EXPORT duroStaticTargets NAMESPACE duro:: DESTINATION ${cmake_folder} COMPONENT development)
install(FILES ${public_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/duro COMPONENT development)

# what a program that links libduro.a needs besides
set(DURO_REQUIRES_CMAKE yaml-0.1 jansson libxxhash)
list(JOIN DURO_REQUIRES_CMAKE ", " DURO_REQUIRES_PC)
list(JOIN DURO_REQUIRES_CMAKE " " DURO_REQUIRES_CMAKE)
if(DURO_MUJOCO)
  get_filename_component(DURO_MUJOCO_FOLDER ${MUJOCO_LIBRARY} DIRECTORY)
  set(DURO_PC_MUJOCO "-L${DURO_MUJOCO_FOLDER} -lmujoco ")
endif()
file(RELATIVE_PATH DURO_PC_UP /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" DURO_PC_UP "${DURO_PC_UP}")
configure_file(cmake/duro.pc.in generated/duro.pc @ONLY)
configure_package_config_file(cmake/duroConfig.cmake.in generated/duroConfig.cmake INSTALL_DESTINATION ${cmake_folder})
write_basic_package_version_file(generated/duroConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/generated/duro.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/generated/duroConfig.cmake ${PROJECT_BINARY_DIR}/generated/duroConfigVersion.cmake
        DESTINATION ${cmake_folder} COMPONENT development)
