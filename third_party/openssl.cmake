# OpenSSL 3.0, Apache-2.0. TLS, digests, the originals' password cipher.
# Headers: openssl/*
# May appear in: libagent/net/certificate.cpp libagent/net/shown_certificate.cpp libagent/net/tls.cpp libagent/base/digest.cpp libagent/base/password.cpp libagent/base/openssl_on_demand_posix.cpp
find_package(OpenSSL 3.0 REQUIRED)

# What libagent links: OpenSSL itself, or in a program of agent_program() stand-ins that load it at first use.
add_library(agent_openssl INTERFACE)
target_link_libraries(agent_openssl INTERFACE
  $<IF:$<BOOL:$<TARGET_PROPERTY:OPENSSL_ON_DEMAND>>,agent_openssl_on_demand,OpenSSL::SSL>)
