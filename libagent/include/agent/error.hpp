// Error: the one exception type of libagent. Programs that use it throw it, too: what a handler throws
// becomes the error reply of its call.
//
// The message reads from the general to the cause: `read /etc/x.conf: line 3: unknown unit 'Q'`. It never
// contains a secret.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace agent {

// What kind of thing went wrong. Closed: every place that answers errors (HTTP status, exit code,
// retry or not) switches over all of it.
enum class Errc {
  bad_config,    // a setting is missing, wrong or contradicts another: exit code 78
  bad_message,   // input from a peer that cannot be understood
  too_large,     // input or output beyond a named limit
  not_found,     // the named thing does not exist
  wrong_type,    // the named agent exists but is of another type
  refused,       // the peer understood and said no
  denied,        // credentials are missing or wrong
  busy,          // try again later
  too_many,      // as much at once as may be: try again later
  timeout,       // no answer in time
  cancelled,     // the caller gave up
  disconnected,  // the connection or the agent behind it is gone
  io,            // a file or a system call failed
};

// The name above, for logs: "bad_config".
std::string_view to_string(Errc code);

// A value: copying it does not throw.
class Error : public std::runtime_error {
 public:
  Error(Errc code, const std::string& message);

  Errc code() const { return code_; }

  // The whole message. what() ends at its first NUL, and texts from the network may have some. For whatever
  // goes on to a peer or a client.
  std::string_view text() const { return whole_ ? std::string_view(*whole_) : std::string_view(what()); }

  // The same error with what was being done put in front: "come: " + "id: too long".
  Error within(std::string_view context) const;

 private:
  Errc code_;
  std::shared_ptr<const std::string> whole_;  // of a message that what() cuts off
};

// Errc::io with the system's reason for an errno value: "open /x: No such file or directory".
Error system_error(std::string_view what, int errno_value);

}  // namespace agent
