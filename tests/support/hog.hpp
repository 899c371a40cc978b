// Command lines that use whatever they get, each bounded by itself as well: a limit that does not hold must
// fail a test, not the machine that runs it.
#pragma once

#include <string>

namespace test {

// Takes memory until it is stopped, 2 GiB at most.
inline const std::string kMemoryHog = "ulimit -v 2097152; exec tail /dev/zero";

// Before a busy loop: each process of the line may use so much of a processor.
inline const std::string kFewSeconds = "ulimit -t 20; ";

// Up to 511 processes at once, ten times; the shell itself makes no other process.
inline const std::string kForkBomb =
    "bomb() { [ $1 = 0 ] || { bomb $(($1 - 1)) & bomb $(($1 - 1)) & }; wait; }; "
    "for round in 1 2 3 4 5 6 7 8 9 10; do (bomb 8); done 2>/dev/null & ";

}  // namespace test
