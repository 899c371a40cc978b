#include "sensors.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "text_scan.hpp"

namespace host {
namespace {

constexpr double kColdest = -100;
constexpr double kHottest = 200;

struct Found {
  Sensor sensor;
  std::string address;  // of its device
  std::string number;   // "temp2" of its device
};

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

// "Core 0" -> "core_0"
std::string word_of(std::string_view label) {
  std::string word;
  for (const char letter : label) {
    const bool upper = letter >= 'A' && letter <= 'Z';
    const bool blank = letter == ' ' || letter == '\t';
    word.push_back(blank ? '_' : upper ? static_cast<char>(letter - 'A' + 'a') : letter);
  }
  return word;
}

// "temp2" of "temp2_input"; "" for another file.
std::string number_of(std::string_view file) {
  constexpr std::string_view kBegin = "temp";
  constexpr std::string_view kEnd = "_input";
  if (!file.starts_with(kBegin) || !file.ends_with(kEnd) || file.size() <= kBegin.size() + kEnd.size())
    return {};
  const std::string_view number = file.substr(0, file.size() - kEnd.size());
  return std::all_of(number.begin() + kBegin.size(), number.end(), is_digit) ? std::string(number)
                                                                             : std::string();
}

// A device in a low-power state would be woken.
bool sleeps(const std::string& device, MachineFiles& files) {
  for (const char* of : {"", "/device"})
    if (files.read_line(device + of + "/power/runtime_status") == "suspended") return true;
  return false;
}

bool turns(const std::string& device, MachineFiles& files) {
  for (const std::string& disk : files.list(device + "/block"))
    if (files.read_line(device + "/block/" + disk + "/queue/rotational") != "0") return true;
  return false;
}

void add_inputs(const std::string& directory, const std::string& chip, MachineFiles& files,
                std::vector<Found>& found) {
  const std::string whole = files.resolved(directory);
  for (const std::string& file : files.list(directory)) {
    const std::string number = number_of(file);
    const std::string base = directory + "/" + number;
    if (number.empty() || files.read_line(base + "_fault") == "1" || files.read_line(base + "_enable") == "0")
      continue;
    const std::string label = files.read_line(base + "_label");
    Found next;
    next.sensor.name = label.empty() ? chip : chip + "_" + word_of(label);
    next.sensor.input = directory + "/" + file;
    next.sensor.about = whole + "/" + file;
    next.address = stable_address(whole);
    next.number = number;
    found.push_back(std::move(next));
  }
}

std::vector<Found> find_hwmon(MachineFiles& files) {
  std::vector<Found> found;
  for (const std::string& chip : files.list("sys/class/hwmon")) {
    const std::string directory = "sys/class/hwmon/" + chip;
    const std::string device = directory + "/device";
    if (sleeps(device, files)) continue;
    std::string name = files.read_line(directory + "/name");
    const bool old = name.empty();  // before 3.14 some drivers had all files at the device
    if (old) name = files.read_line(device + "/name");
    if (name.empty()) name = chip;
    if (name == "drivetemp" && turns(device, files)) continue;
    add_inputs(old ? device : directory, word_of(name), files, found);
  }
  return found;
}

std::vector<Found> find_zones(MachineFiles& files) {
  std::vector<Found> found;
  for (const std::string& zone : files.list("sys/class/thermal")) {
    if (!zone.starts_with("thermal_zone")) continue;
    const std::string directory = "sys/class/thermal/" + zone;
    const std::string type = files.read_line(directory + "/type");
    const std::string firmware = files.read_line(directory + "/device/path");  // of ACPI: "\_TZ_.THRM"
    Found next;
    next.sensor.name = type.empty() ? zone : word_of(type);
    next.sensor.input = directory + "/temp";
    next.sensor.about = files.resolved(directory) + "/temp";
    next.address = firmware.empty() ? zone.substr(std::string_view("thermal_").size()) : firmware;
    found.push_back(std::move(next));
  }
  return found;
}

using Names = std::map<std::string, std::size_t>;

Names count_names(const std::vector<Found>& found) {
  Names names;
  for (const Found& one : found) ++names[one.sensor.name];
  return names;
}

void tell_apart(std::vector<Found>& found) {
  Names names = count_names(found);
  Names devices;
  for (const Found& one : found) ++devices[one.sensor.name + "_" + one.address];
  for (Found& one : found) {
    const std::size_t alike = names[one.sensor.name];
    const std::size_t of_device = devices[one.sensor.name + "_" + one.address];
    if (alike > of_device) one.sensor.name += "_" + one.address;
    if (of_device > 1) one.sensor.name += "_" + one.number;
  }
}

// Names with a colon, a dot or a dash say where on a bus something is; "hwmon3" and "nvme0" say when it came.
bool is_address(std::string_view part) {
  const bool parted =
      part.find_first_of(":.") != part.npos || (part.find('-') != part.npos && is_digit(part[0]));
  return parted && part.find_first_of("0123456789") != part.npos && !part.starts_with("pci");
}

// "0-0018": the number of the bus may be another one next time.
bool is_i2c(std::string_view part) {
  const std::size_t dash = part.find('-');
  return dash != part.npos && dash > 0 && part.size() == dash + 5 &&
         std::all_of(part.begin(), part.begin() + dash, is_digit);
}

}  // namespace

std::string stable_address(std::string_view path) {
  std::string address;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(end);
    if (is_i2c(part)) {
      address = address.empty() ? std::string(part.substr(part.find('-') + 1))
                                : address.append("_").append(part.substr(part.find('-') + 1));
    } else if (is_address(part)) {
      address = part;
    }
  }
  return address;
}

std::optional<double> parse_temperature(std::string_view text) {
  text = stripped(text);
  std::int64_t thousandths = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), thousandths);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  const double degrees = static_cast<double>(thousandths) / 1000;
  if (degrees < kColdest || degrees > kHottest) return std::nullopt;
  return degrees;
}

std::vector<Sensor> list_sensors(MachineFiles& files) {
  std::vector<Found> found = find_hwmon(files);
  if (found.empty()) found = find_zones(files);
  tell_apart(found);
  std::vector<Sensor> sensors;
  for (Found& one : found) sensors.push_back(std::move(one.sensor));
  return sensors;
}

}  // namespace host
