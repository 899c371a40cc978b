// HttpAnswer: what a receiver answered, and what that means for the records. Pure.
//
//   2xx                            taken
//   nothing, 1xx, 3xx, 5xx, 408, 425, 429   tried again, after Retry-After if there is one
//   401, 403, 404, 405, 407, 410   tried again, too: a wrong token or address is no fault of the records
//   413                            fewer at once
//   other 4xx                      one of the records is not acceptable
#pragma once

#include <chrono>
#include <string>

#include "record_sender.hpp"

namespace logkit {

struct HttpAnswer {
  int status = 0;                      // 0: there was none
  std::string text;                    // the beginning of the body, or why there was no answer
  std::chrono::seconds retry_after{};  // 0: the receiver did not say
};

SendResult judge(const HttpAnswer& answer);

}  // namespace logkit
