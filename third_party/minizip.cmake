# minizip 1.1, zlib licence. Zip archives of log files. Why not libarchive: docs/decisions/small-programs.md.
# Headers: minizip/*
# May appear in: libagent/host/zip_writer.cpp
find_path(MINIZIP_INCLUDE_DIR minizip/zip.h REQUIRED)
find_library(MINIZIP_LIBRARY minizip REQUIRED)
add_library(agent_minizip INTERFACE)
target_include_directories(agent_minizip SYSTEM INTERFACE $<BUILD_INTERFACE:${MINIZIP_INCLUDE_DIR}>)
target_link_libraries(agent_minizip INTERFACE ${MINIZIP_LIBRARY})
