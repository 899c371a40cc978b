#include "core/handshake.hpp"

#include <algorithm>
#include <utility>

namespace agent::core {
namespace {

bool is_not_ours(const std::string& capability) {
  return std::find(kCapabilities.begin(), kCapabilities.end(), capability) == kCapabilities.end();
}

}  // namespace

wire::Come make_come(const Identity& identity, const HostFacts& facts, std::string ip, std::string mac) {
  wire::Come come;
  come.id = identity.id;
  come.name = identity.name;
  come.version = identity.version;
  come.ip.text = std::move(ip);
  come.mac = std::move(mac);
  come.host_name = facts.host_name;
  come.os = facts.os;
  come.platform = facts.platform;
  come.platform_version = facts.platform_version;
  come.kernel_version = facts.kernel_version;
  come.arch = facts.arch;
  come.cpu = facts.cpu;
  come.cpu_core = facts.cpu_core;
  come.memory = facts.memory;
  come.caps = kCapabilities;
  if (identity.report_spool.empty()) std::erase(come.caps, wire::kReportsCapability);
  come.instance = identity.instance;
  come.report_spool = identity.report_spool;
  return come;
}

Answer read_answer(std::string text) { return read_answer(Envelope::parse(std::move(text))); }

Answer read_answer(const Envelope& message) {
  if (message.type() != wire::Handshake::message.type) {
    throw Error(Errc::bad_message, "the server answered with a message of type " +
                                       std::to_string(message.type()) + " instead of 2");
  }
  auto handshake = message.payload<wire::Handshake>();
  Answer answer;
  answer.kind = !handshake.redirect.empty() ? Answer::Kind::redirected
                : handshake.ok              ? Answer::Kind::accepted
                                            : Answer::Kind::refused;
  answer.id = std::move(handshake.id);
  answer.reason = handshake.msg.empty() ? "no reason given" : std::move(handshake.msg);
  answer.servers = std::move(handshake.redirect);
  answer.caps = std::move(handshake.caps);
  std::erase_if(answer.caps, is_not_ours);
  if (handshake.retry_after > 0) {
    constexpr std::uint64_t kDay = 86400;  // more is not meant; keeps the arithmetic small
    answer.retry_after = std::chrono::seconds(std::min(handshake.retry_after, kDay));
  }
  return answer;
}

std::vector<std::string> redirect_targets(std::vector<std::string> servers, bool through_tls) {
  std::erase_if(servers, [](const std::string& server) { return server.empty() || server.starts_with('$'); });
  for (std::string& server : servers) {
    if (through_tls && server.find("://") == std::string::npos) server.insert(0, "wss://");
  }
  return servers;
}

}  // namespace agent::core
