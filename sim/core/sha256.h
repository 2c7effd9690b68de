#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace steady {

/// SHA-256 (FIPS 180-4), for naming scenarios and comparing runs; not for secrets.
class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  /// The digest of all so far in lower-case hexadecimal; more may be added after.
  std::string hex() const;
  static std::string of(std::string_view bytes);

 private:
  void block(const unsigned char* data);
  std::array<std::uint32_t, 8> state_;
  std::array<unsigned char, 64> buffer_{};
  std::size_t buffered_ = 0;
  std::uint64_t length_ = 0;
};

}  // namespace steady
