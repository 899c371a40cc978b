#include "tests/support/node_exporter.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "tests/support/tcp_socket.hpp"

namespace test {
namespace {

constexpr const char* kPath = "/usr/bin/prometheus-node-exporter";

std::vector<std::string> on_a_free_port(std::vector<std::string> arguments) {
  arguments.emplace_back("--web.listen-address=127.0.0.1:0");
  return arguments;
}

}  // namespace

Scrape::Scrape(std::string_view text) {
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    const std::size_t space = line.rfind(' ');
    if (line.empty() || line.front() == '#' || space == line.npos) continue;
    const std::size_t name_end = std::min(line.find('{'), space);
    series_.emplace(line.substr(0, name_end),
                    std::pair(line.substr(name_end, space - name_end), std::stod(line.substr(space))));
  }
}

std::optional<double> Scrape::find(std::string_view name, std::string_view label) const {
  const auto [begin, end] = series_.equal_range(name);
  for (auto at = begin; at != end; ++at)
    if (at->second.first.find(label) != std::string::npos) return at->second.second;
  return std::nullopt;
}

double Scrape::sum(std::string_view name, std::string_view label, std::string_view not_label) const {
  double sum = 0;
  const auto [begin, end] = series_.equal_range(name);
  for (auto at = begin; at != end; ++at) {
    const std::string& labels = at->second.first;
    const bool is_excluded = !not_label.empty() && labels.find(not_label) != labels.npos;
    if (labels.find(label) != labels.npos && !is_excluded) sum += at->second.second;
  }
  return sum;
}

bool NodeExporter::is_installed() { return std::filesystem::exists(kPath); }

NodeExporter::NodeExporter(const std::vector<std::string>& arguments)
    : program_(kPath, on_a_free_port(arguments)),
      port_(static_cast<std::uint16_t>(
          std::stoi(program_.wait_for_rest_of("msg=\"Listening on\" address=127.0.0.1:")))) {}

std::string NodeExporter::get() {
  TcpSocket socket = TcpSocket::connect(port_);
  socket.send("GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n");
  const std::string answer = socket.receive_all();
  const std::size_t head = answer.find("\r\n\r\n");
  if (answer.find(" 200 ") > answer.find('\n') || head == answer.npos)
    throw std::runtime_error("node_exporter: " + answer.substr(0, 200));
  return answer.substr(head + 4);
}

}  // namespace test
