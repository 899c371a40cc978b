// Metrics: counters, gauges and histograms, exposed in Prometheus' text format 0.0.4.
//
//   agent::metrics::Counter& jobs = registry.counter("jobs_total", "Jobs that were done");
//   jobs.add();
//
// A series is a name with a set of labels. Creating one takes a lock and looks it up by its text, so it is
// done once and the reference is kept; changing it is one atomic operation. All of it may be done on any
// thread. References stay valid as long as the Registry. Names follow Prometheus' rules: base units (seconds,
// bytes), counters end in
// `_total`.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::metrics {

// Counter: how often something has happened since the program started. It never decreases; 64 bits.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Gauge: a value that goes up and down, such as what is running or how many bytes are held.
class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  void add(double delta) { value_.fetch_add(delta, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// Histogram: how many observations fell below each bound, for durations and sizes. An observation changes its
// bucket and the sum in two steps; a scrape between them sees one without the other.
class Histogram {
 public:
  // `bounds`: upper bounds, inclusive and ascending; the bucket +Inf is added.
  explicit Histogram(std::vector<double> bounds);
  void observe(double value);

  const std::vector<double>& bounds() const { return bounds_; }
  std::uint64_t bucket(std::size_t index) const;  // not cumulative; bounds().size() is +Inf
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::vector<double> bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> buckets_;
  std::atomic<double> sum_{0};
};

// Names and values, in the order in which they are shown. The same set in another order is another series.
using Labels = std::vector<std::pair<std::string, std::string>>;

// Exposition: builds the text. For collectors, which state their series at each scrape, so that the
// series of what is gone disappear. One thread at a time.
class Exposition {
 public:
  // Starts a family, or goes on with one of that name that was started before (its type and help stay).
  // `type` is "counter", "gauge" or "histogram".
  void family(std::string_view name, std::string_view type, std::string_view help);
  // One sample of the family that was started last. A name that Prometheus does not accept is our own
  // mistake: names come from the code, values of labels may be any text.
  void sample(std::initializer_list<std::pair<std::string_view, std::string_view>> labels, double value);
  void sample(std::initializer_list<std::pair<std::string_view, std::string_view>> labels,
              std::uint64_t value);
  void sample(const Labels& labels, double value);
  void sample(const Labels& labels, std::uint64_t value);
  // Buckets, sum and count.
  void sample(const Labels& labels, const Histogram& histogram);
  // Lines of the family that are text of the format already, each with its line end. Not checked.
  void lines(std::string_view text);

  // The text, families in the order in which they were started; the exposition is empty afterwards.
  std::string take();

 private:
  struct Family {
    std::string name;
    std::string type;
    std::string help;
    std::string samples;
  };
  void line(std::string_view suffix, std::string_view labels, std::string_view value);

  std::vector<Family> families_;
  std::size_t current_ = 0;
};

// Registry: the series of one program, and what adds to them at each scrape. Any thread.
class Registry {
 public:
  Registry();
  ~Registry();

  // The series of that name and labels, made at the first call. Throws Errc::bad_config for a name
  // that Prometheus does not accept or one that is in use with another type.
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                       const Labels& labels = {});

  // `collector` is called at every scrape, on the thread that scrapes, in the order in which they were added.
  // A series that it makes is shown from the next scrape on.
  void collect(std::function<void(Exposition&)> collector);

  // All series as text, one family after the other. A collector may add to a family of the registry.
  std::string expose() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agent::metrics
