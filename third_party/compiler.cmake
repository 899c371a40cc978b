# compiler: cache, precompiled headers, warnings and sanitizers for our own targets. People who embed us keep
# their own flags.
if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(CCACHE ccache)
  if(CCACHE)
    # What ccache needs to know of precompiled headers; another checkout's objects are found, those with debug information,
    # too. A precompiled header has 130 MB: read for each object it would cost five times the rest of a hit.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_INODECACHE=1 ${CCACHE})
  endif()
endif()

# agent_precompiled_headers(<name> <headers...>): makes a precompiled header that targets with the same flags use by
# `target_precompile_headers(<target> REUSE_FROM <name>)`. Each source still includes what it uses: clang-tidy
# compiles without it. Does nothing for people who embed us.
option(LIBAGENT_PRECOMPILE "Compile the standard headers, fmt and Asio once" ${PROJECT_IS_TOP_LEVEL})
function(agent_precompiled_headers name)
  if(NOT LIBAGENT_PRECOMPILE)
    return()
  endif()
  set(empty ${PROJECT_BINARY_DIR}/third_party/${name}.cpp)
  file(CONFIGURE OUTPUT ${empty} CONTENT "")
  add_library(${name} OBJECT ${empty})
  target_precompile_headers(${name} PRIVATE ${ARGN})
  target_link_libraries(${name} PRIVATE agent_asio agent_fmt agent_warnings)
endfunction()

# agent_precompiled(<target> [<name>]): compiles the target with that precompiled header, default: the product's.
function(agent_precompiled target)
  set(names agent_headers ${ARGN})
  list(POP_BACK names name)
  if(TARGET ${name})
    target_precompile_headers(${target} REUSE_FROM ${name})
    # Programs are compiled as libraries are, or they could not use the same one.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # g++ 12 shows its false alarms about std::string once that comes from a precompiled header.
      target_compile_options(${target} PRIVATE -fpch-preprocess
        -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
    endif()
  endif()
endfunction()

add_library(agent_warnings INTERFACE)
if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(agent_warnings INTERFACE
    -Wall -Wextra
    -Wshadow                # a name that hides another is misread
    -Wno-missing-field-initializers  # designated initialisers leave the rest at its default on purpose
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # g++ 12 sees overlaps in "text" + std::string that are none (PR105651)
    $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>  # inlines one of the two operators of Asio's coroutine frames
    -Wnon-virtual-dtor
    -Woverloaded-virtual
    $<$<BOOL:${LIBAGENT_WERROR}>:-Werror>)
endif()

if(PROJECT_IS_TOP_LEVEL)
  add_compile_options(-ffunction-sections -fdata-sections)  # for agent_program's --gc-sections
endif()

# Functions of ours are nobody's to replace: what is compiled for libraries calls and inlines them as a program would.
if(PROJECT_IS_TOP_LEVEL AND NOT LIBAGENT_SANITIZE)
  add_compile_options(-fno-semantic-interposition)
endif()

if(LIBAGENT_SANITIZE)
  add_compile_options(-fsanitize=${LIBAGENT_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LIBAGENT_SANITIZE})
  find_program(LLD ld.lld)
  if(LLD)
    add_link_options(-fuse-ld=lld)  # sixty programs of 140 MB: a quarter of GNU ld's time
  endif()
  if(LIBAGENT_SANITIZE MATCHES "address")
    add_link_options(-no-pie)  # a million relocations at each start are nearly half of a small test's time
  endif()
  if(LIBAGENT_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=all)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
      add_compile_options(-fno-sanitize=function)  # clang 14 cannot assemble what it makes of coroutines
    endif()
  endif()
  if(LIBAGENT_SANITIZE MATCHES "thread")
    # TSan does not understand stand-alone fences.
    add_compile_definitions(ASIO_DISABLE_FENCED_BLOCK)
    add_compile_options(-Wno-tsan)
  endif()
endif()

# agent_program(<target>): links a program so that it maps little beyond its own code; people who link
# libagent into theirs decide for themselves (docs/decisions/small-programs.md).
function(agent_program target)
  if(LIBAGENT_SANITIZE OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    return()
  endif()
  if(LIBAGENT_PORTABLE)
    target_link_options(${target} PRIVATE -static-pie -Wl,--gc-sections)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "86")  # GNU ld 2.40 packs the relocations of no other processor
      target_link_options(${target} PRIVATE -Wl,-z,pack-relative-relocs)
    endif()
    target_link_libraries(${target} PRIVATE agent_without_libraries)
    return()
  endif()
  # The path of the static libm below is for the linker, not for the program.
  set_target_properties(${target} PROPERTIES OPENSSL_ON_DEMAND TRUE SKIP_BUILD_RPATH TRUE)
  target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc -Wl,--gc-sections -Wl,--as-needed)
  # The static libstdc++ makes every program load libm for functions that nobody calls; here -lm finds the static one.
  set(static_libm ${PROJECT_BINARY_DIR}/static-libm)
  file(CONFIGURE OUTPUT ${static_libm}/libm.so CONTENT "INPUT(-l:libm.a)\n")
  target_link_directories(${target} BEFORE PRIVATE ${static_libm})
endfunction()
