#include "tests/server/store/store_model.hpp"

#include <memory>

namespace test {

using namespace server::store;

namespace {

const KeyValue* find(const std::map<std::string, KeyValue>& keys, const std::string& key) {
  const auto found = keys.find(key);
  return found == keys.end() ? nullptr : &found->second;
}

template <class T>
bool holds(Compare::Is is, const T& a, const T& b) {
  if (is == Compare::Is::equal) return a == b;
  if (is == Compare::Is::not_equal) return a != b;
  return is == Compare::Is::less ? a < b : a > b;
}

bool holds(const std::map<std::string, KeyValue>& keys, const Compare& compare) {
  const KeyValue* now = find(keys, compare.key);
  if (compare.target == Compare::Target::value)
    return now != nullptr && holds(compare.is, now->value, compare.value);
  std::int64_t number = 0;
  if (now != nullptr) {
    if (compare.target == Compare::Target::version) number = now->version;
    if (compare.target == Compare::Target::created) number = now->created;
    if (compare.target == Compare::Target::modified) number = now->modified;
  }
  return holds(compare.is, number, compare.number);
}

OperationAnswer list(const std::map<std::string, KeyValue>& keys, const GetOp& get) {
  OperationAnswer out;
  for (const auto& [key, value] : keys) {
    if (!get.range.contains(key)) continue;
    if (get.limit != 0 && out.items.size() == get.limit) {
      out.more = true;
      break;
    }
    out.items.push_back(std::make_shared<const KeyValue>(value));
  }
  return out;
}

}  // namespace

// Without the changes, which are many.
TxnAnswer StoreModel::look(const Txn& txn) const {
  StoreModel copy(revision_);
  copy.keys_ = keys_;
  return copy.apply(txn);
}

TxnAnswer StoreModel::apply(const Txn& txn) {
  TxnAnswer answer;
  answer.succeeded = true;
  for (const Compare& compare : txn.compares)
    if (!holds(keys_, compare)) answer.succeeded = false;
  const Revision revision = revision_ + 1;
  const std::size_t before = changes_.size();
  for (const Operation& operation : answer.succeeded ? txn.then : txn.otherwise) {
    OperationAnswer& out = answer.answers.emplace_back();
    if (const auto* put = std::get_if<PutOp>(&operation)) {
      KeyValue& now = keys_[put->key];
      now = {put->key, put->value, now.version == 0 ? revision : now.created, revision, now.version + 1, 0};
      changes_.push_back(now);
    } else if (const auto* get = std::get_if<GetOp>(&operation)) {
      out = list(keys_, *get);
    } else {
      const KeyRange& range = std::get<DeleteOp>(operation).range;
      for (auto key = keys_.begin(); key != keys_.end();) {
        if (!range.contains(key->first)) {
          ++key;
          continue;
        }
        changes_.push_back({key->first, {}, 0, revision, 0, 0});
        ++out.deleted;
        key = keys_.erase(key);
      }
    }
  }
  if (changes_.size() != before) revision_ = revision;
  answer.revision = revision_;
  return answer;
}

std::string text(const KeyValue& change) {
  if (change.is_deleted()) return "-" + change.key + "@" + std::to_string(change.modified);
  return change.key + "=" + change.value + "@" + std::to_string(change.created) + "." +
         std::to_string(change.modified) + "." + std::to_string(change.version);
}

std::string text(const TxnAnswer& answer) {
  std::string out = (answer.succeeded ? "then " : "else ") + std::to_string(answer.revision) + ":";
  for (const OperationAnswer& one : answer.answers) {
    out += " [";
    for (const Item& item : one.items) out += text(*item) + " ";
    if (one.more) out += "more ";
    out += "deleted " + std::to_string(one.deleted) + "]";
  }
  return out;
}

}  // namespace test
