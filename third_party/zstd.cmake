# zstd 1.5, BSD. The data codec's "$2$", texts that the server keeps in memory, and compressed
# logs.
# Headers: zstd.h
# May appear in: libagent/base/data_codec.cpp libagent/base/zstd_text.cpp examples/logkit-agent/read/unpack_zstd.cpp examples/logkit-agent/send/zstd.cpp
find_path(ZSTD_INCLUDE_DIR zstd.h REQUIRED)
find_library(ZSTD_LIBRARY zstd REQUIRED)
add_library(agent_zstd INTERFACE)
target_include_directories(agent_zstd SYSTEM INTERFACE $<BUILD_INTERFACE:${ZSTD_INCLUDE_DIR}>)
target_link_libraries(agent_zstd INTERFACE ${ZSTD_LIBRARY})
