#include <string>

#include "harness/report/report.h"

namespace steady::report {

std::string console_form(std::string_view message) {
  // "(service web) has started 2 tasks: (task a) (task b)." loses the parentheses round a noun and
  // its name; those of "(reason ...)" stay, since the console keeps them.
  std::string out;
  std::size_t i = 0;
  static constexpr std::string_view kNouns[] = {
      "service ",    "task ",     "elb ",  "target-group ",
      "deployment ", "instance ", "port ", "container-instance ",
      "taskSet "};
  while (i < message.size()) {
    if (message[i] == '(') {
      const std::size_t close = message.find(')', i);
      for (const auto noun : kNouns) {
        if (close != std::string_view::npos && message.substr(i + 1).starts_with(noun)) {
          out += message.substr(i + 1, close - i - 1);
          i = close + 1;
          break;
        }
      }
      if (i > 0 && message[i - 1] == ')') continue;
    }
    out += message[i++];
  }
  return out;
}

std::string xml_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\t') out += c;
    }
  }
  return out;
}

bool all_hold(const std::vector<expectations::Judgement>& judgements) {
  for (const auto& judgement : judgements) {
    if (!judgement.holds) return false;
  }
  return true;
}

}  // namespace steady::report
