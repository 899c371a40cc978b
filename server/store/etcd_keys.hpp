// EtcdKeys: a store's keys as etcd has them: below a prefix that callers never see, or as they are. Pure; any
// thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "store/key_value.hpp"

namespace server::store {

class EtcdKeys {
 public:
  // Keys are "<prefix>/<key>".
  explicit EtcdKeys(std::string_view prefix) : root_(std::string(prefix) + "/"), hidden_(root_) {}
  // Keys are as they are: those that begin with "<prefix>/", and no others.
  static EtcdKeys whole(std::string_view prefix) {
    EtcdKeys keys;
    keys.root_ = std::string(prefix) + "/";
    return keys;
  }
  // Keys are as they are, all of them.
  static EtcdKeys bare() { return {}; }

  std::string outside(std::string_view key) const { return hidden_ + std::string(key); }
  KeyRange outside(const KeyRange& range) const {
    const KeyRange all = this->all();
    std::string end = range.end.empty() ? all.end : hidden_ + range.end;
    if (!all.end.empty()) end = std::min(end, all.end);
    return {std::max(hidden_ + range.begin, all.begin), std::move(end)};
  }
  KeyRange all() const { return KeyRange::prefix(root_); }
  bool has(std::string_view outer) const { return outer.starts_with(root_); }
  // The key must have the prefix: see has().
  std::string inside(std::string_view outer) const { return std::string(outer.substr(hidden_.size())); }

 private:
  EtcdKeys() = default;

  std::string root_;
  std::string hidden_;  // all of the root, or nothing
};

}  // namespace server::store
