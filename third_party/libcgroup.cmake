# libcgroup 2.0 or 0.4x, LGPL-2.1. Makes an agent's own groups of cgroup v1. Only its header is needed here: the
# library is loaded when limit.* is configured, and where it is not installed plain files do its work
# (docs/decisions/limits.md).
# Headers: libcgroup.h
# May appear in: libagent/host/limits/libcgroup_linux.cpp
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  find_path(LIBCGROUP_INCLUDE_DIR libcgroup.h REQUIRED)
  add_library(agent_libcgroup INTERFACE)
  target_include_directories(agent_libcgroup SYSTEM INTERFACE $<BUILD_INTERFACE:${LIBCGROUP_INCLUDE_DIR}>)
endif()
