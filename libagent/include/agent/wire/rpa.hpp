// Robotic process automation: runs and selectors (docs/wire.md, "Messages", 60 to 74).
#pragma once

#include <cstdint>
#include <string>

#include "agent/message.hpp"

namespace agent::wire {

struct RpaRun {
  static constexpr MessageKind message{60, "rpa_run"};
  std::string url;
  bool is_debug = false;

  static void fields(auto& field) {
    field("url", &RpaRun::url, "address of the zip");
    field("is_debug", &RpaRun::is_debug, "run it for debugging", omit_empty);
  }
};

// The payload is the text itself.
struct RpaLog {
  static constexpr MessageKind message{61, "rpa_log"};
  std::string text;

  static void fields(auto&) {}
};
inline void read_json(json::Value value, RpaLog& out) { out.text = value.as_string(); }
inline void write_json(json::Writer& out, const RpaLog& log) { out.string(log.text); }

// With the tid of the run.
struct RpaControl {
  static constexpr MessageKind message{62, "rpa_ctrl_req"};
  std::int64_t status = 0;

  static void fields(auto& field) { field("status", &RpaControl::status, "0 pause, 1 stop, 2 continue"); }
};

struct RpaControlReply {
  static constexpr MessageKind message{63, "rpa_ctrl_rep"};
  bool ok = false;
  std::string msg;

  static void fields(auto& field) {
    field("ok", &RpaControlReply::ok, "whether it worked", omit_empty);
    field("msg", &RpaControlReply::msg, "why not", omit_empty);
  }
};

struct RpaFinish {
  static constexpr MessageKind message{64, "rpa_finish"};
  std::int64_t code = 0;
  std::string msg;
  std::string data;

  static void fields(auto& field) {
    field("code", &RpaFinish::code, "1 is success", omit_empty);
    field("msg", &RpaFinish::msg, "why not", omit_empty);
    field("data", &RpaFinish::data, "result", omit_empty);
  }
};

struct RpaSelect {
  static constexpr MessageKind message{70, ""};
  static void fields(auto&) {}
};

struct RpaSelectReply {
  static constexpr MessageKind message{71, "rpa_selector_rep"};
  std::int64_t code = 0;
  std::string msg;

  static void fields(auto& field) {
    field("code", &RpaSelectReply::code, "1: the selector is open", omit_empty);
    field("msg", &RpaSelectReply::msg, "why not", omit_empty);
  }
};

struct RpaSelected {
  static constexpr MessageKind message{72, "rpa_selector_result"};
  std::int64_t code = 0;
  std::string msg;
  std::string content;
  std::string image;

  static void fields(auto& field) {
    field("code", &RpaSelected::code, "1 is success", omit_empty);
    field("msg", &RpaSelected::msg, "why not", omit_empty);
    field("content", &RpaSelected::content, "XML", omit_empty);
    field("image", &RpaSelected::image, "JPEG in base64", omit_empty);
  }
};

struct RpaValidate {
  static constexpr MessageKind message{73, "rpa_selector_validate_req"};
  std::string content;

  static void fields(auto& field) { field("content", &RpaValidate::content, "XML"); }
};

struct RpaValidateReply {
  static constexpr MessageKind message{74, "rpa_selector_validate_rep"};
  bool ok = false;
  std::string msg;

  static void fields(auto& field) {
    field("ok", &RpaValidateReply::ok, "whether it is valid");
    field("msg", &RpaValidateReply::msg, "why not");
  }
};

}  // namespace agent::wire
