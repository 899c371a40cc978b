// ServerConfig: what server.conf may say (reference http-api A.6, and what is new here).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config.hpp"

namespace server {

struct ServerTlsConfig {
  std::string cert;
  std::string key;
  std::string client_ca;

  static void fields(auto& field) {
    constexpr agent::FieldRules file{.kind = agent::ValueKind::path};
    field("cert", &ServerTlsConfig::cert, "PEM file with the server's certificate chain; set: TLS only",
          file);
    field("key", &ServerTlsConfig::key, "PEM file with its private key", file);
    field(
        "client_ca", &ServerTlsConfig::client_ca,
        "PEM file with the authorities that sign the certificates of agents and clients; set: one is demanded",
        file);
  }
};

struct ServerLogConfig {
  std::vector<std::string> target{"stdout", "file"};
  std::string level = "info";

  static void fields(auto& field) {
    using agent::FieldRules;
    field("target", &ServerLogConfig::target, "where lines go", FieldRules{.one_of = "stdout,file"});
    field("level", &ServerLogConfig::level, "least level that is written",
          FieldRules{.one_of = "debug,info,warn,error"});
  }
};

struct ServerCommandsConfig {
  agent::Bytes output_limit{1024 * 1024 * 1024};
  agent::Bytes outputs_limit{10ULL * 1024 * 1024 * 1024};
  std::chrono::nanoseconds detach_timeout = std::chrono::minutes(10);
  bool record = false;
  bool record_input = false;

  static void fields(auto& field) {
    using agent::FieldRules;
    field("output_limit", &ServerCommandsConfig::output_limit,
          "bytes that are kept of the output of one command; the rest is counted", FieldRules{.min = "1Mi"});
    field("outputs_limit", &ServerCommandsConfig::outputs_limit,
          "bytes that are kept of all outputs together", FieldRules{.min = "1Mi"});
    field("detach_timeout", &ServerCommandsConfig::detach_timeout,
          "a terminal, or another command that takes input, is ended when nobody has been there for so long; "
          "0: never");
    field("record", &ServerCommandsConfig::record,
          "terminals are recorded, for as long as their results are kept");
    field("record_input", &ServerCommandsConfig::record_input,
          "recordings have what is typed, too: also passwords", FieldRules{.needs = {.key = "record"}});
  }
};

struct ServerHttpConfig {
  std::chrono::nanoseconds body_pause = std::chrono::seconds(30);
  agent::Bytes body_rate{1024};

  static void fields(auto& field) {
    using agent::FieldRules;
    field("body_pause", &ServerHttpConfig::body_pause, "longest pause in the body of a request",
          FieldRules{.min = "1s"});
    field("body_rate", &ServerHttpConfig::body_rate,
          "bytes that a request's body must bring per second, on average over a minute; 0 = any");
  }
};

struct ServerMetricsConfig {
  agent::Bytes memory{256 * 1024 * 1024};

  static void fields(auto& field) {
    using agent::FieldRules;
    field(
        "memory", &ServerMetricsConfig::memory,
        "bytes that the last reports of all metrics-agents take; the oldest lists of processes and connections go first",
        FieldRules{.min = "1Mi"});
  }
};

struct ServerStoreConfig {
  std::string address = "data_dir";
  std::string user;
  std::string password_file;
  std::string ca;
  std::string cert;
  std::string key;
  std::string sync = "normal";
  std::vector<std::string> secret_prefixes;

  static void fields(auto& field) {
    using agent::FieldRules;
    constexpr FieldRules file{.kind = agent::ValueKind::path};
    field("address", &ServerStoreConfig::address,
          "where the store is: data_dir, or an etcd that several servers share, etcd://host,host/prefix "
          "(etcds:// with TLS)");
    field("user", &ServerStoreConfig::user, "user of the etcd; none: it asks for none");
    field("password_file", &ServerStoreConfig::password_file,
          "file with that user's password, which others must not read", file);
    field("ca", &ServerStoreConfig::ca,
          "PEM file with the authorities that sign the certificates of etcds:// members; none: the system's",
          file);
    field("cert", &ServerStoreConfig::cert, "PEM file with the certificate that etcds:// members are shown",
          file);
    field("key", &ServerStoreConfig::key, "PEM file with its private key", file);
    field(
        "sync", &ServerStoreConfig::sync,
        "what an acknowledged write of the store survives: the end of the process (normal), or a power cut, "
        "too (full)",
        FieldRules{.one_of = "normal,full"});
    field("secret_prefixes", &ServerStoreConfig::secret_prefixes,
          "keys of the store that begin so are in no answer of the API and in no view");
  }
};

struct ServerViewsConfig {
  std::string prefix = "/lain";
  std::string ip;
  std::string auth = "tokens";
  bool close_on_error = false;
  std::chrono::nanoseconds heartbeat{0};

