#include "net/certificate.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <vector>

#include "agent/error.hpp"
#include "base/read_file.hpp"

namespace agent::net {
namespace {

using Clock = std::chrono::system_clock;

constexpr std::size_t kMaxFile = std::size_t{16} << 20;  // the system's own authorities are 200 KB

struct Term {
  std::string subject;
  Clock::time_point begin;
  Clock::time_point end;
};

Clock::time_point time_of(const ASN1_TIME* time) {
  std::tm utc{};
  ASN1_TIME_to_tm(time, &utc);
  return Clock::from_time_t(::timegm(&utc));
}

std::string subject_of(const X509* certificate) {
  char name[256];
  const int length =
      X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  return length > 0 ? std::string(name, static_cast<std::size_t>(length)) : "(no name)";
}

std::vector<Term> read_terms(const std::string& path) {
  const std::string text = read_file(path, kMaxFile);
  const std::unique_ptr<BIO, int (*)(BIO*)> input(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                  BIO_free);
  std::vector<Term> terms;
  while (X509* read = PEM_read_bio_X509(input.get(), nullptr, nullptr, nullptr)) {
    const std::unique_ptr<X509, void (*)(X509*)> certificate(read, X509_free);
    terms.push_back(
        {subject_of(read), time_of(X509_get0_notBefore(read)), time_of(X509_get0_notAfter(read))});
  }
  ERR_clear_error();  // the end of the file is one
  if (terms.empty()) throw Error(Errc::bad_config, path + ": no certificate in it");
  return terms;
}

std::string date(Clock::time_point time) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(Clock::to_time_t(time)));
}

CertificateState state_of(const std::string& path, const Term& term, Clock::time_point now) {
  const std::string what = fmt::format("{}: the certificate of {}", path, term.subject);
  if (now < term.begin)
    return {Validity::not_yet, fmt::format("{} is good from {} on only", what, date(term.begin))};
  if (now >= term.end) return {Validity::over, fmt::format("{} expired on {}", what, date(term.end))};
  if (now < term.end - kExpiryWarning) return {};
  const auto days = std::chrono::duration_cast<std::chrono::hours>(term.end - now).count() / 24;
  return {Validity::ends_soon, fmt::format("{} expires in {} days, on {}", what, days, date(term.end))};
}

std::vector<CertificateState> states_of(const std::string& path, Clock::time_point now) {
  std::vector<CertificateState> states;
  for (const Term& term : read_terms(path)) states.push_back(state_of(path, term, now));
  return states;
}

bool is_better(const CertificateState& a, const CertificateState& b) { return a.validity < b.validity; }

}  // namespace

CertificateState chain_state(const std::string& path, Clock::time_point now) {
  const std::vector<CertificateState> states = states_of(path, now);
  return *std::max_element(states.begin(), states.end(), is_better);
}

CertificateState authorities_state(const std::string& path, Clock::time_point now) {
  const std::vector<CertificateState> states = states_of(path, now);
  return *std::min_element(states.begin(), states.end(), is_better);
}

}  // namespace agent::net
