# Every package the build needs, one file each: version, licence, why, and for the layering check
# (tests/lint/check_layers.py) `# Headers:`, the includes that are the package's, and
# `# May appear in:`, the files that may have them; `*` stands for anything, also slashes.
# Nothing of them is in this repository; debian-packages.txt and debian-test-packages.txt name the packages
# to install.
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
# A project that embeds us links libagent in its own directory: it must see what libagent links.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
find_package(Threads REQUIRED)

if(LIBAGENT_PORTABLE)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
  set(OPENSSL_USE_STATIC_LIBS TRUE)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/compiler.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/asio.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/fmt.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/rapidjson.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/websocketpp.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/http_parser.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/openssl.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/zlib.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/zstd.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/yaml-cpp.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/minizip.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/libcgroup.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/cli11.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/sqlite.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/mariadb.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/libcurl.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/re2.cmake)
if(LIBAGENT_SERVER)
  include(${CMAKE_CURRENT_LIST_DIR}/xterm.cmake)
endif()
if(LIBAGENT_TESTS)
  include(${CMAKE_CURRENT_LIST_DIR}/catch2.cmake)
endif()

# What most sources include, compiled once: the standard headers, fmt and Asio's loops, sockets and coroutines.
set(agent_common_headers
  <algorithm> <array> <atomic> <charconv> <chrono> <concepts> <cstddef> <cstdint> <cstring> <deque> <exception>
  <filesystem> <functional> <limits> <list> <map> <memory> <mutex> <optional> <set> <span> <string> <string_view>
  <system_error> <thread> <type_traits> <unordered_map> <unordered_set> <utility> <variant> <vector>
  <fmt/format.h>
  <asio/awaitable.hpp> <asio/cancellation_signal.hpp> <asio/co_spawn.hpp> <asio/detached.hpp> <asio/io_context.hpp>
  <asio/ip/tcp.hpp> <asio/post.hpp> <asio/redirect_error.hpp> <asio/steady_timer.hpp> <asio/this_coro.hpp>
  <asio/use_awaitable.hpp>)
agent_precompiled_headers(agent_headers ${agent_common_headers})
