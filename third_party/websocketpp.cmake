# websocketpp 0.8.2, BSD. WebSocket framing (RFC 6455) as a codec without I/O.
# Headers: websocketpp/*
# May appear in: libagent/net/websocket_codec.cpp libagent/net/deflate.hpp
#
# Its headers are copied into the build tree and edited there, for speed:
#   * libagent/net/masking.hpp unmasks eight bytes at a time instead of one (processors/hybi13.hpp);
#   * libagent/net/utf8_validator.hpp, with a fast path for ASCII, stands in for theirs.
find_path(WEBSOCKETPP_INCLUDE_DIR websocketpp/version.hpp REQUIRED)
set(_overlay ${CMAKE_BINARY_DIR}/third_party/websocketpp/include)

# Each edit must find its text: another version of the library is noticed here, not at run time.
function(_websocketpp_edit file pattern replacement)
  set(path ${_overlay}/websocketpp/${file})
  file(READ ${path} text)
  string(REGEX REPLACE "${pattern}" "${replacement}" edited "${text}")
  if(edited STREQUAL text)
    message(FATAL_ERROR "websocketpp ${file}: nothing matches '${pattern}'; is this version 0.8.2?")
  endif()
  file(WRITE ${path} "${edited}")
endfunction()

if(NOT EXISTS ${_overlay}/done)
  file(REMOVE_RECURSE ${_overlay})
  file(COPY ${WEBSOCKETPP_INCLUDE_DIR}/websocketpp DESTINATION ${_overlay})
  _websocketpp_edit(processors/hybi13.hpp "frame::byte_mask_circ\\(" "agent::net::unmask(")
  _websocketpp_edit(processors/hybi13.hpp "#include <websocketpp/frame.hpp>"
    "#include <websocketpp/frame.hpp>\n#include \"net/masking.hpp\"")
  file(WRITE ${_overlay}/websocketpp/utf8_validator.hpp "#include \"net/utf8_validator.hpp\"\n")
  file(WRITE ${_overlay}/done "")
endif()

add_library(agent_websocketpp INTERFACE)
target_include_directories(agent_websocketpp SYSTEM INTERFACE $<BUILD_INTERFACE:${_overlay}>)
target_compile_definitions(agent_websocketpp INTERFACE _WEBSOCKETPP_CPP11_STL_)
