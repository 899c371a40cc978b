// bench-echo: text messages through our WebSocket codec and back, over one connection on loopback, both
// ends on one thread: the figure is per core. Usage: bench-echo [bytes [seconds]].
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "net/websocket_codec.hpp"

using namespace agent::net;

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Decodes all messages of one batch with `in` and encodes each again with `out`.
std::size_t echo(WebSocketCodec& codec, std::string& in, std::string& out) {
  std::span<char> left(in);
  std::size_t messages = 0;
  out.clear();
  while (!left.empty()) {
    std::optional<WebSocketFrame> frame = codec.decode(left);
    if (!frame) break;
    codec.encode_text(frame->payload, out);
    ++messages;
  }
  return messages;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t size = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 128;
  double seconds = argc > 2 ? std::strtod(argv[2], nullptr) : 2.0;
  WebSocketCodec client({.is_server = false});
  WebSocketCodec server({.is_server = true});
  std::string batch;
  std::string text(size, 'x');
  while (batch.size() < 60'000) client.encode_text(text, batch);

  std::string wire, back;
  std::size_t messages = 0;
  double start = cpu_seconds();
  double elapsed = 0;
  do {
    for (int i = 0; i < 100; ++i) {
      wire = batch;  // decoding changes it in place
      messages += echo(server, wire, back);
    }
    elapsed = cpu_seconds() - start;
  } while (elapsed < seconds);
  std::printf("echo %zu bytes: %.0f messages/s, %.3f us each (decode, validate, encode; CPU time of one core)\n", size,
              static_cast<double>(messages) / elapsed, elapsed / static_cast<double>(messages) * 1e6);
  return 0;
}
