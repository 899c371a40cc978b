#include <unistd.h>

#include "net/close_socket.hpp"

namespace agent::net {

void close_socket(asio::ip::tcp::socket::native_handle_type socket) { ::close(socket); }

}  // namespace agent::net
