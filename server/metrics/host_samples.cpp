#include "metrics/host_samples.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/error.hpp"
#include "metrics/collect.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::Task;
namespace wire = agent::wire;

namespace {

// nullptr: there is none, or it is too old.
SharedReport young_report(MetricsService& reports, const std::string& id, ReportKind kind, MaxAge max_age) {
  if (!max_age) return nullptr;
  const std::optional<LastReports> last = reports.last(id);
  if (!last) return nullptr;
  const SharedReport& report = last->of(kind);
  if (!report) return nullptr;
  const auto age = report->age(agent::Clock::now(), std::chrono::system_clock::now());
  return age <= *max_age ? report : nullptr;
}

// What it says, on another thread. nullopt: it cannot be read.
template <agent::Message Content>
Task<std::optional<Content>> read_report(agent::net::Offload* pool, SharedReport report) {
  const auto read = [report = std::move(report)]() -> std::optional<Content> {
    try {
      return report->message().payload<Content>();
    } catch (const Error&) {
      return std::nullopt;
    }
  };
  std::optional<Content> content = co_await pool->run(read);
  co_return content;
}

template <class Item>
void append(std::vector<Item>& list, std::vector<Item> more) {
  list.insert(list.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// Each report has one kind of sample.
void add(wire::DynamicReply& all, wire::DynamicReply more) {
  if (all.begin.is_zero()) all.begin = more.begin;
  all.end = more.end;
  if (more.usage) all.usage = std::move(more.usage);
  append(all.processes, std::move(more.processes));
  append(all.connections, std::move(more.connections));
  append(all.temperatures, std::move(more.temperatures));
  append(all.connection_counts, std::move(more.connection_counts));
  all.processes_cut += more.processes_cut;
  all.connections_cut += more.connections_cut;
}

// Those beyond the list's bound are told by their kinds only in the counts.
void leave_kinds(wire::DynamicReply& samples, const std::vector<std::string>& kinds) {
  const auto is_other = [&kinds](const auto& entry) {
    return std::none_of(kinds.begin(), kinds.end(),
                        [&](const std::string& kind) { return is_of_kind(entry.type, kind); });
  };
  std::erase_if(samples.connections, is_other);
  std::erase_if(samples.connection_counts, is_other);
  if (samples.connections_cut == 0) return;
  std::uint64_t all = 0;
  for (const wire::ConnectionCount& entry : samples.connection_counts) all += entry.count;
  samples.connections_cut = all - std::min<std::uint64_t>(all, samples.connections.size());
}

// As the agent itself answers.
void cut(wire::DynamicReply& samples, const SampleQuery& query) {
  std::vector<wire::ProcessUsage>& processes = samples.processes;
  if (query.top > 0 && std::cmp_greater(processes.size(), query.top)) {
    std::stable_sort(processes.begin(), processes.end(),
                     [](const auto& a, const auto& b) { return a.cpu.value > b.cpu.value; });
    processes.resize(static_cast<std::size_t>(query.top));
  }
  if (!query.connections.empty()) leave_kinds(samples, query.connections);
}

bool wants(const std::vector<ReportKind>& kinds, ReportKind kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

wire::DynamicRequest request_for(const std::vector<ReportKind>& kinds, const SampleQuery& query) {
  wire::DynamicRequest request;
  for (const ReportKind kind : kinds) request.req.push_back(request_number(kind));
  if (wants(kinds, ReportKind::processes)) request.top = query.top;
  if (wants(kinds, ReportKind::connections)) request.aconns = query.connections;
  request.max_age = query.max_age.value_or(std::chrono::nanoseconds(0));
  return request;
}

}  // namespace

Task<wire::StaticReply> facts_of(SampleSources sources, std::string id, MaxAge max_age) {
  SharedReport report = young_report(*sources.reports, id, ReportKind::facts, max_age);
  if (report) {
    auto step = read_report<wire::StaticReply>(sources.pool, std::move(report));
    std::optional<wire::StaticReply> facts = co_await std::move(step);
    if (facts) co_return std::move(*facts);
  }
  const auto age = max_age.value_or(std::chrono::nanoseconds(0));
  auto call = ask_facts(sources.hub, std::move(id), age);
  wire::StaticReply facts = co_await std::move(call);
  co_return facts;
}

Task<wire::DynamicReply> samples_of(SampleSources sources, std::string id, SampleQuery query) {
  wire::DynamicReply all;
  std::vector<ReportKind> missing;
  for (const ReportKind kind : query.kinds) {
    SharedReport report = young_report(*sources.reports, id, kind, query.max_age);
    std::optional<wire::DynamicReply> samples;
    if (report) {
      auto step = read_report<wire::DynamicReply>(sources.pool, std::move(report));
      samples = co_await std::move(step);
    }
    if (samples) {
      add(all, std::move(*samples));
    } else {
      missing.push_back(kind);
    }
  }
  cut(all, query);
  if (!missing.empty()) {
    auto call = ask_samples(sources.hub, std::move(id), request_for(missing, query));
    wire::DynamicReply samples = co_await std::move(call);
    add(all, std::move(samples));
  }
  if (wants(query.kinds, ReportKind::usage) && !all.usage)
    throw Error(Errc::bad_message, "the agent's answer has no usage");
  co_return all;
}

}  // namespace server
