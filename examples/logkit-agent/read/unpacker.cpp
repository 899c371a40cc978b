#include "unpacker.hpp"

namespace logkit {

Packing packing_of(std::string_view path) {
  if (path.ends_with(".tar.gz") || path.ends_with(".tar.zst")) return Packing::none;
  if (path.ends_with(".gz")) return Packing::gzip;
  return path.ends_with(".zst") ? Packing::zstd : Packing::none;
}

std::unique_ptr<Unpacker> make_unpacker(Packing packing) {
  return packing == Packing::gzip ? make_gzip_unpacker() : make_zstd_unpacker();
}

}  // namespace logkit
