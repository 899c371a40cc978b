// bench-files: a file from an agent to a client and back, between the real programs, while another client
// asks the same agent for something small all the time; in streams, and in the blocks of originals.
#include <cstdio>
#include <filesystem>
#include <semaphore>
#include <stop_token>
#include <thread>

#include "net/loop.hpp"
#include "tests/bench/bench_server.hpp"
#include "tests/bench/download_file.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/samples.hpp"
#include "tests/support/extra_memory.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/tcp_socket.hpp"

namespace {

using namespace bench;
using agent::net::Clock;

Options parse(int argc, char** argv) {
  return Options(argc, argv,
                 {{"server", "build/release/bin/agent-server"},
                  {"agent", "build/release/bin/exec-agent"},
                  {"directory", "/dev/shm"},
                  {"megabytes", "1024"}});
}

constexpr std::size_t kPiece = 256 * 1024;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What a client does once, and how many bytes it moved. Throws when it failed.
using Transfer = std::uint64_t (*)(std::uint16_t port, const std::string& path, std::uint64_t size);

std::uint64_t download(std::uint16_t port, const std::string& path, std::uint64_t) {
  return download_file(port, path);
}

std::uint64_t upload(std::uint16_t port, const std::string& path, std::uint64_t size) {
  const std::string head =
      "--xyz\r\nContent-Disposition: form-data; name=\"dir\"\r\n\r\n" + path +
      "\r\n--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"up\"\r\n\r\n";
  const std::string tail = "\r\n--xyz--\r\n";
  std::string piece(kPiece, '\0');
  for (std::size_t i = 0; i < piece.size(); ++i) piece[i] = static_cast<char>(i * 2654435761u >> 13);
  test::TcpSocket socket = test::TcpSocket::connect(port);
  socket.send(
      "POST /api/file/bench/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: " +
      std::to_string(head.size() + size + tail.size()) +
      "\r\nContent-Type: multipart/form-data; boundary=xyz\r\n\r\n" + head);
  for (std::uint64_t sent = 0; sent < size; sent += kPiece) socket.send(piece);
  socket.send(tail);
  const std::string reply = socket.receive_all();
  if (reply.find("\"code\":200") == std::string::npos) throw std::runtime_error(reply);
  return size;
}

// Asks for the agent's log files, which it answers at once, every 10 ms until `stop`.
void ask(std::uint16_t port, std::stop_token stop, Samples& latency_us) {
  std::binary_semaphore stopped(0);
  std::stop_callback wake(stop, [&stopped] { stopped.release(); });
  test::HttpClient client(port);
  for (auto next = Clock::now(); !stopped.try_acquire_until(next); next += std::chrono::milliseconds(10)) {
    const auto start = Clock::now();
    client.get("/api/agents/bench/logs");
    latency_us.add(seconds_since(start) * 1e6);
  }
}

struct Programs {
  Programs(const Options& options, const std::string& settings)
      : server(options.text("server"), settings),
        port(
            static_cast<std::uint16_t>(std::stoul(server.address().substr(server.address().rfind(':') + 1)))),
        agent(options.text("agent"),
              {"--conf", dir.write("agent.conf",
                                   "id = bench\nserver = " + server.address() + "\nlog.target = stdout\n")}) {
    agent.wait_for("connected to ");
  }

  BenchServer server;
  std::uint16_t port;
  test::TempDir dir;
  test::Program agent;
};

void measure(Programs& programs, const char* what, Transfer transfer, const std::string& path,
             std::uint64_t size) {
  const test::ExtraMemory server_memory(programs.server.pid());
  const test::ExtraMemory agent_memory(programs.agent.pid());
  const Usage server = programs.server.usage();
  const Usage agent = usage_of(programs.agent.pid());
  Samples latency_us;
  std::jthread asking([&](std::stop_token stop) { ask(programs.port, stop, latency_us); });
  const auto start = Clock::now();
  const std::uint64_t bytes = transfer(programs.port, path, size);
  const double took = seconds_since(start);
  asking.request_stop();
  asking.join();
  const double megabytes = static_cast<double>(bytes) / 1e6;
  const double gib = static_cast<double>(bytes) / (1024.0 * 1024 * 1024);
  std::printf(
      "%s: %.0f MB/s; CPU per GiB: server %.2f s, agent %.2f s; extra memory at the peak: server %.1f MB, agent "
      "%.1f MB; small calls meanwhile: p50 %.2f ms, p99 %.2f ms\n",
      what, megabytes / took, (programs.server.usage().cpu_us - server.cpu_us) / 1e6 / gib,
      (usage_of(programs.agent.pid()).cpu_us - agent.cpu_us) / 1e6 / gib,
      static_cast<double>(server_memory.bytes()) / 1e6, static_cast<double>(agent_memory.bytes()) / 1e6,
      latency_us.quantile(0.5) / 1e3, latency_us.quantile(0.99) / 1e3);
}

void run(const Options& options, const char* name, const std::string& settings,
         const std::string& directory) {
  const std::uint64_t size = options.count("megabytes") * 1024 * 1024;
  Programs programs(options, settings);
  measure(programs, (std::string("upload, ") + name).c_str(), upload, directory, size);
  measure(programs, (std::string("download, ") + name).c_str(), download, directory + "/up", size);
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const Options options = parse(argc, argv);
  const std::string directory = options.text("directory") + "/bench-files-" + std::to_string(getpid());
  int result = 0;
  try {
    run(options, "streams", "cache_threshold = 100\n", directory);
    run(options, "blocks", "cache_threshold = 100\ncapabilities = none\n", directory);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench-files: %s\n", error.what());
    result = 1;
  }
  std::filesystem::remove_all(directory);
  return result;
}
