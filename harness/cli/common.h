#pragma once

#include <fstream>
#include <iostream>
#include <string>

namespace steady::cli {

/// Opens PATH for a result ("-" is stdout) and lets `write` fill it; false, with a message, if it
/// can't.
template <class Write>
bool write_result(const std::string& path, Write write) {
  if (path == "-") {
    write(std::cout);
    std::cout.flush();
    if (std::cout) return true;
  } else {
    std::ofstream file(path, std::ios::binary);
    if (file) {
      write(file);
      file.flush();
    }
    if (file) return true;
  }
  std::cerr << "steady: cannot write '" << path << "'\n";
  return false;
}

}  // namespace steady::cli
