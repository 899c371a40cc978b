# yaml-cpp 0.7, MIT. YAML: configurations, manifests. The static library where there is one: see fmt.cmake.
# Headers: yaml-cpp/*
# May appear in: libagent/base/yaml.cpp manifest/read_manifest.cpp
find_path(YAML_CPP_INCLUDE_DIR yaml-cpp/yaml.h REQUIRED)
find_library(YAML_CPP_LIBRARY NAMES libyaml-cpp.a yaml-cpp REQUIRED)
add_library(agent_yaml INTERFACE)
target_include_directories(agent_yaml SYSTEM INTERFACE $<BUILD_INTERFACE:${YAML_CPP_INCLUDE_DIR}>)
target_link_libraries(agent_yaml INTERFACE ${YAML_CPP_LIBRARY})
