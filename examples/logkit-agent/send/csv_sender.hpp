// The sender csv: a row for each record, in a file that is renamed when it is full.
//
//   csv_fields       required: the columns; a record without one of them has an empty cell there
//   csv_path_prefix  required: the file. A full one gets the time behind its name: ".20261130174500"
//   csv_delimiter    ,
//   csv_rotate_size  10485760 bytes
//   csv_head         true: the first row of each file has the columns' names
//
// A row that a kill has left half written is cut off before more is written, in files that begin with the
// columns' names. What cannot be written is an error, and the records wait. The files are registered as our
// own, so that no reader reads them.
#pragma once

#include "record_sender.hpp"

namespace logkit {

std::unique_ptr<RecordSender> make_csv_sender(const PartOptions& options, const WriteRights& rights);

}  // namespace logkit
