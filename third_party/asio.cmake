# Asio 1.22 standalone (< 1.34: websocketpp and the coroutine support were checked with these),
# Boost licence. Event loops, sockets, coroutines. Public headers may include <asio/awaitable.hpp> only.
# Headers: asio.hpp asio/*
# May appear in: libagent/base/event.* libagent/base/timer.hpp libagent/net/* libagent/host/* libagent/core/* server/* libagent/include/*
find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)

# Compiled once instead of in every file that includes it.
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/third_party/asio.cpp CONTENT "#include <asio/impl/src.hpp>\n")
add_library(agent_asio STATIC ${CMAKE_CURRENT_BINARY_DIR}/third_party/asio.cpp)
target_include_directories(agent_asio SYSTEM PUBLIC $<BUILD_INTERFACE:${ASIO_INCLUDE_DIR}>)
target_compile_features(agent_asio PUBLIC cxx_std_20)
# ASIO_DISABLE_STD_ALIGNED_ALLOC: otherwise Asio asks a macro of libstdc++, which is there only when a header of
# it came first: one file would take memory from malloc that another gives to operator delete.
target_compile_definitions(agent_asio PUBLIC
  ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_SEPARATE_COMPILATION ASIO_DISABLE_STD_ALIGNED_ALLOC)
target_link_libraries(agent_asio PUBLIC Threads::Threads)
