# RapidJSON 1.1 (Debian's later snapshot), MIT. JSON.
# Headers: rapidjson/*
# May appear in: libagent/base/json.cpp
find_path(RAPIDJSON_INCLUDE_DIR rapidjson/rapidjson.h REQUIRED)
add_library(agent_rapidjson INTERFACE)
target_include_directories(agent_rapidjson SYSTEM INTERFACE $<BUILD_INTERFACE:${RAPIDJSON_INCLUDE_DIR}>)
