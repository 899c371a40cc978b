# yaml-cpp 0.7, MIT. YAML configuration.
# Headers: yaml-cpp/*
# May appear in: libagent/base/yaml.cpp
find_package(yaml-cpp 0.7 REQUIRED)
