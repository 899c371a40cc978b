#include "grok_library.hpp"

namespace logkit {

// Every name that configurations of such parsers commonly use, written for an engine without look-around.
std::string_view grok_patterns() {
  return R"re(
# words and numbers
WORD \w+
NOTSPACE \S+
SPACE \s*
DATA .*?
GREEDYDATA .*
INT [+-]?[0-9]+
POSINT [1-9][0-9]*
NONNEGINT [0-9]+
NUMBER [+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?
BASE10NUM %{NUMBER}
BASE16NUM [+-]?(?:0[xX])?[0-9A-Fa-f]+
BOOL (?i:true|false)
QUOTEDSTRING "(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'
QS %{QUOTEDSTRING}
UUID [0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}
USERNAME [a-zA-Z0-9._-]+
USER %{USERNAME}
EMAILLOCALPART [a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]+
EMAILADDRESS %{EMAILLOCALPART}@%{HOSTNAME}

# networks
MAC (?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}
IPV4 (?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])
IPV6 (?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{0,4}:){1,7}:?(?:[0-9A-Fa-f]{1,4}:){0,6}(?:[0-9A-Fa-f]{1,4}|%{IPV4})?(?:%[0-9A-Za-z]+)?
IP %{IPV4}|%{IPV6}
HOSTNAME [0-9A-Za-z](?:[0-9A-Za-z_-]{0,62})(?:\.[0-9A-Za-z][0-9A-Za-z_-]{0,62})*\.?
HOST %{HOSTNAME}
IPORHOST %{IPV4}|%{HOSTNAME}|%{IPV6}
HOSTPORT (?:%{IPORHOST}):%{POSINT}
UNIXPATH (?:/[^/\s]*)+
WINPATH (?:[A-Za-z]:|\\)(?:\\[^\\?*]*)+
PATH %{UNIXPATH}|%{WINPATH}
TTY /dev/(?:pts|tty[pq]?)/?[0-9]*
URIPROTO [A-Za-z][A-Za-z0-9+.-]*
URIHOST (?:%{IPORHOST})(?::[0-9]+)?
URIPATH (?:/[^\s?#]*)+
URIQUERY [^\s#]*
URIPARAM \?%{URIQUERY}
URIPATHPARAM %{URIPATH}(?:%{URIPARAM})?
URI %{URIPROTO}://(?:%{USER}(?::[^@\s]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?

# dates
MONTH (?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)
MONTHNUM 0?[1-9]|1[0-2]
MONTHNUM2 0[1-9]|1[0-2]
MONTHDAY 0[1-9]|[12][0-9]|3[01]|[1-9]
DAY (?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)
YEAR [0-9]{4}|[0-9]{2}
HOUR 2[0-4]|[01]?[0-9]
MINUTE [0-5][0-9]
SECOND (?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?
TIME (?:%{HOUR}):(?:%{MINUTE})(?::(?:%{SECOND}))?
DATE_US (?:%{MONTHNUM})[/-](?:%{MONTHDAY})[/-](?:%{YEAR})
DATE_EU (?:%{MONTHDAY})[./-](?:%{MONTHNUM})[./-](?:%{YEAR})
DATE %{DATE_US}|%{DATE_EU}
DATESTAMP (?:%{DATE})[- ]%{TIME}
TZ [A-Z]{3,4}
ISO8601_TIMEZONE Z|[+-](?:%{HOUR}):?(?:%{MINUTE})?
TIMESTAMP_ISO8601 [0-9]{4}-(?:%{MONTHNUM})-(?:%{MONTHDAY})[T ](?:%{HOUR}):?(?:%{MINUTE})(?::?(?:%{SECOND}))?(?:%{ISO8601_TIMEZONE})?
DATESTAMP_RFC822 %{DAY} %{MONTH} (?:%{MONTHDAY}) [0-9]{4} %{TIME} %{TZ}
DATESTAMP_RFC2822 %{DAY}, (?:%{MONTHDAY}) %{MONTH} [0-9]{4} %{TIME} (?:%{ISO8601_TIMEZONE})
DATESTAMP_OTHER %{DAY} %{MONTH} (?:%{MONTHDAY}) %{TIME} %{TZ} [0-9]{4}
DATESTAMP_EVENTLOG [0-9]{14}
HTTPDATE (?:%{MONTHDAY})/%{MONTH}/[0-9]{4}:%{TIME} [+-][0-9]{4}
SYSLOGTIMESTAMP %{MONTH} +(?:%{MONTHDAY}) %{TIME}

# logs
LOGLEVEL (?i:trace|debug|info(?:rmation)?|notice|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|severe|alert|emerg(?:ency)?)
PROG [^\s\[\]:/]+
SYSLOGPROG %{PROG:program}(?:\[%{POSINT:pid}\])?
SYSLOGHOST %{IPORHOST}
SYSLOGFACILITY <%{NONNEGINT:facility}\.%{NONNEGINT:priority}>
SYSLOGBASE %{SYSLOGTIMESTAMP:timestamp} (?:%{SYSLOGFACILITY} )?%{SYSLOGHOST:logsource} %{SYSLOGPROG}:
SYSLOGLINE %{SYSLOGBASE} %{GREEDYDATA:message}
JAVACLASS (?:[a-zA-Z$_][a-zA-Z$_0-9]*\.)*[a-zA-Z$_][a-zA-Z$_0-9]*
JAVAFILE [A-Za-z0-9_. -]+
JAVAMETHOD <init>|<clinit>|[a-zA-Z$_][a-zA-Z$_0-9]*
JAVASTACKTRACEPART \s+at %{JAVACLASS:class}\.%{JAVAMETHOD:method}\(%{JAVAFILE:file}(?::%{NUMBER:line})?\)
HTTPUSER %{EMAILADDRESS}|%{USER}
COMMON_LOG_FORMAT %{NOTSPACE:client_ip} %{NOTSPACE:ident} %{NOTSPACE:auth} \[%{HTTPDATE:ts:date}\] "(?:%{WORD:verb} %{NOTSPACE:request}(?: HTTP/%{NUMBER:http_version:float})?|%{DATA})" %{NUMBER:resp_code} (?:%{NUMBER:resp_bytes:long}|-)
COMBINED_LOG_FORMAT %{COMMON_LOG_FORMAT} %{QS:referrer} %{QS:agent}
COMMONAPACHELOG %{IPORHOST:clientip} %{NOTSPACE:ident} %{NOTSPACE:auth} \[%{HTTPDATE:timestamp}\] "(?:%{WORD:verb} %{NOTSPACE:request}(?: HTTP/%{NUMBER:httpversion})?|%{DATA:rawrequest})" %{NUMBER:response} (?:%{NUMBER:bytes}|-)
COMBINEDAPACHELOG %{COMMONAPACHELOG} %{QS:referrer} %{QS:agent}
NGINX_ACCESS_LOG %{COMBINED_LOG_FORMAT}
NGINX_ERROR_LOG %{DATA:timestamp} \[%{LOGLEVEL:level}\] %{POSINT:pid:long}#%{NONNEGINT:tid:long}: (?:\*%{NONNEGINT:connection:long} )?%{GREEDYDATA:message}
REDISLOG \[%{POSINT:pid}\] (?:%{MONTHDAY}) %{MONTH} %{TIME} \* %{GREEDYDATA:message}
POSTGRESQL %{DATESTAMP:timestamp} %{TZ} %{DATA:user_id} %{GREEDYDATA:connection_id} %{POSINT:pid}
)re";
}

}  // namespace logkit
