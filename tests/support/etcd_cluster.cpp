#include "tests/support/etcd_cluster.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "agent/json_value.hpp"

namespace test {
namespace {

constexpr const char* kEtcd = "/usr/bin/etcd";
constexpr const char* kEtcdctl = "/usr/bin/etcdctl";
constexpr const char* kSetpriv = "/usr/bin/setpriv";

}  // namespace

EtcdCluster::EtcdCluster(std::size_t members, Program::Arguments arguments,
                         std::shared_ptr<agent::net::TlsContext> tls, uid_t first_user)
    : arguments_(std::move(arguments)), tls_(std::move(tls)), first_user_(first_user), members_(members) {
  // Somebody else may take a port in the moment before the member has it.
  for (int attempts = 3; !begin(); --attempts)
    if (attempts == 1) throw std::runtime_error("etcd does not start: " + members_[0].program->output());
}

bool EtcdCluster::begin() {
  // Held together, so that no port is given twice.
  std::vector<std::unique_ptr<TcpListener>> held;
  const auto free_port = [&] {
    held.push_back(std::make_unique<TcpListener>());
    return held.back()->port();
  };
  for (std::size_t i = 0; i < size(); ++i) {
    members_[i].program.reset();
    members_[i].client = free_port();
    members_[i].peer = free_port();
    members_[i].directory = directory_.file(name(i) + "-" + std::to_string(members_[i].peer));
  }
  held.clear();
  for (std::size_t i = 0; i < size(); ++i) start(i);
  for (std::size_t i = 0; i < size(); ++i)
    if (!comes_up(i)) return false;
  return true;
}

std::string EtcdCluster::endpoint(std::size_t member) const {
  return "127.0.0.1:" + std::to_string(port(member));
}

std::vector<std::string> EtcdCluster::endpoints() const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < size(); ++i) out.push_back(endpoint(i));
  return out;
}

std::string EtcdCluster::client_url(std::size_t member) const {
  return (tls_ ? "https://" : "http://") + endpoint(member);
}

std::string EtcdCluster::peer_url(std::size_t member) const {
  return "http://127.0.0.1:" + std::to_string(members_[member].peer);
}

std::string EtcdCluster::initial_cluster() const {
  std::string out;
  for (std::size_t i = 0; i < size(); ++i) out += (i == 0 ? "" : ",") + name(i) + "=" + peer_url(i);
  return out;
}

void EtcdCluster::start(std::size_t member) {
  Program::Arguments arguments{"--name",
                               name(member),
                               "--data-dir",
                               members_[member].directory,
                               "--listen-client-urls",
                               client_url(member),
                               "--advertise-client-urls",
                               client_url(member),
                               "--listen-peer-urls",
                               peer_url(member),
                               "--initial-advertise-peer-urls",
                               peer_url(member),
                               "--initial-cluster",
                               initial_cluster(),
                               "--initial-cluster-token",
                               token(),
                               "--pre-vote"};
  arguments.insert(arguments.end(), arguments_.begin(), arguments_.end());
  if (first_user_ != 0) {
    give_directory(member);
    arguments.insert(arguments.begin(), {"--reuid", std::to_string(user(member)), "--clear-groups", kEtcd});
  }
  members_[member].program = std::make_unique<Program>(first_user_ == 0 ? kEtcd : kSetpriv, arguments);
}

void EtcdCluster::give_directory(std::size_t member) const {
  const std::string& own = members_[member].directory;
  std::filesystem::create_directory(own);
  if (::chmod(directory_.path().c_str(), 0711) != 0 || ::chmod(own.c_str(), 0700) != 0 ||
      ::chown(own.c_str(), user(member), static_cast<gid_t>(-1)) != 0)
    throw std::runtime_error("a member's directory cannot be another user's");
}

void EtcdCluster::kill(std::size_t member) {
  signal(member, SIGKILL);
  members_[member].program.reset();
}

void EtcdCluster::save(const std::string& file) const {
  Program save(kEtcdctl, {"--endpoints", endpoint(0), "snapshot", "save", file}, {{"ETCDCTL_API", "3"}});
  if (save.wait() != 0) throw std::runtime_error("etcdctl snapshot save: " + save.output());
}

void EtcdCluster::restore(const std::string& file) {
  kill(0);
  std::filesystem::remove_all(directory(0));
  Program restore(
      kEtcdctl,
      {"snapshot", "restore", file, "--name", name(0), "--data-dir", directory(0), "--initial-cluster",
       initial_cluster(), "--initial-cluster-token", token(), "--initial-advertise-peer-urls", peer_url(0)},
      {{"ETCDCTL_API", "3"}});
  if (restore.wait() != 0) throw std::runtime_error("etcdctl snapshot restore: " + restore.output());
  start(0);
  wait_for(0);
}

void EtcdCluster::replace() {
  kill(0);
  std::filesystem::remove_all(directory(0));
  ++generation_;
  start(0);
  wait_for(0);
}

void EtcdCluster::wait_for(std::size_t member) const {
  if (!comes_up(member)) throw std::runtime_error("etcd has ended: " + members_[member].program->output());
}

bool EtcdCluster::comes_up(std::size_t member) const {
  bool answers = false;
  wait_until("etcd's answer", [&] {
    try {
      answers = call(member, "/v3/kv/range", R"({"key":"AA=="})").status / 100 != 5;
    } catch (const std::exception&) {  // not yet
    }
    return answers || !members_[member].program->is_running();
  });
  return answers;
}

std::size_t EtcdCluster::leader(std::size_t asked) const {
  const auto field = [this](std::size_t member, bool own) {
    const auto document = agent::json::Document::parse(call(member, "/v3/maintenance/status", "{}").body);
    const auto id = own ? document.root().find("header").find("member_id") : document.root().find("leader");
    return id.is_string() ? std::string(id.as_string()) : std::string();
  };
  const std::string leader = field(asked, false);
  for (std::size_t i = 0; i < size(); ++i)
    if (members_[i].program && field(i, true) == leader) return i;
  throw std::runtime_error("no leader");
}

HttpReply EtcdCluster::call(std::size_t member, const std::string& path, const std::string& body) const {
  HttpClient client(port(member), tls_);
  return client.request("POST", path, {{"Content-Type", "application/json"}}, body);
}

void EtcdCluster::compact(std::size_t member) const {
  const auto document = agent::json::Document::parse(call(member, "/v3/kv/range", R"({"key":"AA=="})").body);
  const std::string now(document.root().find("header").find("revision").as_string());
  call(member, "/v3/kv/compaction", R"({"physical":true,"revision":")" + now + "\"}");
}

}  // namespace test
