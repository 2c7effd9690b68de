#pragma once

namespace steady {

/// 128 bits, for exact products of two 64-bit numbers. GCC and Clang have it on every 64-bit
/// machine; the standard has not, hence the marker that keeps -Wpedantic quiet.
__extension__ typedef unsigned __int128 Uint128;
__extension__ typedef __int128 Int128;

}  // namespace steady
