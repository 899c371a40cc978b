#include "examples/logkit-agent/read/stream_source.hpp"

#include <agent/error.hpp>
#include <catch2/catch.hpp>

#include "stream_scene.hpp"

using namespace logkit;
using Kind = StreamAddress::Kind;

namespace {

StreamSource socket(const std::string& address, const std::string& more = "", bool is_syslog = false) {
  return test::stream_source(R"("mode": "socket", "socket_service_address": ")" + address + "\"" + more,
                             is_syslog);
}

std::string why(const std::string& address, const std::string& more = "") {
  try {
    socket(address, more);
  } catch (const agent::Error& error) {
    return error.what();
  }
  return {};
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("Addresses of sockets are read as logkit writes them", "[examples]") {
  const StreamAddress tcp = parse_stream_address("tcp://0.0.0.0:514");
  CHECK(tcp.kind == Kind::tcp);
  CHECK(tcp.host == "0.0.0.0");
  CHECK(tcp.port == 514);
  CHECK(to_text(parse_stream_address("udp6://[2001:db8::1]:3110")) == "udp://[2001:db8::1]:3110");
  CHECK(to_text(parse_stream_address("tcp://localhost:1")) == "tcp://127.0.0.1:1");
  CHECK(parse_stream_address("unix:///run/a.sock").path == "/run/a.sock");
  CHECK(to_text(parse_stream_address("unixgram:///run/a.sock")) == "unixgram:///run/a.sock");
  CHECK(parse_stream_address("unixgram:///run/a.sock").kind == Kind::unix_datagram);
}

TEST_CASE("A socket without a host is for this machine only and says so", "[examples]") {
  for (const auto& [address, name] :
       {std::pair{"tcp://:514", "tcp://127.0.0.1:514"}, std::pair{"udp6://:514", "udp://[::1]:514"}}) {
    const StreamSource source = socket(address);
    CHECK(source.name == name);
    REQUIRE(source.warnings.size() == 1);
    CHECK(has(source.warnings.front(), "only this machine can send"));
  }
  CHECK(socket("tcp://0.0.0.0:514").warnings.empty());
}

TEST_CASE("Addresses that cannot be are refused with the reason", "[examples]") {
  CHECK(has(why(""), "socket_service_address is missing"));
  CHECK(has(why("127.0.0.1:514"), "is no address such as tcp://127.0.0.1:5140"));
  CHECK(has(why("http://127.0.0.1:514"), "known are tcp, tcp4"));
  CHECK(has(why("tcp://127.0.0.1"), "has no port"));
  CHECK(has(why("tcp://[::1]"), "has no port"));
  CHECK(has(why("tcp://127.0.0.1:70000"), "has no port from 0 to 65535"));
  CHECK(has(why("tcp://example.com:514"), "has no numeric address"));
  CHECK(has(why("tcp4://[::1]:514"), "has an address of IPv6"));
  CHECK(has(why("unix://run/a.sock"), "has no absolute path"));
  CHECK(has(why("unix:///" + std::string(200, 'a')), "has a path of more than 107 bytes"));
}

TEST_CASE("How messages are told apart depends on the option and the kind of socket", "[examples]") {
  CHECK(socket("tcp://:1").framing == Framing::line);
  CHECK(socket("udp://:1").framing == Framing::packet);
  CHECK(socket("tcp://:1", "", true).framing == Framing::syslog);
  CHECK(socket("tcp://:1", R"(, "socket_rule": "line")", true).framing == Framing::line);
  CHECK(socket("tcp://:1", R"(, "socket_rule": "packet")").framing == Framing::line);
  CHECK(socket("udp://:1", R"(, "socket_split_by_line": "true")").framing == Framing::line);
  CHECK(socket("udp://:1", R"(, "head_pattern": "^a")").framing == Framing::line);
  CHECK(socket("tcp://:1", R"(, "socket_rule": "按json格式读取")").framing == Framing::json);
  CHECK(has(why("tcp://:1", R"(, "socket_rule": "x")"),
            "'x' is unknown; known are line, packet, json, syslog"));
  CHECK(
      has(why("tcp://:1", R"(, "socket_rule": "json", "head_pattern": "^a")"), "it needs socket_rule line"));
}

TEST_CASE("A script is named by its path and runs at its times", "[examples]") {
  const auto script = [](const std::string& more) {
    return test::stream_source(R"("mode": "script", "log_path": "/scripts/a")" + more).script;
  };
  const auto reason = [&](const std::string& more) {
    try {
      script(more);
    } catch (const agent::Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(script("").path == "/scripts/a");
  CHECK_FALSE(script("").times);
  CHECK(script("").runs_at_start);
  CHECK(script(R"(, "script_cron": "loop 5s")").times->pause() == std::chrono::seconds(5));
  for (const char* shell : {"bash", "/bin/bash", "/usr/bin/bash"}) {
    const ScriptOptions options = script(R"(, "script_exec_interprepter": ")" + std::string(shell) + "\"");
    CHECK(options.shell == "/bin/bash");
    CHECK(options.interpreter.empty());
  }
  CHECK(script(R"(, "script_exec_interprepter": "/opt/bash")").interpreter == "/opt/bash");
  CHECK(has(reason(R"(, "script_exec_interprepter": "python3")"), "is no absolute path, nor sh or bash"));
  CHECK(has(reason(R"(, "script_content": "id")"),
            "only scripts of the directories in logkit.scripts are run"));
  CHECK(has(reason(R"(, "script_params": "-x")"), "does not have that option"));
  CHECK(
      has(reason(R"(, "script_cron": "often")"), "script_cron: 'often': a cron expression has five fields"));
  CHECK(has(reason(R"(, "script_exec_onstart": "false")"), "would never run"));
  CHECK(has(reason(R"(, "script_timeout": "0s")"), "no time in which a script can run"));
  CHECK(has(reason(R"(, "script_max_output": 1)"), "script_max_output"));
}

TEST_CASE("Options of streams have limits", "[examples]") {
  const StreamSource source =
      socket("tcp://:1", R"(, "socket_max_connections": "0", "socket_read_timeout": "1m", "x": 1)");
  CHECK(source.socket.max_connections == 256);
  CHECK(source.socket.read_timeout == std::chrono::minutes(1));
  CHECK(source.tail.lines.max_line == 256 * 1024);
  CHECK(has(why("tcp://:1", R"(, "socket_max_connections": 100000)"), "is not from 0 to 10000"));
  CHECK(has(why("unix:///a", R"(, "socket_permissions": "0999")"), "is no mode such as 0660"));
  CHECK(has(why("tcp://:1", R"(, "encoding": "UTF-16")"), "can be read from files only"));
  CHECK(test::stream_source(R"("mode": "stdin")").tail.lines.max_line == 16 << 20);
  const StreamSource small = test::stream_source(R"("mode": "stdin", "spool_size": 1048576)");
  CHECK(small.tail.lines.max_line == 256 * 1024);
}
