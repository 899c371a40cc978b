// close_socket: closes a socket that belongs to no loop.
#pragma once

#include <asio/ip/tcp.hpp>

namespace agent::net {

void close_socket(asio::ip::tcp::socket::native_handle_type socket);

}  // namespace agent::net
