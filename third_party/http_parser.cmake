# http_parser 2.9.4, MIT. HTTP/1.1 parsing without I/O. Why this one: docs/decisions/http-parser.md.
# Headers: http_parser.h
# May appear in: libagent/net/http.cpp
find_path(HTTP_PARSER_INCLUDE_DIR http_parser.h REQUIRED)
find_library(HTTP_PARSER_LIBRARY NAMES libhttp_parser.a http_parser REQUIRED)
add_library(agent_http_parser INTERFACE)
target_include_directories(agent_http_parser SYSTEM INTERFACE $<BUILD_INTERFACE:${HTTP_PARSER_INCLUDE_DIR}>)
target_link_libraries(agent_http_parser INTERFACE ${HTTP_PARSER_LIBRARY})
