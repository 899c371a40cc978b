#include "runner_status.hpp"

namespace logkit {

std::string trend_of(double before, double now) {
  if (now > before * 1.2) return "up";
  return now * 1.2 < before ? "down" : "stable";
}

void SpeedMeter::put(const std::string& name, std::uint64_t count, bool is_due, double& speed,
                     std::string& trend) {
  Speed& known = speeds_[name];
  if (is_due) {
    const double now = count > known.count ? static_cast<double>(count - known.count) / seconds_ : 0;
    known = {count, now, trend_of(known.value, now)};
  }
  speed = known.value;
  trend = known.trend;
}

void SpeedMeter::measure(RunnerStatus& status, SteadyTime now) {
  if (last_ == SteadyTime()) last_ = now - std::chrono::seconds(1);
  seconds_ = std::chrono::duration<double>(now - last_).count();
  const bool is_due = seconds_ >= 1;
  if (is_due) last_ = now;
  put("bytes", status.read_size, is_due, status.read_speed_kb, status.read_speed_trend_kb);
  put("lines", status.read_count, is_due, status.read_speed, status.read_speed_trend);
  put("reader", status.reader.success, is_due, status.reader.speed, status.reader.trend);
  put("parser", status.parser.success, is_due, status.parser.speed, status.parser.trend);
  for (auto& [name, stage] : status.transforms)
    put("transform " + name, stage.success, is_due, stage.speed, stage.trend);
  for (auto& [name, sender] : status.senders)
    put("sender " + name, sender.success, is_due, sender.speed, sender.trend);
}

}  // namespace logkit
