# yaml-cpp 0.7, MIT. YAML configuration. May appear in libagent/base/yaml.cpp only.
find_package(yaml-cpp 0.7 REQUIRED)
