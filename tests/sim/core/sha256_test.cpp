#include "sim/core/sha256.h"

#include <string>

#include "tests/support/catch.h"

using namespace steady;

// FIPS 180-4's examples; anybody can check a scenario's name with sha256sum.
TEST_CASE("sha256 gives the published digests", "[sha256]") {
  CHECK(Sha256::of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Sha256::of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Sha256::of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(Sha256::of(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// The padding's edges are at 55, 56 and 64 bytes, and pieces may end anywhere.
TEST_CASE("how the bytes were cut does not matter", "[sha256]") {
  for (std::size_t length = 0; length <= 200; ++length) {
    const std::string text(length, 'x');
    const std::string whole = Sha256::of(text);
    for (const std::size_t piece : {1U, 7U, 63U, 64U, 65U}) {
      Sha256 hash;
      for (std::size_t at = 0; at < length; at += piece) hash.update(text.substr(at, piece));
      REQUIRE(hash.hex() == whole);
    }
  }
}

TEST_CASE("a digest in between leaves the hash as it was", "[sha256]") {
  Sha256 hash;
  hash.update("ab");
  CHECK(hash.hex() == Sha256::of("ab"));
  hash.update("c");
  CHECK(hash.hex() == Sha256::of("abc"));
}
