#include "temperature_reader.hpp"

#include <agent/log.hpp>
#include <functional>
#include <memory>
#include <utility>

namespace host {
namespace {

std::string read_sensor_file(const std::string& path) {
  MachineFiles files;
  return files.read_line(path.substr(1));
}

}  // namespace

// The questions of one reading. A thread that hangs keeps it.
struct TemperatureReader::Batch {
  std::function<std::string(const std::string&)> read;
  std::vector<std::string> paths;
  std::vector<std::string> texts;
};

TemperatureReader::TemperatureReader(const HostOptions& options, std::atomic<std::uint64_t>& warnings)
    : options_(options), warnings_(warnings), files_(options.root) {}

void TemperatureReader::tell(const Sensor& sensor, const std::string& text) {
  if (silent_.insert(sensor.about).second)
    agent::log::warn("sensor {} ({}) is left out: {}", sensor.name, sensor.about,
                     text.empty() ? "it does not answer" : "it says " + text);
}

std::vector<agent::wire::Temperature> TemperatureReader::read() {
  const std::lock_guard lock(mutex_);
  const std::vector<Sensor> sensors = list_sensors(files_);
  auto batch = std::make_shared<Batch>();
  batch->read = options_.read_sensor ? options_.read_sensor : read_sensor_file;
  std::vector<Probe> questions;
  for (const Sensor& sensor : sensors) {
    batch->paths.push_back(files_.path(sensor.input));
    questions.push_back({"sensor " + sensor.about, true});
  }
  batch->texts.resize(sensors.size());
  const std::vector<ProbeEnd> ends = options_.sensor_probes->run(
      questions, [batch](std::size_t number) { batch->texts[number] = batch->read(batch->paths[number]); });
  std::vector<agent::wire::Temperature> temperatures;
  for (std::size_t i = 0; i < sensors.size(); ++i) {
    const std::string text = ends[i] == ProbeEnd::answered ? batch->texts[i] : std::string();
    if (const auto degrees = parse_temperature(text)) {
      temperatures.push_back({sensors[i].name, {*degrees}});
      silent_.erase(sensors[i].about);
      continue;
    }
    if (ends[i] != ProbeEnd::resting) ++warnings_;
    tell(sensors[i], text);
  }
  return temperatures;
}

}  // namespace host
