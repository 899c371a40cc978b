// A pseudo-terminal: what a program takes for a screen with a keyboard. Our side reads what is shown and
// writes what is typed; the program has the other one as its standard input and output.
#pragma once

#include <memory>
#include <optional>

#include "agent/process.hpp"
#include "base/file_handle.hpp"

namespace agent::host {

// Our side, which does not block; the caller closes it. The mode is the usual one: whole lines, echo, signals
// for ^C and the like. Throws Errc::io.
int open_terminal(TerminalSize size);
std::unique_ptr<FileHandle> open_other_side(int terminal);

// The following take either side. Failures have no consequences.
void set_size(int terminal, TerminalSize size);
bool echoes(int terminal);
// The process group that the terminal's keys are for; 0 or less: there is none.
int foreground_of(int terminal);
// The key that ends the input; nullopt where programs take each key as it is (raw mode), or have no such key.
std::optional<char> end_of_file_key(int terminal);

// Whether something that was typed has not been read yet; what is not a line yet does not count.
bool has_unread_input(const FileHandle& other_side);

}  // namespace agent::host
