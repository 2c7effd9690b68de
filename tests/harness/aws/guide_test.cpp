#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "harness/aws/fields.h"
#include "tests/support/catch.h"

using namespace steady;

namespace {

/// The page of the user guide, made from the table in the code.
std::string page() {
  std::string text =
      "# AWS's members that change no result, and those that are refused\n\n"
      "Made from `harness/aws/fields.def` (a test keeps both equal). Members that are in neither "
      "list and not refused as unknown are modelled,\n"
      "or printed by Describe only: those are accepted in input, so that printed objects can be "
      "pasted, and dropped.\n\n"
      "| AWS's shape | kept: accepted, given back by Describe | refused, because it would need "
      "|\n|---|---|---|\n";
  std::vector<std::string_view> shapes;
  for (const auto& field : aws::fields_table()) {
    if (std::find(shapes.begin(), shapes.end(), field.shape) == shapes.end())
      shapes.push_back(field.shape);
  }
  for (const auto shape : shapes) {
    std::string kept, refused;
    for (const auto& field : aws::fields_table()) {
      if (field.shape != shape) continue;
      const std::string name = "`" + std::string(field.name) + "`";
      const std::string note(field.note);
      if (field.of == aws::FieldClass::kKept)
        kept += (kept.empty() ? "" : ", ") + name + (note.empty() ? "" : " (" + note + ")");
      if (field.of == aws::FieldClass::kRefused)
        refused += (refused.empty() ? "" : "; ") + name + ": " + note;
    }
    if (!kept.empty() || !refused.empty())
      text += "| " + std::string(shape) + " | " + kept + " | " + refused + " |\n";
  }
  return text;
}

}  // namespace

// product.md: what is accepted without effect is listed in the user guide. UPDATE_GOLDEN=1 rewrites
// the page.
TEST_CASE("the user guide lists every member that is kept or refused", "[aws][docs]") {
  const std::string path = std::string(STEADY_SOURCE_DIR) + "/harness/docs/aws-fields.md";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << page();
  std::ifstream file(path);
  std::ostringstream there;
  there << file.rdbuf();
  CHECK(there.str() == page());
}
