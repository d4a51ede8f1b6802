# How every target of ours is compiled.
add_library(stet_compiling INTERFACE)
target_compile_options(stet_compiling INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-qual -Wformat=2 -Wundef -Wextra-semi -Wimplicit-fallthrough
  -Wno-missing-field-initializers
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond;-Wlogical-op>
  $<$<CXX_COMPILER_ID:Clang>:-Wno-missing-braces>)
# False alarms of g++ 12 when it inlines: it holds the frame of a coroutine (its memory is Asio's) for a
# mismatched pair of new and delete, and a text put into a std::string for an overlapping copy.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(stet_compiling INTERFACE -Wno-mismatched-new-delete -Wno-restrict)
endif()
target_link_libraries(stet_compiling INTERFACE fmt::fmt)
target_compile_definitions(stet_compiling INTERFACE
  _GLIBCXX_ASSERTIONS STET_VERSION="${PROJECT_VERSION}")
if(STET_WERROR)
  target_compile_options(stet_compiling INTERFACE -Werror)
endif()
if(STET_SANITIZE)
  add_compile_options(-fsanitize=${STET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${STET_SANITIZE})
  # A third of g++'s time goes into these: a null pointer ends the program anyway, and nothing here reads
  # bytes through a wider type. The fuzz targets, built by clang, have them.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fno-sanitize=null,alignment,vptr>)
  # At -O1 it also takes the empty alternatives of a variant for uninitialised ones.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
# There are some sixty programs to link: in half the time.
find_program(STET_GOLD ld.gold)
if(STET_GOLD AND CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_link_options(-fuse-ld=gold)
endif()
if(STET_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Parsing the same headers is much of what a build does. Off by default, since it hides missing includes: dev
# and asan have it, and the other presets find those.
option(STET_PCH "Precompile the headers that nearly every file includes" OFF)
if(STET_PCH)
  set(CMAKE_PCH_WARN_INVALID OFF)
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/stet_pch.cpp CONTENT "")
  add_library(stet_pch OBJECT ${CMAKE_BINARY_DIR}/stet_pch.cpp)
  target_link_libraries(stet_pch PRIVATE stet_compiling)
  target_include_directories(stet_pch PRIVATE ${CMAKE_SOURCE_DIR}/include)
  target_precompile_headers(stet_pch PRIVATE
    <algorithm> <array> <filesystem> <map> <memory> <optional> <string> <string_view> <utility> <variant>
    <vector> <fmt/format.h>
    <stet/event_sink.hpp> <stet/event_source.hpp> <stet/json.hpp>)
endif()

# stet_precompiled(TARGET): the target uses them.
function(stet_precompiled target)
  if(STET_PCH)
    target_precompile_headers(${target} REUSE_FROM stet_pch)
  endif()
endfunction()
