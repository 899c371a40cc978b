// Streams of this process that are read by systemd's journal.
#pragma once

#include <cstdio>
#include <string_view>

namespace agent {

// Whether `stream` is the very one that $JOURNAL_STREAM names, by its device and inode (systemd.exec(5)):
// what somebody has redirected since then is a stream as any other.
bool goes_to_journal(std::FILE* stream);

// What stands before a line for people that says why this program fails: "<3>", the priority of an error
// (sd-daemon(3)), on a stream that goes to the journal, "" on others.
std::string_view error_mark(std::FILE* stream);

}  // namespace agent
