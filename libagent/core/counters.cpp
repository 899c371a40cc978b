#include "core/counters.hpp"

namespace agent::core {

Counters::Counters(metrics::Registry& registry)
    : received_messages(registry.counter("agent_received_messages_total", "Messages received in sessions")),
      received_bytes(registry.counter("agent_received_bytes_total", "Bytes of these messages, as JSON")),
      sent_messages(registry.counter("agent_sent_messages_total", "Messages sent in sessions")),
      sent_bytes(registry.counter("agent_sent_bytes_total", "Bytes of these messages, as JSON")),
      bad_messages(registry.counter("agent_bad_messages_total", "Messages that could not be understood")),
      ignored_messages(
          registry.counter("agent_ignored_messages_total", "Messages of a type without a handler")),
      failed_calls(registry.counter("agent_failed_calls_total", "Calls that were answered with an error")),
      cancelled_calls(
          registry.counter("agent_cancelled_calls_total", "Calls whose caller has given them up")),
      dropped_replies(registry.counter("agent_dropped_replies_total", "Replies whose session had ended")),
      dropped_reports(
          registry.counter("agent_dropped_reports_total", "Reports beyond the bound of the queue")),
      resent_messages(registry.counter("agent_resent_messages_total",
                                       "Kept replies that were sent in an earlier session, too")),
      duplicate_requests(registry.counter("agent_duplicate_requests_total",
                                          "Requests whose call was known already and not started again")),
      failed_attempts(
          registry.counter("agent_failed_attempts_total", "Attempts to connect without a session")),
      reconnects(registry.counter("agent_reconnects_total", "Sessions after the first")),
      connected(registry.gauge("agent_connected", "1 while a session lasts")),
      running_calls(registry.gauge("agent_running_calls", "Calls whose handler has not finished")),
      kept_bytes(
          registry.gauge("agent_kept_bytes", "Bytes of replies that the server has not acknowledged")) {}

}  // namespace agent::core