  static void fields(auto& field) {
    using agent::FieldRules;
    field("prefix", &ServerViewsConfig::prefix, "beginning of the keys that the views show",
          FieldRules{.pattern = "^(/[^/ ]+)+$", .mismatch = "is no folder of the store such as /lain"});
    field(
        "ip", &ServerViewsConfig::ip,
        "IP address of this machine as the cluster's nodes have it: what views of local procs show; none: they "
        "show nothing unless asked for a node");
    field(
        "auth", &ServerViewsConfig::auth,
        "who may read which view: everybody who may call the API (tokens), or besides by the source address, as "
        "in lainlet (lain)",
        FieldRules{.one_of = "tokens,lain"});
    field("close_on_error", &ServerViewsConfig::close_on_error,
          "a watch ends with its first error event, as lainlet's");
    field("heartbeat", &ServerViewsConfig::heartbeat,
          "time between the heartbeats of watches that ask for none; 0 = none",
          FieldRules{.min = "0s", .max = "24h"});
  }
};

struct ServerConfig {
  std::string id;
  std::string listen = "127.0.0.1:13081";
  std::uint32_t threads = 1;
  std::string data_dir;
  std::string cache_dir;
  std::uint32_t cache_threshold = 80;
  std::string log_dir;
  agent::Bytes log_size{50 * 1024 * 1024};
  std::uint32_t log_rotate = 7;
  ServerLogConfig log;
  std::uint32_t connect_limit = 100;
  std::string api_token_file;
  std::string enroll_token_file;
  bool insecure = false;
  std::vector<std::string> allowed_origins;
  std::vector<std::string> server_names;
  ServerTlsConfig tls;
  std::vector<std::string> redirect;
  ServerCommandsConfig commands;
  ServerHttpConfig http;
  ServerMetricsConfig metrics;
  ServerStoreConfig store;
  ServerViewsConfig views;
  std::vector<std::string> capabilities{"ack",    "stream", "kill",    "end",   "cancel",
                                        "series", "limits", "reports", "brief", "term"};
  agent::Bytes max_message{16 * 1024 * 1024};
  agent::Bytes message_budget{64 * 1024 * 1024};

