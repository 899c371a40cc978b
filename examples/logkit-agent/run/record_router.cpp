#include "record_router.hpp"

#include <agent/json_value.hpp>

#include "batch.hpp"

namespace logkit {
namespace {

std::uint16_t sender_number(const PartOptions& options, const std::string& text, std::size_t senders) {
  if (text.empty() || text.size() > 3 || text.find_first_not_of("0123456789") != std::string::npos ||
      std::stoul(text) >= senders)
    options.fail("'" + text + "' is no sender: their numbers begin with 0, and there are " +
                 std::to_string(senders));
  return static_cast<std::uint16_t>(std::stoul(text));
}

// A JSON string in a record is a text already; other JSON is compared as it is written.
std::string_view text_of(const Value& value) { return value.text; }

}  // namespace

RecordRouter::RecordRouter(const PartOptions& options, std::size_t senders) {
  key_ = options.text("router_key_name");
  if (key_.empty()) return;
  is_contained_ = options.one_of("router_match_type", "equal", {"equal", "contains"}) == "contains";
  default_ = sender_number(options, options.text("router_default_sender", "0"), senders);
  const std::string routes = options.text("router_routes", "{}");
  const agent::json::Document document = agent::json::Document::parse(routes);
  for (std::size_t i = 0; i < document.root().size(); ++i) {
    const auto [value, sender] = document.root().member(i);
    const std::string number = sender.is_string() ? std::string(sender.as_string()) : sender.text();
    routes_.push_back({std::string(value), sender_number(options, number, senders)});
  }
}

std::uint16_t RecordRouter::route(Fields fields) const {
  if (key_.empty()) return Batch::kAllSenders;
  const Value* const value = find(fields, key_);
  if (value == nullptr) return default_;
  const std::string_view text = text_of(*value);
  for (const Route& route : routes_) {
    const bool matches =
        is_contained_ ? text.find(route.value) != std::string_view::npos : text == route.value;
    if (matches) return route.sender;
  }
  return default_;
}

}  // namespace logkit
