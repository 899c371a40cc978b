// System V as a ServiceManager: scripts in /etc/init.d, and whatever makes the links of the runlevels.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/service/manager.hpp"
#include "host/service/systemv_script.hpp"

namespace agent::host {

class SystemvManager final : public ServiceManager {
 public:
  // `machine` must outlive it.
  explicit SystemvManager(const ServiceMachine& machine) : machine_(machine) {}

  std::string_view name() const override { return "systemv"; }
  std::string_view platform() const override { return "unix-systemv"; }
  // /etc/init.d, or /etc/rc.d/init.d where there is no such directory.
  std::string definition_path(std::string_view service) const override;
  unsigned definition_mode() const override { return 0755; }
  std::string definition(const ServiceSpec& spec) const override;
  // By update-rc.d, chkconfig or insserv, the first of them that the machine has. Throws Errc::io when it has
  // none.
  void enable(const std::string& service) override;
  void reload_definition(const std::string& service) override;
  void disable(const std::string& service) override;
  void forget(const std::string&) override {}
  // By the script.
  void start(const std::string& service) override;
  void stop(const std::string& service) override;
  void restart(const std::string& service) override;
  ServiceState state(const std::string& service) override;
  std::vector<std::string> warnings(const std::string&) override;

 private:
  void run_script(const std::string& service, const std::string& verb) const;

  const ServiceMachine& machine_;
};

// Exit code and output of the script's verb `status`, and whether there are links for starting.
ServiceState parse_systemv_state(const CommandResult& status, bool is_enabled);

}  // namespace agent::host
