# websocketpp 0.8.2, BSD. WebSocket framing (RFC 6455) as a codec without I/O.
# Headers: websocketpp/*
# May appear in: libagent/net/websocket_codec.cpp libagent/net/deflate.hpp
#
# Its headers are copied into the build tree and edited there. For speed:
#   * libagent/net/masking.hpp unmasks eight bytes at a time instead of one (processors/hybi13.hpp);
#   * libagent/net/utf8_validator.hpp, with a fast path for ASCII, stands in for theirs.
# For RFC 6455 and 7692 (processors/hybi13.hpp; tests/net/test_websocket_rules.cpp has the cases):
#   * RSV1 on a continuation is an error;
#   * a text in fragments, too, must end with a whole character;
#   * what frames announce is judged in libagent/net/frame_limits.hpp: a continuation of nearly 2^64 bytes does not
#     wrap around the limit of a message, compressed bytes are not taken for text, and memory is set aside only up
#     to 1 MiB before it arrives.
find_path(WEBSOCKETPP_INCLUDE_DIR websocketpp/version.hpp REQUIRED)
set(_overlay ${CMAKE_BINARY_DIR}/third_party/websocketpp/include)
file(SHA256 ${CMAKE_CURRENT_LIST_FILE} _edits)  # other edits: made anew

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

if(NOT EXISTS ${_overlay}/done-${_edits})
  file(REMOVE_RECURSE ${_overlay})
  file(COPY ${WEBSOCKETPP_INCLUDE_DIR}/websocketpp DESTINATION ${_overlay})
  _websocketpp_edit(processors/hybi13.hpp "frame::byte_mask_circ\\(" "agent::net::unmask(")
  _websocketpp_edit(processors/hybi13.hpp "#include <websocketpp/frame.hpp>"
    "#include <websocketpp/frame.hpp>\n#include \"net/frame_limits.hpp\"\n#include \"net/masking.hpp\"")
  _websocketpp_edit(processors/hybi13.hpp "\\|\\| frame::opcode::is_control\\(op\\)\\)\\)"
    "|| frame::opcode::is_control(op) || !new_msg))")
  _websocketpp_edit(processors/hybi13.hpp
    "if \\(frame::get_opcode\\(m_basic_header\\) == frame::opcode::TEXT\\)"
    "if (m_current_msg->msg_ptr->get_opcode() == frame::opcode::TEXT)")
  _websocketpp_edit(processors/hybi13.hpp "if \\(m_bytes_needed > base::m_max_message_size\\)"
    "if (!agent::net::fits(m_bytes_needed, 0, frame::get_rsv1(m_basic_header), base::m_max_message_size))")
  _websocketpp_edit(processors/hybi13.hpp
    "if \\(out\\.size\\(\\) \\+ m_bytes_needed > base::m_max_message_size\\)"
    "if (!agent::net::fits(m_bytes_needed, out.size(), m_data_msg.msg_ptr->get_compressed(), base::m_max_message_size))")
  _websocketpp_edit(processors/hybi13.hpp "get_message\\(op,m_bytes_needed\\)"
    "get_message(op,agent::net::set_aside(m_bytes_needed))")
  _websocketpp_edit(processors/hybi13.hpp "out\\.reserve\\(out\\.size\\(\\) \\+ m_bytes_needed\\)"
    "out.reserve(out.size() + agent::net::set_aside(m_bytes_needed))")
  file(WRITE ${_overlay}/websocketpp/utf8_validator.hpp "#include \"net/utf8_validator.hpp\"\n")
  file(WRITE ${_overlay}/done-${_edits} "")
endif()

add_library(agent_websocketpp INTERFACE)
target_include_directories(agent_websocketpp SYSTEM INTERFACE $<BUILD_INTERFACE:${_overlay}>)
target_compile_definitions(agent_websocketpp INTERFACE _WEBSOCKETPP_CPP11_STL_)
