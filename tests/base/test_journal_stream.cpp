#include "base/journal_stream.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "tests/support/variable.hpp"

using namespace agent;
using test::Variable;

namespace {

using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

File some_file() { return {std::tmpfile(), &std::fclose}; }

std::string name_of(std::FILE* stream) {
  struct stat status {};
  REQUIRE(::fstat(::fileno(stream), &status) == 0);
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

}  // namespace

TEST_CASE("Only the very stream that JOURNAL_STREAM names is the journal", "[base]") {
  const File journal = some_file();
  const File other = some_file();
  const Variable stream("JOURNAL_STREAM", name_of(journal.get()));
  CHECK(goes_to_journal(journal.get()));
  CHECK_FALSE(goes_to_journal(other.get()));
  CHECK_FALSE(goes_to_journal(nullptr));
  CHECK(error_mark(journal.get()) == "<3>");
  CHECK(error_mark(other.get()) == "");
}

TEST_CASE("A JOURNAL_STREAM that is no device and inode names nothing", "[base]") {
  const File file = some_file();
  const std::string name = name_of(file.get());
  for (const std::string& text :
       {std::string(), std::string(":"), std::string("journal"), name + "1", name + ":",
        "0" + std::string(":") + name, name.substr(0, name.find(':')), name.substr(name.find(':'))}) {
    const Variable stream("JOURNAL_STREAM", text);
    INFO(text);
    CHECK_FALSE(goes_to_journal(file.get()));
  }
}
