// KeySpace: the live keys of a store, in their order. A value in memory; one thread changes it.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string_view>

#include "store/key_value.hpp"

namespace server::store {

class KeySpace {
 public:
  // Null: it is not there.
  Item find(std::string_view key) const;
  // Puts what is put, deletes what is deleted.
  void apply(const Item& item);

  // The keys of a range until `use` returns false.
  void visit(const KeyRange& range, const std::function<bool(const Item&)>& use) const;
  Snapshot snapshot(const KeyRange& range, std::size_t limit, Revision revision) const;

  std::size_t size() const { return items_.size(); }
  std::size_t bytes() const { return bytes_; }  // KeyValue::cost() of all

 private:
  struct Before {
    using is_transparent = void;
    bool operator()(const Item& a, const Item& b) const { return a->key < b->key; }
    bool operator()(const Item& a, std::string_view b) const { return a->key < b; }
    bool operator()(std::string_view a, const Item& b) const { return a < b->key; }
  };

  std::set<Item, Before> items_;
  std::size_t bytes_ = 0;
};

}  // namespace server::store
