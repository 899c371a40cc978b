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
  std::size_t deleted = answers.empty() ? 0 : answers.back().deleted;
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

bool has_changed(const OperationOrder& order, Answers answers) {
  if (std::holds_alternative<PutOrder>(order)) return true;
  return std::holds_alternative<DeleteOrder>(order) && !answers.empty() && answers.back().deleted > 0;
}

// One of a transaction's responses.
void append_response(JsonParts& parts, const StoreDoor& door, const std::string& header,
                     const OperationOrder& order, Answers answers) {
  if (const auto* range = std::get_if<RangeOrder>(&order)) {
    parts.back().text.append("{\"response_range\":");
    append_range(parts, door, header, *range, answers.empty() ? std::vector<Item>() : answers.front().items);
  } else if (const auto* put = std::get_if<PutOrder>(&order)) {
    parts.back().text.append("{\"response_put\":");
    append_put(parts, door, header, *put, answers);
  } else {
    parts.back().text.append("{\"response_delete_range\":");
    append_delete(parts, door, header, std::get<DeleteOrder>(order), answers);
  }
  parts.back().text.append("}");
}

// What each order of the branch that was done is answered, of all answers in a row.
std::vector<Answers> split_answers(const StoreDoor& door, const std::vector<OperationOrder>& done,
                                   Answers all) {
  std::vector<Answers> out;
  for (const OperationOrder& order : done) {
    const std::size_t count = operation_count(order, !door.secrets().is_empty());
    out.push_back(all.first(count));
    all = all.subspan(count);
  }
  return out;
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

// As etcd does, a response has the revision that the store was at behind its operation.
JsonParts txn_answer(const StoreDoor& door, const TxnOrder& order, const store::TxnAnswer& answer) {
  const std::vector<OperationOrder>& done = answer.succeeded ? order.then : order.otherwise;
  const std::vector<Answers> answers = split_answers(door, done, answer.answers);
  bool has_changes = false;
  for (std::size_t i = 0; i < done.size(); ++i) has_changes = has_changes || has_changed(done[i], answers[i]);
  store::Revision revision = answer.revision - (has_changes ? 1 : 0);

  JsonParts parts(1);
  parts.back().text.append("{\"header\":").append(whole_header(door, answer.revision));
  if (answer.succeeded) parts.back().text.append(",\"succeeded\":true");
  if (!done.empty()) parts.back().text.append(",\"responses\":[");
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (has_changed(done[i], answers[i])) revision = answer.revision;
    if (i > 0) parts.back().text.append(",");
    append_response(parts, door, inner_header(revision), done[i], answers[i]);
  }
  parts.back().text.append(done.empty() ? "}" : "]}");
  return parts;
}

}  // namespace server::door
