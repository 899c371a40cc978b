// Where the server listens, for people, tests and the service manager.
#pragma once

#include "host/service/run_report.hpp"
#include "http/listener.hpp"
#include "server_config.hpp"

namespace server {

// Tells `report`; once it listens also the log, and stdout by a line "listening on 127.0.0.1:13081", wherever
// the log goes. Not for ListenNews::Kind::failed. The first loop's thread.
void tell_address(const ListenNews& news, const ListenAddress& listen, agent::host::RunReport& report);

}  // namespace server
