# OpenSSL 3.0, Apache-2.0. TLS, digests, random bytes. May appear in libagent/net/tls.cpp and
# libagent/base/digest.cpp.
find_package(OpenSSL 3.0 REQUIRED)
