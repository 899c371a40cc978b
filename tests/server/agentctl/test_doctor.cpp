#include "agentctl/doctor.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace agentctl;
using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::system_clock;

namespace {

const auto kNow = system_clock::from_time_t(784111777);  // Sun, 06 Nov 1994 08:49:37 GMT
const std::string kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

}  // namespace

TEST_CASE("A clock that is wrong is told with how much", "[server]") {
  CHECK(examine_clock(kDate, kNow + seconds(5)).health == Health::good);
  const Finding late = examine_clock(kDate, kNow - seconds(90));
  CHECK(late.health == Health::doubtful);
  CHECK(late.text == "this machine is 90 s behind the server");
  CHECK_FALSE(late.fix.empty());
  CHECK(examine_clock("yesterday", kNow).health == Health::doubtful);
}

TEST_CASE("A certificate is told 30 days before its end", "[server]") {
  CHECK(examine_certificate(kNow + hours(31 * 24), kNow).health == Health::good);
  CHECK(examine_certificate(kNow + hours(29 * 24), kNow).health == Health::doubtful);
  CHECK(examine_certificate(kNow, kNow).health == Health::bad);
}

TEST_CASE("A token in clear text beyond this machine is bad", "[server]") {
  Connection connection;
  connection.url = parse_url("http://agents.example.org:13081");
  connection.dial.token = "a-token";
  CHECK(examine_connection(connection).at(1).health == Health::bad);
  connection.url = parse_url("http://127.0.0.1:13081");
  CHECK(examine_connection(connection).size() == 1);
}
