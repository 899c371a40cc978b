#include "agentctl/targets.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "agentctl/view.hpp"

namespace agentctl {

using agent::Errc;
using agent::Error;
using agent::Task;
using agent::json::Document;
using agent::json::Value;

namespace {

constexpr std::size_t kPage = 1000;

void add_unique(std::vector<std::string>& ids, std::set<std::string>& seen, std::string id) {
  if (seen.insert(id).second) ids.push_back(std::move(id));
}

[[noreturn]] void fail_nobody(const TargetOptions& targets) {
  throw Error(Errc::not_found, targets.where.empty()
                                   ? std::string("no agent that runs commands is connected")
                                   : fmt::format("no connected agent matches '{}'", targets.where));
}

}  // namespace

std::string where_query(const std::string& selector) {
  return selector.empty() ? "" : "&where=" + url_part(selector);
}

Task<Document> fetch_agents(ApiClient* api, std::string query) {
  agent::json::Writer all;
  all.begin_array();
  for (std::size_t page = 1;; ++page) {
    std::string path = fmt::format("/api/agents?size={}&page={}{}", kPage, page, query);
    const Answer answer = co_await api->get(std::move(path));
    const Value list = answer.payload();
    for (std::size_t i = 0; i < list.size(); ++i) all.raw(list.at(i).text());
    if (list.size() < kPage) break;
  }
  all.end_array();
  co_return Document::parse(all.take());
}

Task<std::vector<std::string>> find_targets(ApiClient* api, TargetOptions targets) {
  std::vector<std::string> ids;
  std::set<std::string> seen;
  for (const std::string& id : targets.ids) add_unique(ids, seen, id);
  if (targets.all || !targets.where.empty()) {
    const std::string query = "&type=exec-agent" + where_query(targets.where);
    const Document agents = co_await fetch_agents(api, query);
    for (std::size_t i = 0; i < agents.root().size(); ++i)
      add_unique(ids, seen, cell_text(agents.root().at(i).find("id")));
  }
  if (ids.empty()) fail_nobody(targets);
  co_return ids;
}

}  // namespace agentctl
