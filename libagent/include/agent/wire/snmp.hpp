// Devices that speak SNMP (docs/wire.md, "Messages", 90 and 91).
#pragma once

#include <string>
#include <vector>

#include "agent/message.hpp"

namespace agent::wire {

struct SnmpRequest {
  static constexpr MessageKind message{90, "snmp_req"};
  std::string host;
  std::string community;
  std::string oid;

  static void fields(auto& field) {
    field("host", &SnmpRequest::host, "device");
    field("community", &SnmpRequest::community, "community", FieldRules{.secret = true});
    field("oid", &SnmpRequest::oid, "where to begin", omit_empty);
  }
};

struct SnmpItem {
  std::string oid;
  std::string type;
  std::string value;

  static void fields(auto& field) {
    field("oid", &SnmpItem::oid, "object");
    field("type", &SnmpItem::type, "type of the value");
    field("value", &SnmpItem::value, "value");
  }
};

struct SnmpReply {
  static constexpr MessageKind message{91, "snmp_rep"};
  bool ok = false;
  std::string msg;
  std::vector<SnmpItem> items;

  static void fields(auto& field) {
    field("ok", &SnmpReply::ok, "whether the device answered");
    field("msg", &SnmpReply::msg, "why not", omit_empty);
    field("items", &SnmpReply::items, "objects", omit_empty);
  }
};

}  // namespace agent::wire
