#include "core/problem.hpp"

#include <catch2/catch.hpp>

#include "agent/error.hpp"
#include "net/certificate_refused.hpp"
#include "net/dial.hpp"

using namespace agent;
using core::problem_of;
using host::Problem;
using net::ConnectFailed;
using net::DialRefused;

TEST_CASE("What keeps an agent away is told by kind", "[core]") {
  CHECK(problem_of(ConnectFailed(ConnectFailed::Cause::no_address, "x")) == Problem::name_not_found);
  CHECK(problem_of(ConnectFailed(ConnectFailed::Cause::refused, "x")) == Problem::connection_refused);
  CHECK(problem_of(ConnectFailed(ConnectFailed::Cause::unreachable, "x")) == Problem::no_answer);
  CHECK(problem_of(Error(Errc::timeout, "x")) == Problem::no_answer);
  using Cause = net::CertificateRefused::Cause;
  CHECK(problem_of(net::CertificateRefused(Cause::authority, "x")) == Problem::certificate);
  CHECK(problem_of(net::CertificateRefused(Cause::name, "x")) == Problem::certificate_name);
  CHECK(problem_of(net::CertificateRefused(Cause::time, "x")) == Problem::certificate_time);
  CHECK(problem_of(net::CertificateRefused(Cause::other, "x")) == Problem::certificate);
  CHECK(problem_of(Error(Errc::denied, "TLS: certificate required")) == Problem::client_certificate);
  CHECK(problem_of(DialRefused(401, "x")) == Problem::token);
  CHECK(problem_of(DialRefused(403, "x")) == Problem::token);
  CHECK(problem_of(DialRefused(503, "rate limit")) == Problem::refused);
  CHECK(problem_of(DialRefused(500, "x")) == Problem::refused);
  for (const int page : {200, 302, 404, 405})
    CHECK(problem_of(DialRefused(page, "x")) == Problem::not_a_server);
  CHECK(problem_of(Error(Errc::bad_message, "the answer is not HTTP")) == Problem::not_a_server);
  CHECK(problem_of(Error(Errc::refused, "refused: agent id conflict")) == Problem::id_conflict);
  CHECK(problem_of(Error(Errc::refused, "refused: agent id conflict: the id belongs to another token")) ==
        Problem::id_conflict);
  CHECK(problem_of(Error(Errc::refused, "refused: no")) == Problem::refused);
  CHECK(problem_of(Error(Errc::disconnected, "x")) == Problem::disconnected);
  CHECK(problem_of(Error(Errc::bad_config, "x")) == Problem::other);
  CHECK(problem_of(std::runtime_error("x")) == Problem::other);
}
