#include "view_options.hpp"

#include <asio/ip/host_name.hpp>
#include <chrono>

namespace server {

views::ViewOptions view_options(const ServerConfig& config) {
  views::ViewOptions options;
  options.prefix = config.views.prefix;
  options.ip = config.views.ip;
  asio::error_code unknown;
  options.host_name = asio::ip::host_name(unknown);
  options.version = AGENT_SERVER_VERSION;
  options.lain_access = config.views.auth == "lain";
  options.close_on_error = config.views.close_on_error;
  options.heartbeat = std::chrono::ceil<std::chrono::seconds>(config.views.heartbeat);
  options.secrets = store::SecretPrefixes(config.store.secret_prefixes);
  return options;
}

}  // namespace server
