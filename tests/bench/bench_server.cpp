#include "tests/bench/bench_server.hpp"

namespace bench {

BenchServer::BenchServer(std::string program, const std::string& settings)
    : program_(std::move(program)), settings_(settings) {
  std::vector<std::string> command{program_, "--conf", write_conf("127.0.0.1:0")};
  child_ = std::make_unique<Child>(command, "listening on ");
  address_ = child_->ready_text();
}

void BenchServer::restart() {
  std::vector<std::string> command{program_, "--conf", write_conf(address_)};
  child_ = std::make_unique<Child>(command, "listening on ");
}

std::string BenchServer::write_conf(const std::string& listen) const {
  return dir_.write("server.conf", "id = bench\nlisten = " + listen + "\ndata_dir = " + dir_.file("data") +
                                       "\nlog_dir = " + dir_.file("logs") + "\nlog.level = warn\n" +
                                       settings_);
}

}  // namespace bench
