#include "store/described_keys.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "agent/json_value.hpp"

namespace server::store {
namespace {

using agent::Errc;
using agent::Error;
using agent::json::Document;
using agent::json::Value;

std::string value_of(Value value) {
  return value.is_string() ? std::string(value.as_string()) : value.text();
}

void take(DescribedKeys& out, std::string_view key, std::string value) {
  try {
    check_key(key);
    PutOp put{std::string(key), std::move(value)};
    check(Txn{.then = {put}});
    out.puts.push_back(std::move(put));
  } catch (const Error& error) {
    throw Error(Errc::bad_message, std::string(key) + ": " + std::string(error.text()));
  }
}

// A node of etcd's v2 API, with what is below it. Its nesting is that of the text, which is bounded.
void take_node(DescribedKeys& out, Value node) {
  const Value nodes = node.find("nodes");
  for (std::size_t i = 0; i < nodes.size(); ++i) take_node(out, nodes.at(i));
  const Value value = node.find("value");
  if (!value.is_string() || (node.find("dir").is_bool() && node.find("dir").as_bool())) return;
  const std::string_view key = node.find("key").as_string();
  if (node.find("ttl").is_null()) return take(out, key, std::string(value.as_string()));
  out.left_out.emplace_back(key);
}

void take_members(DescribedKeys& out, Value root) {
  for (std::size_t i = 0; i < root.size(); ++i) {
    const auto [key, value] = root.member(i);
    if (!key.starts_with('/'))
      throw Error(Errc::bad_message,
                  "'" + std::string(key) + "' is no key: they begin with a slash; nor is it an etcd v2 dump");
    take(out, key, value_of(value));
  }
}

void check_unique(const std::vector<PutOp>& puts) {
  const auto same = std::adjacent_find(puts.begin(), puts.end(),
                                       [](const PutOp& a, const PutOp& b) { return a.key == b.key; });
  if (same != puts.end()) throw Error(Errc::bad_message, same->key + " is there twice");
}

}  // namespace

DescribedKeys read_described_keys(std::string text) {
  const Document document = Document::parse(std::move(text));
  const Value root = document.root();
  if (!root.is_object()) throw Error(Errc::bad_message, "expected an object of keys, or an etcd v2 dump");
  DescribedKeys out;
  if (root.find("node").is_object()) {
    take_node(out, root.find("node"));
  } else {
    take_members(out, root);
  }
  std::sort(out.puts.begin(), out.puts.end(), [](const PutOp& a, const PutOp& b) { return a.key < b.key; });
  check_unique(out.puts);
  return out;
}

std::vector<Txn> transactions_of(std::vector<PutOp> puts) {
  std::vector<Txn> out;
  std::size_t bytes = 0;
  for (PutOp& put : puts) {
    const std::size_t size = put.key.size() + put.value.size();
    if (out.empty() || out.back().then.size() >= kMaxOperations || bytes + size > kMaxTxn) {
      out.emplace_back();
      bytes = 0;
    }
    bytes += size;
    out.back().then.emplace_back(std::move(put));
  }
  return out;
}

}  // namespace server::store
