// Devices that speak IPMI (docs/wire.md, "Messages", 80 to 83).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/message.hpp"
#include "agent/wire/values.hpp"

namespace agent::wire {

// Which device is asked, and how.
struct IpmiQuery {
  std::string interface;
  std::string address;
  std::string user;
  std::string password;

  static void fields(auto& field) {
    field("interface", &IpmiQuery::interface, "lan, lanplus or auto");
    field("addr", &IpmiQuery::address, "host:port");
    field("username", &IpmiQuery::user, "user");
    field("password", &IpmiQuery::password, "in clear", FieldRules{.secret = true});
  }
};

struct IpmiDeviceRequest : IpmiQuery {
  static constexpr MessageKind message{80, "ipmi_common_req"};
};

struct IpmiDeviceInfo {
  static constexpr MessageKind message{81, "ipmi_device_info"};
  bool ok = false;
  std::string msg;
  std::string oem;
  std::string firmware_version;
  std::string ipmi_version;

  static void fields(auto& field) {
    field("ok", &IpmiDeviceInfo::ok, "whether the device answered");
    field("msg", &IpmiDeviceInfo::msg, "why not", omit_empty);
    field("oem", &IpmiDeviceInfo::oem, "maker");
    field("firmware_version", &IpmiDeviceInfo::firmware_version, "version");
    field("ipmi_version", &IpmiDeviceInfo::ipmi_version, "version");
  }
};

struct IpmiSensorRequest : IpmiQuery {
  static constexpr MessageKind message{82, "ipmi_common_req"};
};

struct IpmiUnit {
  bool percent = false;
  std::string base;
  std::string op;
  std::string mod;

  static void fields(auto& field) {
    field("percent", &IpmiUnit::percent, "percent of the base unit");
    field("base", &IpmiUnit::base, "degrees C and so on");
    field("op", &IpmiUnit::op, "* or /, between base and mod", omit_empty);
    field("mod", &IpmiUnit::mod, "second unit", omit_empty);
  }
};

struct IpmiThresholds {
  std::optional<Float2> non_critical;
  std::optional<Float2> critical;
  std::optional<Float2> non_recoverable;

  static void fields(auto& field) {
    field("non_critical", &IpmiThresholds::non_critical, "absent when unknown", omit_empty);
    field("critical", &IpmiThresholds::critical, "absent when unknown", omit_empty);
    field("non_recoverable", &IpmiThresholds::non_recoverable, "absent when unknown", omit_empty);
  }
};

struct IpmiValues {
  IpmiUnit unit;
  Float2 current;
  std::optional<IpmiThresholds> lower;
  std::optional<IpmiThresholds> upper;

  static void fields(auto& field) {
    field("unit", &IpmiValues::unit, "of all values");
    field("current", &IpmiValues::current, "reading");
    field("lower", &IpmiValues::lower, "lower limits", omit_empty);
    field("upper", &IpmiValues::upper, "upper limits", omit_empty);
  }
};

struct IpmiSensor {
  std::uint16_t id = 0;
  std::uint8_t sensor = 0;
  std::string entity;
  std::string name;
  std::string type;
  bool discrete = false;
  std::optional<IpmiValues> values;

  static void fields(auto& field) {
    field("id", &IpmiSensor::id, "number of the record");
    field("sensor_id", &IpmiSensor::sensor, "number of the sensor");
    field("entity_id", &IpmiSensor::entity, "such as 7.1");
    field("name", &IpmiSensor::name, "name");
    field("type", &IpmiSensor::type, "Temperature and so on");
    field("discrete", &IpmiSensor::discrete, "has states instead of values");
    field("values", &IpmiSensor::values, "of a sensor that is not discrete", omit_empty);
  }
};

struct IpmiSensorList {
  static constexpr MessageKind message{83, "ipmi_sensor_list"};
  bool ok = false;
  std::string msg;
  std::vector<IpmiSensor> list;

  static void fields(auto& field) {
    field("ok", &IpmiSensorList::ok, "whether the device answered");
    field("msg", &IpmiSensorList::msg, "why not", omit_empty);
    field("list", &IpmiSensorList::list, "null when empty");
  }
};

}  // namespace agent::wire
