#include "base/spool_format.hpp"

#include <zlib.h>

#include <initializer_list>

namespace agent::spool {
namespace {

constexpr std::string_view kMagic = "agspool1";

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

std::uint64_t get(std::string_view bytes, std::size_t offset, int count) {
  std::uint64_t value = 0;
  for (int i = count - 1; i >= 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[offset + static_cast<std::size_t>(i)]);
  }
  return value;
}

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

// "agspool1", the numbers, and the checksum of both.
std::string encode_numbers(std::initializer_list<std::uint64_t> numbers) {
  std::string out(kMagic);
  for (const std::uint64_t number : numbers) put(out, number, 8);
  put(out, checksum(out), 4);
  return out;
}

bool are_valid(std::string_view bytes, std::size_t count) {
  const std::size_t size = kMagic.size() + 8 * count;
  return bytes.size() >= size + 4 && bytes.starts_with(kMagic) &&
         get(bytes, size, 4) == checksum(bytes.substr(0, size));
}

std::uint64_t number_at(std::string_view bytes, std::size_t index) {
  return get(bytes, kMagic.size() + 8 * index, 8);
}

std::optional<Position> decode_slot(std::string_view bytes) {
  if (!are_valid(bytes, 6)) return std::nullopt;
  return Position{number_at(bytes, 0), number_at(bytes, 1), number_at(bytes, 2),
                  number_at(bytes, 3), number_at(bytes, 4), number_at(bytes, 5)};
}

}  // namespace

std::string encode_head(const FileHead& head) { return encode_numbers({head.spool, head.first, head.after}); }

std::optional<FileHead> decode_head(std::string_view bytes) {
  if (!are_valid(bytes, 3)) return std::nullopt;
  return FileHead{number_at(bytes, 0), number_at(bytes, 1), number_at(bytes, 2)};
}

std::string encode_position(const Position& position) {
  std::string slot = encode_numbers(
      {position.spool, position.turn, position.gone, position.judged, position.dropped, position.boot});
  slot.resize(kSlotSize, '\0');
  return slot;
}

std::optional<Position> decode_positions(std::string_view bytes) {
  const std::optional<Position> one = decode_slot(bytes.substr(0, kSlotSize));
  const std::optional<Position> other =
      bytes.size() < kSlotSize ? std::nullopt : decode_slot(bytes.substr(kSlotSize));
  if (!one || !other) return one ? one : other;
  return one->turn > other->turn ? one : other;
}

void append_record(std::string& out, std::uint64_t number, std::string_view data) {
  std::string head;
  put(head, data.size(), 4);
  put(head, number, 8);
  put(head, checksum(data), 4);
  put(out, checksum(head), 4);
  out += head;
  out += data;
}

Step read_step(std::string_view bytes, std::uint64_t after) {
  if (bytes.size() < kRecordHeadSize) return {};
  const std::size_t length = get(bytes, 4, 4);
  const std::uint64_t number = get(bytes, 8, 8);
  const bool is_head = number > after && get(bytes, 0, 4) == checksum(bytes.substr(4, kRecordHeadSize - 4));
  if (!is_head) return {Step::Kind::damaged, 1};
  const std::size_t size = kRecordHeadSize + length;
  if (bytes.size() < size) return {Step::Kind::cut_off, size};
  const std::string_view data = bytes.substr(kRecordHeadSize, length);
  if (get(bytes, 16, 4) != checksum(data)) return {Step::Kind::damaged, size};
  return {Step::Kind::record, size, number, data};
}

}  // namespace agent::spool
