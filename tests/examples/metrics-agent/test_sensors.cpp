#include "examples/metrics-agent/host/sensors.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "examples/metrics-agent/host/temperature_reader.hpp"
#include "tests/examples/metrics-agent/captured_tree.hpp"

using namespace host;
using namespace std::chrono_literals;
using metrics_test::CapturedTree;

namespace {

using Words = std::vector<std::string>;

Words names_of(const std::vector<Sensor>& sensors) {
  Words names;
  for (const Sensor& sensor : sensors) names.push_back(sensor.name);
  return names;
}

Words sensors_of(const CapturedTree& tree) {
  MachineFiles files(tree.root());
  return names_of(list_sensors(files));
}

struct Reading {
  std::atomic<std::uint64_t> warnings = 0;
  HostOptions options;

  explicit Reading(const CapturedTree& tree) { options.root = tree.root(); }
  std::vector<agent::wire::Temperature> read() { return TemperatureReader(options, warnings).read(); }
};

}  // namespace

TEST_CASE("Sensors have the name of their chip and their label", "[metrics][sensors]") {
  const Words names = sensors_of(CapturedTree("sensors_amd"));
  CHECK(std::count(names.begin(), names.end(), "k10temp_tctl") == 1);
}

TEST_CASE("Two sensors of one name are told apart by where they are", "[metrics][sensors]") {
  CapturedTree tree("sensors_amd");
  const Words names = sensors_of(tree);
  CHECK(names == Words{"nvme_composite_0000:03:00.0", "nvme_composite_0000:02:00.0", "k10temp_tctl",
                       "drivetemp", "nct6775_cpu_temp_temp1", "nct6775_cpu_temp_temp2", "nct6775"});
  // After a reboot the drivers have come up the other way round.
  std::filesystem::remove(tree.root() / "sys/class/hwmon/hwmon0");
  std::filesystem::remove(tree.root() / "sys/class/hwmon/hwmon1");
  tree.link("sys/class/hwmon/hwmon1", "../../devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0/hwmon0");
  tree.link("sys/class/hwmon/hwmon0", "../../devices/pci0000:00/0000:00:1c.0/0000:02:00.0/nvme/nvme1/hwmon1");
  Words again = sensors_of(tree);
  std::swap(again[0], again[1]);
  CHECK(again == names);
}

TEST_CASE("The address of a device is the part that does not depend on the order of drivers",
          "[metrics][sensors]") {
  CHECK(stable_address("/sys/devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0/hwmon3") ==
        "0000:03:00.0");
  CHECK(stable_address("/sys/devices/platform/coretemp.1/hwmon/hwmon7") == "coretemp.1");
  CHECK(stable_address("/sys/devices/pci0000:00/0000:00:1f.4/i2c-3/3-0050/hwmon/hwmon2") ==
        "0000:00:1f.4_0050");
  CHECK(stable_address("/sys/devices/virtual/hwmon/hwmon0").empty());
  CHECK(stable_address("").empty());
}

TEST_CASE("No sensor of a device that sleeps, or of a disk that turns, is asked", "[metrics][sensors]") {
  CapturedTree tree("sensors_amd");
  MachineFiles files(tree.root());
  for (const Sensor& sensor : list_sensors(files)) {
    CHECK(sensor.name.find("amdgpu") == std::string::npos);
    CHECK(sensor.about.find("ata1") == std::string::npos);
  }
}

TEST_CASE("Thermal zones are for machines without hwmon", "[metrics][sensors]") {
  CapturedTree tree("arm64");
  CHECK(sensors_of(tree) == Words{"cpu-thermal"});
  Reading reading(tree);
  const auto temperatures = reading.read();
  REQUIRE(temperatures.size() == 1);
  CHECK(temperatures[0].celsius.value == Approx(48.312));
  tree.write("sys/class/thermal/thermal_zone1/type", "cpu-thermal\n")
      .write("sys/class/thermal/thermal_zone1/temp", "1\n");
  CHECK(sensors_of(tree) == Words{"cpu-thermal_zone0", "cpu-thermal_zone1"});
  CHECK(sensors_of(CapturedTree("el6")).empty());
}

TEST_CASE("Chips of old kernels have their files at the device", "[metrics][sensors]") {
  CapturedTree tree("el6");
  tree.write("sys/class/hwmon/hwmon0/device/name", "coretemp\n");
  tree.write("sys/class/hwmon/hwmon0/device/temp1_input", "40000\n");
  CHECK(sensors_of(tree) == Words{"coretemp"});
}

TEST_CASE("Only temperatures that a machine survives are temperatures", "[metrics][sensors]") {
  CHECK(parse_temperature("45125\n") == 45.125);
  CHECK(parse_temperature("-5000") == -5.0);
  CHECK(parse_temperature("0") == 0.0);
  for (const char* text : {"", "x", "-128000", "255500", "9999999999999999999", "45 C", "nan", "\xff"}) {
    INFO(text);
    CHECK_FALSE(parse_temperature(text));
  }
}

TEST_CASE("A sensor that errs costs only itself", "[metrics][sensors]") {
  CapturedTree tree("sensors_amd");
  Reading reading(tree);
  const auto temperatures = reading.read();
  CHECK(temperatures.size() == 6);  // without the one that says -128
  CHECK(reading.warnings == 1);
}

TEST_CASE("A sensor that hangs costs only itself", "[metrics][sensors]") {
  struct Lock {
    std::mutex mutex;
    std::condition_variable change;
    bool open = false;
  };
  auto lock = std::make_shared<Lock>();
  CapturedTree tree("sensors_amd");
  Reading reading(tree);
  reading.options.sensor_probes = std::make_shared<Probes>(ProbeTimes{1500ms, 5ms, 60s, 60s});
  reading.options.read_sensor = [lock](const std::string& path) -> std::string {
    std::unique_lock held(lock->mutex);
    if (path.find("hwmon2/") != path.npos) lock->change.wait(held, [&] { return lock->open; });
    return "30000";
  };
  const auto temperatures = reading.read();
  CHECK(temperatures.size() == 6);
  CHECK(reading.warnings == 1);
  CHECK(reading.options.sensor_probes->hanging() == 1);
  const std::lock_guard held(lock->mutex);
  lock->open = true;
  lock->change.notify_all();
}
