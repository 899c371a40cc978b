#include "host/service/stamp.hpp"

#include "agent/error.hpp"
#include "agent/json.hpp"
#include "base/digest.hpp"

namespace agent::host {
namespace {

constexpr std::string_view kMark = "# agent-service {";

std::string sum_of(std::string_view text) { return hex(Sha256::of(text)); }

}  // namespace

std::string stamp_definition(std::string_view text, ServiceStamp stamp) {
  stamp.sha256 = sum_of(text);
  return std::string(text) + "# agent-service " + json::encode(stamp) + "\n";
}

ReadDefinition read_definition(std::string_view stamped) {
  ReadDefinition out;
  const std::size_t at = stamped.rfind(kMark);
  if (at == std::string_view::npos || (at > 0 && stamped[at - 1] != '\n')) {
    out.text = stamped;
    return out;
  }
  const std::size_t end = std::min(stamped.find('\n', at), stamped.size());
  const std::string_view behind = stamped.substr(std::min(end + 1, stamped.size()));
  out.owner = DefinitionOwner::edited;
  out.text = std::string(stamped.substr(0, at)) + std::string(behind);
  try {
    const std::string_view value = stamped.substr(at + kMark.size() - 1, end - at - kMark.size() + 1);
    out.stamp = json::decode<ServiceStamp>(std::string(value));
  } catch (const Error&) {
    return out;  // somebody has edited the stamp, too
  }
  if (out.stamp.sha256 == sum_of(out.text)) out.owner = DefinitionOwner::ours;
  return out;
}

}  // namespace agent::host
