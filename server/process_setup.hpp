// What a server program needs of its process before it serves.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/service/run_report.hpp"
#include "net/loop_check.hpp"
#include "server_config.hpp"

namespace server {

// Opens the log as the configuration says, then logs its warnings.
void open_log(const LoadedConfig& loaded);

// `names` and the name of this machine, as it is now.
std::vector<std::string> with_own_name(std::vector<std::string> names);

// Raises the number of files this process may open, one per agent, as far as the system allows.
void raise_file_limit();

// glibc gives each new thread a heap of its own, and keeps what one has freed from the others: one for each
// loop is enough, the threads that read and write files share them. What a large message took goes back to
// the system with it; by itself glibc keeps up to 64 MiB of such in each heap. Before there are other
// threads.
void limit_heaps(unsigned loops);

// Tells the service manager that the program is ready as soon as the first of the loops runs, and that it is
// alive as long as all of them do. `report` outlives the loops, and they the result, which is null when
// nobody watches.
std::unique_ptr<agent::net::LoopCheck> report_life(const std::vector<agent::net::Loop*>& loops,
                                                   agent::host::RunReport& report);

}  // namespace server
