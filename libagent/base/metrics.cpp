#include "agent/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <variant>

#include "agent/error.hpp"
#include "base/metric_text.hpp"

namespace agent::metrics {
namespace {

template <class Metric>
constexpr std::string_view kType;
template <>
constexpr std::string_view kType<Counter> = "counter";
template <>
constexpr std::string_view kType<Gauge> = "gauge";
template <>
constexpr std::string_view kType<Histogram> = "histogram";

using AnyMetric = std::variant<Counter, Gauge, Histogram>;

struct RegisteredFamily {
  std::string_view type;
  std::string help;
  std::map<Labels, AnyMetric> series;
};

void expose_series(const Labels& labels, const AnyMetric& metric, Exposition& out) {
  struct Sampler {
    const Labels& series;
    Exposition& text;
    void operator()(const Counter& counter) const { text.sample(series, counter.value()); }
    void operator()(const Gauge& gauge) const { text.sample(series, gauge.value()); }
    void operator()(const Histogram& histogram) const { text.sample(series, histogram); }
  };
  std::visit(Sampler{labels, out}, metric);
}

void check_names(std::string_view name, const Labels& labels) {
  if (!is_metric_name(name))
    throw Error(Errc::bad_config, "metric '" + std::string(name) + "': not a valid name");
  for (const auto& [label, value] : labels) {
    if (is_label_name(label)) continue;
    throw Error(Errc::bad_config, "metric '" + std::string(name) + "': '" + label + "' is not a valid label");
  }
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)),
      buckets_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1)) {
  if (!std::is_sorted(bounds_.begin(), bounds_.end())) {
    throw Error(Errc::bad_config, "a histogram's bounds must ascend");
  }
}

void Histogram::observe(double value) {
  if (std::isnan(value)) return;  // would make the sum useless for ever
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  buckets_[static_cast<std::size_t>(bound - bounds_.begin())].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t Histogram::bucket(std::size_t index) const {
  return buckets_[index].load(std::memory_order_relaxed);
}

struct Registry::Impl {
  mutable std::mutex mutex;
  std::map<std::string, RegisteredFamily, std::less<>> families;
  std::vector<std::function<void(Exposition&)>> collectors;

  template <class Metric, class... Args>
  Metric& series(std::string_view name, std::string_view help, const Labels& labels, Args&&... args) {
    check_names(name, labels);
    const std::lock_guard lock(mutex);
    RegisteredFamily& family = families[std::string(name)];
    if (family.type.empty()) {
      family.type = kType<Metric>;
      family.help = help;
    }
    if (family.type != kType<Metric>) {
      throw Error(Errc::bad_config,
                  "metric '" + std::string(name) + "': is a " + std::string(family.type) + " already");
    }
    const auto entry =
        family.series.try_emplace(labels, std::in_place_type<Metric>, std::forward<Args>(args)...).first;
    return std::get<Metric>(entry->second);
  }
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter& Registry::counter(std::string_view name, std::string_view help, const Labels& labels) {
  return impl_->series<Counter>(name, help, labels);
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  return impl_->series<Gauge>(name, help, labels);
}

Histogram& Registry::histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                               const Labels& labels) {
  return impl_->series<Histogram>(name, help, labels, std::move(bounds));
}

void Registry::collect(std::function<void(Exposition&)> collector) {
  const std::lock_guard lock(impl_->mutex);
  impl_->collectors.push_back(std::move(collector));
}

std::string Registry::expose() const {
  Exposition out;
  std::vector<std::function<void(Exposition&)>> collectors;
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& [name, family] : impl_->families) {
      out.family(name, family.type, family.help);
      for (const auto& [labels, metric] : family.series) expose_series(labels, metric, out);
    }
    collectors = impl_->collectors;
  }
  for (const auto& collector : collectors) collector(out);  // without the lock: they may make series
  return out.take();
}

}  // namespace agent::metrics
