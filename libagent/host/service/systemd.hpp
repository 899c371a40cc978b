// systemd as a ServiceManager: units in /etc/systemd/system, and systemctl.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/service/manager.hpp"

namespace agent::host {

class SystemdManager final : public ServiceManager {
 public:
  // `machine` must outlive it.
  explicit SystemdManager(const ServiceMachine& machine) : machine_(machine) {}

  std::string_view name() const override { return "systemd"; }
  std::string_view platform() const override { return "linux-systemd"; }
  std::string definition_path(std::string_view service) const override;
  unsigned definition_mode() const override { return 0644; }
  // For the version that runs; the oldest when systemctl does not tell.
  std::string definition(const ServiceSpec& spec) const override;
  // Versions before 235 do not make state and log directories.
  bool makes_directories() const override { return version() >= 235; }
  void enable(const std::string& service) override;
  void reload_definition(const std::string& service) override;
  void disable(const std::string& service) override;
  void forget(const std::string& service) override;
  void start(const std::string& service) override;
  void stop(const std::string& service) override;
  void restart(const std::string& service) override;
  ServiceState state(const std::string& service) override;
  std::vector<std::string> warnings(const std::string& service) override;

 private:
  unsigned version() const;
  void tell(const std::string& verb, const std::string& service) const;

  const ServiceMachine& machine_;
  mutable std::optional<unsigned> version_;
};

// "systemd 252 (252.39-1)" and what follows; nullopt for anything else.
std::optional<unsigned> parse_systemd_version(std::string_view text);

// What `systemctl show` says, one KEY=value a line. `now` and `monotonic` are the two clocks at that moment.
ServiceState parse_systemd_state(std::string_view text, std::chrono::system_clock::time_point now,
                                 std::chrono::microseconds monotonic);

}  // namespace agent::host
