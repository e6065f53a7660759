# The Python package: one module for Python 3.9 and later (Limited API), with the rooms in it; pyproject.toml builds it.
find_package(Python 3.9 REQUIRED COMPONENTS Interpreter Development.Module NumPy)

file(GLOB python_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/python/src/*.c)
add_library(duro_python MODULE ${python_sources})
target_include_directories(duro_python PRIVATE ${PROJECT_SOURCE_DIR}/python/src)
target_include_directories(duro_python SYSTEM PRIVATE ${Python_INCLUDE_DIRS} ${Python_NumPy_INCLUDE_DIRS})
target_compile_options(duro_python PRIVATE -Wno-pedantic) # Python keeps functions in pointers to objects
list(TRANSFORM DURO_ROOMS PREPEND duro_ OUTPUT_VARIABLE rooms)
list(REVERSE rooms) # the one that needs another comes before it
target_link_libraries(duro_python PRIVATE ${rooms})
file(CONFIGURE OUTPUT generated/python.map CONTENT "{\nglobal:\n  PyInit__duro;\nlocal:\n  *;\n};\n" @ONLY)
target_link_options(duro_python PRIVATE LINKER:--version-script=${PROJECT_BINARY_DIR}/generated/python.map)
set_target_properties(duro_python PROPERTIES OUTPUT_NAME _duro PREFIX "" SUFFIX .abi3.so
                                             LINK_DEPENDS ${PROJECT_BINARY_DIR}/generated/python.map)
install(TARGETS duro_python LIBRARY DESTINATION duro COMPONENT python)
