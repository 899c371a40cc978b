# OpenSSL 3.0, Apache-2.0. TLS, digests, random bytes, the originals' password cipher.
# Headers: openssl/*
# May appear in: libagent/net/tls.cpp libagent/base/digest.cpp libagent/base/password.cpp
find_package(OpenSSL 3.0 REQUIRED)
