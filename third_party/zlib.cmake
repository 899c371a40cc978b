# zlib 1.2, zlib licence. permessage-deflate, gzip and CRC-32.
# Headers: zlib.h
# May appear in: libagent/net/deflate.cpp libagent/base/data_codec.cpp libagent/base/spool_format.cpp examples/logkit-agent/send/gzip.cpp examples/logkit-agent/read/unpack_gzip.cpp
find_package(ZLIB REQUIRED)
