# The two ways this project declares a target; everything compiled here is compiled alike.

add_library(portrait_flags INTERFACE)
target_compile_options(portrait_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wunused -Wdouble-promotion -Wimplicit-fallthrough
  -Werror -fno-strict-aliasing -fno-semantic-interposition)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Asio fences; ThreadSanitizer does not model them and GCC says so.
  target_compile_options(portrait_flags INTERFACE -Wno-error=tsan)
endif()
# portrait_library(NAME SOURCES a.cc … DEPS b …): the static library of one folder of src/.
function(portrait_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(portrait_${name} STATIC ${ARG_SOURCES})
  target_include_directories(portrait_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(portrait_${name} PUBLIC ${ARG_DEPS} PRIVATE portrait_flags)
endfunction()

# portrait_program(NAME SOURCES a.cc … DEPS b …): a program in the root of the build folder.
function(portrait_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} portrait_flags)
  if(PORTRAIT_MIMALLOC)
    target_link_libraries(${name} PRIVATE mimalloc)  # in the place of the C library's malloc
  endif()
endfunction()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# portrait_test(NAME SOURCES a_test.cc … DEPS b … [TIMEOUT seconds]): a GoogleTest program, built by
# the target 'tests', each of its tests one test of ctest.
function(portrait_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} EXCLUDE_FROM_ALL ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gtest_main portrait_flags)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  add_dependencies(tests ${name})
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()