  static void fields(auto& field) {
    using agent::FieldRules;
    using agent::ValueKind;
    constexpr agent::FieldNeeds log_files{.key = "log.target", .contains = "file"};
    constexpr FieldRules stored{.kind = ValueKind::path, .category = "storage"};
    constexpr FieldRules guarded{.kind = ValueKind::path, .category = "access"};
    field("id", &ServerConfig::id, "name of this server, in /api/info/server; empty: the host's name",
          FieldRules{.category = "server"});
    field(
        "listen", &ServerConfig::listen,
        "address:port, or a bare port: every address with both token files or insecure = true, else loopback",
        FieldRules{.pattern = "^([^ ]*:)?[0-9]+$",
                   .mismatch = "is neither address:port nor a port",
                   .category = "server"});
    field("threads", &ServerConfig::threads, "shards, each with its agents and a thread; 0 = one per core",
          FieldRules{.max = "256", .category = "server"});
    field(
        "data_dir", &ServerConfig::data_dir,
        "what must last, of one running server; empty: $STATE_DIRECTORY of the service, /var/lib/agent-server of "
        "root, agent-server in the user's state directory; relative to the parent of the program's directory",
        stored);
    field("cache_dir", &ServerConfig::cache_dir,
          "what may be lost; empty: cache in data_dir; relative as data_dir", stored);
    field("cache_threshold", &ServerConfig::cache_threshold,
          "percent of cache_dir's file system; when it is fuller, /api answers 503; 0 or over 100 means 80",
          FieldRules{.category = "storage"});
    field("log_dir", &ServerConfig::log_dir, "log files; empty: logs in data_dir; relative as data_dir",
          FieldRules{.kind = ValueKind::path, .category = "log", .needs = log_files});
    field("log_size", &ServerConfig::log_size, "size at which a log file is rotated",
          FieldRules{.min = "1K", .category = "log", .needs = log_files});
    field("log_rotate", &ServerConfig::log_rotate, "rotated log files to keep",
          FieldRules{.min = "1", .max = "10000", .category = "log", .needs = log_files});
    field("log", &ServerConfig::log, "", FieldRules{.category = "log"});
    field("connect_limit", &ServerConfig::connect_limit,
          "agents that may connect per second, and their burst",
          FieldRules{.min = "1", .category = "agents"});
    field("api_token_file", &ServerConfig::api_token_file,
          "file of lines `name token`; set: the API asks for one of the tokens; relative as data_dir",
          guarded);
    field("enroll_token_file", &ServerConfig::enroll_token_file, "the same for agents that connect", guarded);
    field("insecure", &ServerConfig::insecure, "serve beyond loopback without tokens",
          FieldRules{.category = "access"});
    field("allowed_origins", &ServerConfig::allowed_origins,
          "web pages that may call the API besides its own, as scheme://host:port",
          FieldRules{.category = "access"});
    field("server_names", &ServerConfig::server_names,
          "host names under which clients without tokens may call, besides localhost and this machine's own",
          FieldRules{.category = "access"});
    field("tls", &ServerConfig::tls, "", FieldRules{.category = "tls"});
    field("redirect", &ServerConfig::redirect, "servers that agents are sent to while this one stops",
          FieldRules{.kind = ValueKind::address, .category = "agents"});
    field("tasks", &ServerConfig::commands, "", FieldRules{.category = "tasks"});
    field("http", &ServerConfig::http, "", FieldRules{.category = "http"});
    field("metrics", &ServerConfig::metrics, "", FieldRules{.category = "metrics"});
    field("store", &ServerConfig::store, "", FieldRules{.category = "storage"});
    field("views", &ServerConfig::views, "", FieldRules{.category = "views"});
    field("capabilities", &ServerConfig::capabilities,
          "what agents are offered beyond the originals' protocol; none: all are treated as originals",
          FieldRules{.one_of = "ack,stream,kill,end,cancel,series,limits,reports,brief,term,none",
                     .category = "agents"});
    field("max_message", &ServerConfig::max_message, "largest message that is accepted, after decompression",
          FieldRules{.min = "16Ki", .max = "1Gi", .category = "agents"});
    field("message_budget", &ServerConfig::message_budget,
          "bytes that unfinished messages of all agents hold together; at least max_message",
          FieldRules{.category = "agents"});
  }
};

struct ListenAddress {
  std::string address;  // "127.0.0.1", "::1"; "" = every address
  std::uint16_t port = 0;
};

// 127.0.0.0/8 or ::1.
bool is_loopback(const std::string& address);
// Where `listen` means under the rules for safety, which its field states. Throws bad_config for text that is
// no address, and for one beyond loopback that nothing protects. A bare port that is narrowed to
// loopback adds a warning.
ListenAddress listen_address(const ServerConfig& config, std::vector<std::string>& warnings);

// What a file says, checked: paths are absolute, the files that it names can be used.
struct LoadedConfig {
  ServerConfig config;
  ListenAddress listen;
  std::vector<std::string> warnings;  // for the log, which is not open yet
  std::vector<std::string> notes;     // settings without effect, for validate
  // Certificates out of date. No reason for a server not to start, who may be the way to a new one.
  std::vector<std::string> outdated;
};

// The text of manifest.yaml: every setting of the server, with its names and descriptions.
std::string server_manifest();

// Throws bad_config with all problems, one a line; also when the file cannot be read.
LoadedConfig load_config(const std::string& path);
// Without a file: the environment, the defaults, and as data_dir agent-server in the user's state directory:
// $XDG_STATE_HOME, or ~/.local/state.
LoadedConfig default_config();
// The same for text, as tests have it. `name` stands for the path.
LoadedConfig parse_config(std::string_view text, const std::string& name);

}  // namespace server
