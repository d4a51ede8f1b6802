# How every target of ours is compiled.
add_library(stet_compiling INTERFACE)
target_compile_options(stet_compiling INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-qual -Wformat=2 -Wundef -Wextra-semi -Wimplicit-fallthrough -Wno-missing-field-initializers
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond;-Wlogical-op>
  $<$<CXX_COMPILER_ID:Clang>:-Wno-missing-braces>)
target_compile_definitions(stet_compiling INTERFACE
  _GLIBCXX_ASSERTIONS STET_VERSION="${PROJECT_VERSION}")
if(STET_WERROR)
  target_compile_options(stet_compiling INTERFACE -Werror)
endif()
if(STET_SANITIZE)
  add_compile_options(-fsanitize=${STET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${STET_SANITIZE})
endif()
if(STET_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
