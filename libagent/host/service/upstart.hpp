// upstart as a ServiceManager: jobs in /etc/init, and initctl.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/service/manager.hpp"
#include "host/service/upstart_job.hpp"

namespace agent::host {

class UpstartManager final : public ServiceManager {
 public:
  // `machine` must outlive it.
  explicit UpstartManager(const ServiceMachine& machine) : machine_(machine) {}

  std::string_view name() const override { return "upstart"; }
  std::string_view platform() const override { return "linux-upstart"; }
  std::string definition_path(std::string_view service) const override;
  unsigned definition_mode() const override { return 0644; }
  // For the version that runs; the oldest when initctl does not tell.
  std::string definition(const ServiceSpec& spec) const override;
  // A job starts with the machine as soon as it is there, unless somebody has made it manual.
  void enable(const std::string& service) override;
  void reload_definition(const std::string& service) override;
  void disable(const std::string&) override {}
  void forget(const std::string& service) override;
  void start(const std::string& service) override;
  void stop(const std::string& service) override;
  // By a stop and a start, because upstart's own restart keeps the old definition.
  void restart(const std::string& service) override;
  ServiceState state(const std::string& service) override;
  std::vector<std::string> warnings(const std::string&) override { return {}; }

 private:
  // Throws Errc::io unless its first process is there and ready, or has lived for 5 s.
  void wait_until_it_stays(const std::string& service);

  const ServiceMachine& machine_;
};

// What `initctl status x` says: "x start/running, process 812". initctl(8).
ServiceState parse_upstart_state(std::string_view text);

}  // namespace agent::host
