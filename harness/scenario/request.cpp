#include "harness/scenario/parts.h"
#include "sim/cloud/elb/rules.h"

namespace steady::scenario {

/// What the requests of a source ask for: a URL, or an object.
void read_request(json::Reader& source, HttpRequest& out) {
  const Json* value = source.get("request");
  if (value == nullptr) return;
  const auto read = [&](const std::string& url, const std::string& pointer) {
    if (!url.starts_with('/') && url.find("://") == std::string::npos) {
      source.findings().error("E1003", pointer, "'" + url + "' is no URL",
                              "\"/path\" or \"http://host/path?key=value\"");
      return;
    }
    read_url(url, out);
  };
  if (value->is_string()) return read(value->get<std::string>(), source.pointer("request"));
  json::Reader reader(*value, source.pointer("request"), source.findings(), "a request");
  std::string url;
  if (reader.read("url", url)) read(url, reader.pointer("url"));
  reader.read("method", out.method);
  if (const Json* headers = reader.get("headers")) {
    if (!headers->is_object())
      reader.error("E1003", "headers", "an object is expected here", "{ \"X-Canary\": \"yes\" }");
    else
      for (const auto& [name, text] : headers->items()) {
        if (text.is_string()) {
          out.headers.emplace_back(name, text.get<std::string>());
        } else {
          source.findings().error("E1003", json::child_pointer(reader.pointer("headers"), name),
                                  "a text is expected here");
        }
      }
  }
  if (reader.read("sourceIp", out.source_ip) && !elb::is_block(out.source_ip + "/0"))
    reader.error("E1003", "sourceIp", "'" + out.source_ip + "' is no IP address");
  reader.finish();
}

}  // namespace steady::scenario
