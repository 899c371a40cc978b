#include "store/etcd_mark.hpp"

#include <utility>

#include "agent/json_value.hpp"
#include "base/digest.hpp"

namespace server::store {

std::string encode(const EtcdMark& mark) {
  agent::json::Writer out;
  out.begin_object().key("format").integer(mark.format).key("id").string(mark.id).end_object();
  return out.take();
}

EtcdMark decode_mark(const std::string& key, std::string text) {
  EtcdMark out;
  try {
    const auto document = agent::json::Document::parse(std::move(text));
    out.format = static_cast<int>(document.root().find("format").as_int(1, 1'000'000));
    out.id = document.root().find("id").as_string();
  } catch (const agent::Error& error) {
    throw StoreError(Fault::refused, "etcd key '" + key + "' is something else's, choose another prefix: " +
                                         std::string(error.what()));
  }
  if (out.format <= kEtcdFormat) return out;
  throw StoreError(Fault::refused, "etcd key '" + key + "' has format " + std::to_string(out.format) +
                                       ", of a newer version of this program");
}

EtcdMark new_mark() { return {.id = agent::random_hex(kIdBytes)}; }

Txn write_mark(const std::string& key, const EtcdMark& mark, Revision modified) {
  Txn txn = Txn::put(key, encode(mark));
  txn.compares.push_back(modified == 0 ? Compare::absent(key) : Compare::unchanged_since(key, modified));
  return txn;
}

}  // namespace server::store
