# RE2 2022-06, BSD. Expressions in the configurations of runners and in manifests: their time grows with the text and nothing else.
# Headers: re2/*
# May appear in: examples/logkit-agent/parse/text_pattern.cpp manifest/expression.cpp
find_path(RE2_INCLUDE_DIR re2/re2.h REQUIRED)
# The static one: each release of Debian has another version of the shared one, and packages are made for all of them.
find_library(RE2_STATIC_LIBRARY NAMES libre2.a re2 REQUIRED)
add_library(agent_re2 INTERFACE)
target_include_directories(agent_re2 SYSTEM INTERFACE $<BUILD_INTERFACE:${RE2_INCLUDE_DIR}>)
target_link_libraries(agent_re2 INTERFACE ${RE2_STATIC_LIBRARY})
