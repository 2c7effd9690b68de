#pragma once
// The only file that names the Catch2 header (version 2.13).
#include <catch2/catch.hpp>
