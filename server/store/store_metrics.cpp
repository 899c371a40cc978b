#include "store/store_metrics.hpp"

namespace server::store {
namespace {

void gauge(agent::metrics::Exposition& out, std::string_view name, std::string_view help,
           std::uint64_t value) {
  out.family(name, "gauge", help);
  out.sample({}, value);
}

}  // namespace

void expose(const StoreFigures& figures, agent::metrics::Exposition& out) {
  gauge(out, "agent_server_store_revision", "Revision of the store",
        static_cast<std::uint64_t>(figures.revision));
  gauge(out, "agent_server_store_keys", "Keys in the store", figures.keys);
  gauge(out, "agent_server_store_bytes", "Bytes that the keys of the store take, with 192 for each",
        figures.bytes);
  gauge(out, "agent_server_store_watches", "Watches and views of the store", figures.watches);
  if (figures.leases) gauge(out, "agent_server_store_leases", "Leases of the store", *figures.leases);
  if (!figures.commits) return;
  out.family("agent_server_store_commits_total", "counter", "Commits to the file of the store");
  out.sample({}, *figures.commits);
}

}  // namespace server::store
