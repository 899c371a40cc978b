// The sender file: one JSON object a line, or the original's form, an array a batch.
//
//   file_send_path            required; %Y %m %d %H %M %S %j %% are the time of writing, in local time
//   file_send_max_open_files  10
//   file_format               lines, or array
//
// A line that a kill has left half written at the end of the file is cut off before more is written: it was
// not taken, and comes again. What cannot be written is an error, and the records wait. The files are
// registered as our own, so that no reader reads them.
#pragma once

#include <ctime>
#include <functional>

#include "record_sender.hpp"

namespace logkit {

std::unique_ptr<RecordSender> make_file_sender(const PartOptions& options, const WriteRights& rights);
// With another clock, for tests.
std::unique_ptr<RecordSender> make_file_sender(const PartOptions& options, const WriteRights& rights,
                                               std::function<std::time_t()> clock);

}  // namespace logkit
