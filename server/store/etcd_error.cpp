#include "store/etcd_error.hpp"

#include <algorithm>
#include <array>

namespace server::store {
namespace {

using agent::json::Value;

constexpr std::size_t kMostText = 300;  // of an answer that is not etcd's

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

Fault fault_of(EtcdCode code, std::string_view message) {
  switch (code) {
    case EtcdCode::out_of_range: return has(message, "compacted") ? Fault::compacted : Fault::refused;
    case EtcdCode::invalid:
    case EtcdCode::not_found:
    case EtcdCode::denied:
    case EtcdCode::precondition:
    case EtcdCode::unimplemented:
    case EtcdCode::unauthenticated: return Fault::refused;
    default: return Fault::unavailable;
  }
}

Refusal refusal_of(EtcdCode code, std::string_view message) {
  if (has(message, "duplicate key")) return Refusal::same_key;
  if (!has(message, "lease")) return Refusal::order;
  if (code == EtcdCode::not_found) return Refusal::no_lease;
  return code == EtcdCode::precondition ? Refusal::lease_exists : Refusal::order;
}

// The texts are part of etcd's API (rpctypes): its codes do not tell these from what timed out.
bool is_undone(std::string_view message) {
  constexpr std::array kTexts{"no leader", "not supported for learner", "too many requests"};
  return std::any_of(kTexts.begin(), kTexts.end(), [&](const char* text) { return has(message, text); });
}

bool is_about_token(EtcdCode code, std::string_view message) {
  return code == EtcdCode::unauthenticated || has(message, "revision in header is old") ||
         has(message, "user name is empty");
}

std::string text_of(Value value) {
  return value.is_string() ? std::string(value.as_string()) : std::string();
}

EtcdCode code_of(Value value) {
  return value.is_number() ? static_cast<EtcdCode>(value.as_int(-1'000'000, 1'000'000)) : EtcdCode::unknown;
}

EtcdCode code_of_status(int http_status) {
  switch (http_status) {
    case 400: return EtcdCode::invalid;
    case 401: return EtcdCode::unauthenticated;
    case 403: return EtcdCode::denied;
    case 404:
    case 405:
    case 501: return EtcdCode::unimplemented;
    default: return EtcdCode::unavailable;
  }
}

}  // namespace

EtcdError::EtcdError(EtcdCode grpc_code, const std::string& message)
    : StoreError(fault_of(grpc_code, message), "etcd: " + message, 0, refusal_of(grpc_code, message)),
      code(grpc_code),
      is_undone(store::is_undone(message)),
      is_about_token(store::is_about_token(grpc_code, message)) {}

std::optional<EtcdError> error_in(Value answer) {
  if (!answer.is_object()) return std::nullopt;
  const Value error = answer.find("error");
  if (error.is_object()) {
    const Value code = error.find("grpc_code");
    return EtcdError(code_of(code.is_null() ? error.find("code") : code), text_of(error.find("message")));
  }
  const Value code = answer.find("code");
  if (error.is_string()) return EtcdError(code_of(code), text_of(error));
  if (!code.is_number() || !answer.find("message").is_string()) return std::nullopt;
  return EtcdError(code_of(code), text_of(answer.find("message")));
}

EtcdError error_of(int http_status, std::string_view body) {
  try {
    const auto document = agent::json::Document::parse(std::string(body));
    if (const auto error = error_in(document.root())) return *error;
  } catch (const agent::Error&) {  // a page of some proxy's
  }
  const std::string_view shown = body.substr(0, body.starts_with('<') ? 0 : kMostText);
  std::string text = "HTTP status " + std::to_string(http_status);
  if (!shown.empty()) text.append(": ").append(shown);
  return {code_of_status(http_status), text};
}

}  // namespace server::store
