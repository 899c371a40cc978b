# compiler: cache, warnings and sanitizers for our own targets. People who embed us keep their own flags.
if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(CCACHE ccache)
  if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  endif()
endif()

add_library(agent_warnings INTERFACE)
if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(agent_warnings INTERFACE
    -Wall -Wextra
    -Wshadow                # a name that hides another is misread
    -Wno-missing-field-initializers  # designated initialisers leave the rest at its default on purpose
    -Wnon-virtual-dtor
    -Woverloaded-virtual
    $<$<BOOL:${LIBAGENT_WERROR}>:-Werror>)
endif()

if(LIBAGENT_SANITIZE)
  add_compile_options(-fsanitize=${LIBAGENT_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LIBAGENT_SANITIZE})
  if(LIBAGENT_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=all)
  endif()
  if(LIBAGENT_SANITIZE MATCHES "thread")
    # TSan does not understand stand-alone fences.
    add_compile_definitions(ASIO_DISABLE_FENCED_BLOCK)
    add_compile_options(-Wno-tsan)
  endif()
endif()
