#include "tests/bench/bench_server.hpp"

#include <csignal>
#include <utility>

namespace bench {
namespace {

constexpr std::chrono::minutes kLimit{2};  // under valgrind

}  // namespace

BenchServer::BenchServer(std::string program, std::string settings)
    : program_(std::move(program)), settings_(std::move(settings)) {
  start("127.0.0.1:0");
}

void BenchServer::stop() {
  process_->signal(SIGTERM);
  process_->wait(kLimit);
}

void BenchServer::start(const std::string& listen) {
  const std::string conf =
      dir_.write("server.conf", "id = bench\nlisten = " + listen + "\ndata_dir = " + dir_.file("data") +
                                    "\nlog_dir = " + dir_.file("logs") + "\nlog.level = warn\n" + settings_);
  process_ = std::make_unique<test::Program>(program_, test::Program::Arguments{"--conf", conf});
  address_ = process_->wait_for_rest_of("listening on ", kLimit);
}

}  // namespace bench
