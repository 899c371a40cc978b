#include "core/report_spool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "agent/log.hpp"
#include "agent/wire/control.hpp"
#include "base/manual_clock.hpp"
#include "net/spawn.hpp"

namespace agent::core {
namespace {

// Every message begins with '{' (encode_message).
std::string with_number(std::string text, std::uint64_t number) {
  return text.insert(1, fmt::format("\"{}\":{},", wire::kReportNumberKey, number));
}

// What was read, and the number from which on nothing had been appended then.
struct Fetched {
  std::uint64_t end = 0;
  std::vector<SpoolRecord> records;
};

}  // namespace

ReportSpool::ReportSpool(net::Loop& loop, Sender& sender, net::Offload& offload)
    : loop_(loop), sender_(sender), offload_(offload) {
  sender_.on_spooled_written = [this](std::uint64_t number) { written(number); };
}

void ReportSpool::open(const std::string& directory, const SpoolConfig& config, metrics::Registry& registry) {
  dropped_ = &registry.counter("report_spool_dropped_total",
                               "Reports that gave way in the spool or were damaged, since it was made");
  bytes_on_disk_ = &registry.gauge("report_spool_bytes", "Bytes of the files with spooled reports");
  try {
    spool_ = std::make_unique<Spool>(SpoolOptions{.directory = directory, .size = config.size});
    next_ = spool_->first();
    count();
  } catch (const Error& error) {
    log::error("spool.dir: reports wait in memory only: {}", error.what());
  }
}

void ReportSpool::count() {
  const std::uint64_t dropped = spool_->dropped();
  if (dropped > dropped_->value()) dropped_->add(dropped - dropped_->value());
  bytes_on_disk_->set(static_cast<double>(spool_->bytes()));
}

void ReportSpool::keep_in_memory(std::string text) {
  if (spool_ && std::exchange(has_place_, false)) {
    log::error("spool: reports wait in memory only: {}", spool_->problem());
  }
  sender_.report(std::move(text));
}

void ReportSpool::add(std::string text) {
  const bool nothing_waits = spool_ && !is_fetching_ && next_ >= spool_->next();
  const std::uint64_t number = spool_ ? spool_->append(text) : 0;
  if (number == 0) return keep_in_memory(std::move(text));
  if (!std::exchange(has_place_, true)) log::info("spool: reports have a place on the disk again");
  count();
  if (has_session_ && nothing_waits && fits(text.size())) return send(number, std::move(text));
  fetch();
}

// ---- sessions

void ReportSpool::begin(bool is_numbered) {
  if (!spool_) return;
  ++session_;
  has_session_ = true;
  is_numbered_ = is_numbered;
  next_ = spool_->first();
  fetch();
}

void ReportSpool::end() {
  has_session_ = false;
  under_way_.clear();
  bytes_under_way_ = 0;
}

bool ReportSpool::fits(std::size_t bytes) const {
  const bool is_small = bytes_under_way_ + bytes <= wire::kReportBytesInFlight;
  return under_way_.empty() || (under_way_.size() < wire::kReportsInFlight && is_small);
}

void ReportSpool::send(std::uint64_t number, std::string text) {
  under_way_.push_back({number, text.size()});
  bytes_under_way_ += text.size();
  next_ = number + 1;
  sender_.spooled(number, is_numbered_ ? with_number(std::move(text), number) : std::move(text));
}

// Nobody will acknowledge it.
void ReportSpool::written(std::uint64_t number) {
  if (is_numbered_) return;
  taken(number);
}

void ReportSpool::acknowledge(std::uint64_t number) {
  if (!spool_) return;
  if (number >= next_) {
    log::warn("the server has taken report {}, which was not sent", number);
    number = next_ - 1;
  }
  taken(number);
}

void ReportSpool::taken(std::uint64_t number) {
  while (!under_way_.empty() && under_way_.front().number <= number) {
    bytes_under_way_ -= under_way_.front().bytes;
    under_way_.pop_front();
  }
  spool_->release(number);
  count();
  fetch();
}

// ---- what waits on the disk

void ReportSpool::fetch() {
  if (!has_session_ || is_fetching_ || next_ >= spool_->next() || !fits(1)) return;
  is_fetching_ = true;
  net::spawn(loop_, fetch_some(session_), "reports");
}

Task<> ReportSpool::fetch_some(std::uint64_t session) {
  const std::size_t most = wire::kReportsInFlight - under_way_.size();
  const std::size_t bytes =
      wire::kReportBytesInFlight - std::min(wire::kReportBytesInFlight, bytes_under_way_);
  Fetched fetched;
  const std::function<void()> read = [this, &fetched, from = next_, most, bytes] {
    fetched.end = spool_->next();
    fetched.records = spool_->read(from, most, bytes);
  };
  {
    const ManualClock::Busy busy;  // a test's clock stands still meanwhile
    std::function<void()> work = busy.with_time(read);
    co_await offload_.run(work);
  }
  bool goes_on = session != session_ || fetched.records.empty();
  if (session == session_ && has_session_) {
    if (fetched.records.empty()) next_ = std::max(next_, fetched.end);
    for (SpoolRecord& record : fetched.records) {
      if (!fits(record.data.size())) break;
      send(record.number, std::move(record.data));
      goes_on = true;
    }
  }
  is_fetching_ = false;
  if (goes_on) fetch();
}

}  // namespace agent::core
