#include "net/certificate.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "agent/error.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent::net;
using Catch::Matchers::Contains;

namespace {

using Clock = std::chrono::system_clock;
constexpr std::chrono::hours kDay{24};

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A certificate that is good for so many days from now on.
std::string make(const test::TempDir& dir, const std::string& name, int days) {
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name + " -days " +
      std::to_string(days) + " -keyout " + dir.file(name + ".key") + " -out " + dir.file(name + ".pem") +
      " >/dev/null 2>&1";
  REQUIRE(std::system(command.c_str()) == 0);
  return dir.file(name + ".pem");
}

}  // namespace

TEST_CASE("A certificate is good, ends soon, is over, or is not good yet", "[net]") {
  test::TempDir dir;
  const std::string path = make(dir, "agent-7", 100);
  const auto now = Clock::now();
  CHECK(chain_state(path, now).validity == Validity::good);
  CHECK(chain_state(path, now).text.empty());
  CHECK(chain_state(path, now + 69 * kDay).validity == Validity::good);

  const CertificateState soon = chain_state(path, now + 71 * kDay);
  CHECK(soon.validity == Validity::ends_soon);
  CHECK_FALSE(soon.is_outdated());
  CHECK_THAT(soon.text, Contains(path) && Contains("agent-7 expires in 28 days, on 20"));

  const CertificateState over = chain_state(path, now + 101 * kDay);
  CHECK(over.is_outdated());
  CHECK_THAT(over.text, Contains("agent-7 expired on 20"));

  const CertificateState early = chain_state(path, now - kDay);
  CHECK(early.is_outdated());
  CHECK_THAT(early.text, Contains("is good from 20"));
}

TEST_CASE("The worst certificate of a chain counts, and the best authority", "[net]") {
  test::TempDir dir;
  const std::string both =
      dir.write("both.pem", text_of(make(dir, "long", 100)) + text_of(make(dir, "short", 10)));
  const auto later = Clock::now() + 20 * kDay;
  CHECK(chain_state(both, later).validity == Validity::over);
  CHECK_THAT(chain_state(both, later).text, Contains("short"));
  CHECK(authorities_state(both, later).validity == Validity::good);
  CHECK(authorities_state(both, later + 200 * kDay).validity == Validity::over);
}

TEST_CASE("A file without a certificate is refused with its name", "[net]") {
  test::TempDir dir;
  CHECK_THROWS_WITH(chain_state(dir.write("x.pem", "nothing"), Clock::now()),
                    Contains("x.pem: no certificate"));
  CHECK_THROWS_AS(chain_state(dir.file("missing.pem"), Clock::now()), agent::Error);
}
