// The sender http: posts records.
//
//   http_sender_url           required; http:// or https://
//   http_sender_protocol      json, body_json, csv, raw (post_body.hpp)
//   http_sender_template      a text with {{field}}: one line a record, instead of the protocol
//   http_sender_csv_head      true
//   http_sender_csv_split     ","; a tab when it is empty
//   http_sender_gzip          false
//   http_sender_timeout       30s
//   http_sender_headers       {"Authorization": "Bearer …"}
//   http_sender_ca            PEM file of who may sign the receiver's certificate
//
// What answers mean: http_answer.hpp.
#pragma once

#include "record_sender.hpp"

namespace logkit {

std::unique_ptr<RecordSender> make_http_sender(const PartOptions& options, const WriteRights& rights);

}  // namespace logkit
