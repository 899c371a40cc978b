// EtcdKeys: a store's keys as etcd has them: below a prefix that callers never see. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "store/key_value.hpp"

namespace server::store {

class EtcdKeys {
 public:
  // Keys are "<prefix>/<key>".
  explicit EtcdKeys(std::string_view prefix) : root_(std::string(prefix) + "/") {}
  // Keys are as they are.
  static EtcdKeys bare() { return EtcdKeys(); }

  std::string outside(std::string_view key) const { return root_ + std::string(key); }
  KeyRange outside(const KeyRange& range) const {
    std::string end = range.end.empty() ? KeyRange::prefix(root_).end : root_ + range.end;
    return {root_ + range.begin, std::move(end)};
  }
  KeyRange all() const { return KeyRange::prefix(root_); }
  bool has(std::string_view outer) const { return outer.starts_with(root_); }
  // The key must have the prefix: see has().
  std::string inside(std::string_view outer) const { return std::string(outer.substr(root_.size())); }

 private:
  EtcdKeys() = default;

  std::string root_;
};

}  // namespace server::store
