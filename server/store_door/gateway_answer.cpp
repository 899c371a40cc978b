#include "store_door/gateway_answer.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "agent/json.hpp"

namespace server::door {
namespace {

namespace gateway = store::gateway;
using store::Item;
using store::OperationAnswer;
using Answers = std::span<const OperationAnswer>;

// An answer's header; within a transaction it has the revision only.
std::string whole_header(const StoreDoor& door, store::Revision revision) {
  agent::json::Writer out;
  gateway::write(out, door.header(revision));
  return out.take();
}

std::string inner_header(store::Revision revision) {
  agent::json::Writer out;
  gateway::write(out, gateway::Header{.revision = revision});
  return out.take();
}

// ,"kvs":[...] in one part, and what is to follow in the next. Nothing for no items.
void append_items(JsonParts& parts, std::string_view name, std::vector<Item> items, bool with_values) {
  if (items.empty()) return;
  parts.back().text.append(",\"").append(name).append("\":[");
  parts.back().items = std::move(items);
  parts.back().with_values = with_values;
  parts.push_back({.text = "]"});
}

void append_number(JsonParts& parts, std::string_view name, std::size_t number) {
  if (number == 0) return;
  parts.back().text.append(",\"").append(name).append("\":\"").append(std::to_string(number)).append("\"");
}

void append_range(JsonParts& parts, const StoreDoor& door, const std::string& header, const RangeOrder& order,
                  std::vector<Item> items) {
  door.secrets().filter(items);
  const std::size_t count = items.size();
  if (order.count_only) items.clear();
  arrange(order, items);
  const bool more = order.limit != 0 && items.size() > order.limit;
  if (more) items.resize(order.limit);
  parts.back().text.append("{\"header\":").append(header);
  append_items(parts, "kvs", std::move(items), !order.keys_only);
  if (more) parts.back().text.append(",\"more\":true");
  append_number(parts, "count", count);
  parts.back().text.append("}");
}

void append_put(JsonParts& parts, const StoreDoor& door, const std::string& header, const PutOrder& order,
                Answers answers) {
  parts.back().text.append("{\"header\":").append(header);
  if (order.with_previous) {
    std::vector<Item> before = answers.front().items;
    door.secrets().filter(before);
    if (!before.empty()) {
      agent::json::Writer out;
      gateway::write(out, *before.front());
      parts.back().text.append(",\"prev_kv\":").append(out.take());
    }
  }
  parts.back().text.append("}");
}

void append_delete(JsonParts& parts, const StoreDoor& door, const std::string& header,
                   const DeleteOrder& order, Answers answers) {
  std::size_t deleted = answers.back().deleted;
  std::vector<Item> before;
  if (answers.size() > 1) {
    before = answers.front().items;
    door.secrets().filter(before);
    deleted = before.size();
  }
  parts.back().text.append("{\"header\":").append(header);
  append_number(parts, "deleted", deleted);
  if (order.with_previous) append_items(parts, "prev_kvs", std::move(before), true);
  parts.back().text.append("}");
}

// One of a transaction's responses. Returns what is left of `answers`.
Answers append_response(JsonParts& parts, const StoreDoor& door, const std::string& header,
                        const OperationOrder& order, Answers answers) {
  const std::size_t count = operation_count(order, !door.secrets().is_empty());
  const Answers mine = answers.first(count);
  if (const auto* range = std::get_if<RangeOrder>(&order)) {
    parts.back().text.append("{\"response_range\":");
    append_range(parts, door, header, *range, mine.front().items);
  } else if (const auto* put = std::get_if<PutOrder>(&order)) {
    parts.back().text.append("{\"response_put\":");
    append_put(parts, door, header, *put, mine);
  } else {
    parts.back().text.append("{\"response_delete_range\":");
    append_delete(parts, door, header, std::get<DeleteOrder>(order), mine);
  }
  parts.back().text.append("}");
  return answers.subspan(count);
}

}  // namespace

JsonParts range_answer(const StoreDoor& door, const RangeOrder& order, store::Revision revision,
                       std::vector<Item> items) {
  JsonParts parts(1);
  append_range(parts, door, whole_header(door, revision), order, std::move(items));
  return parts;
}

JsonParts put_answer(const StoreDoor& door, const PutOrder& order, const store::TxnAnswer& answer) {
  JsonParts parts(1);
  append_put(parts, door, whole_header(door, answer.revision), order, answer.answers);
  return parts;
}

JsonParts delete_answer(const StoreDoor& door, const DeleteOrder& order, const store::TxnAnswer& answer) {
  JsonParts parts(1);
  append_delete(parts, door, whole_header(door, answer.revision), order, answer.answers);
  return parts;
}

JsonParts txn_answer(const StoreDoor& door, const TxnOrder& order, const store::TxnAnswer& answer) {
  JsonParts parts(1);
  parts.back().text.append("{\"header\":").append(whole_header(door, answer.revision));
  if (answer.succeeded) parts.back().text.append(",\"succeeded\":true");
  const std::string header = inner_header(answer.revision);
  Answers rest = answer.answers;
  std::string_view before = ",\"responses\":[";
  for (const OperationOrder& operation : answer.succeeded ? order.then : order.otherwise) {
    parts.back().text.append(std::exchange(before, ","));
    rest = append_response(parts, door, header, operation, rest);
  }
  parts.back().text.append(before == "," ? "]}" : "}");
  return parts;
}

}  // namespace server::door
