#include "harness/aws/spelling.h"

#include <string>

namespace steady::aws {
namespace {

void rename(Json& object, const char* from, const char* to) {
  const auto found = object.find(from);
  if (found == object.end() || object.contains(to)) return;
  Json value = *found;
  object.erase(from);
  object[to] = std::move(value);
}

/// ["i-1"] -> [{"InstanceId": "i-1"}]
void objects_of(Json& object, const char* list, const char* member) {
  const auto found = object.find(list);
  if (found == object.end() || !found->is_array()) return;
  for (auto& item : *found) {
    if (item.is_string()) item = Json{{member, item}};
  }
}

/// [{"ZoneName": "us-east-1a", "SubnetId": "subnet-1"}] -> ["us-east-1a"]
void plain_texts(Json& object, const char* list, const char* member) {
  const auto found = object.find(list);
  if (found == object.end() || !found->is_array()) return;
  for (auto& item : *found) {
    if (item.is_object() && item.contains(member)) item = Json(item[member]);
  }
}

/// describe-task-definition has the definition inside and the tags beside it.
void unwrap_definition(Json& object) {
  const auto inner = object.find("taskDefinition");
  if (inner == object.end() || !inner->is_object()) return;
  Json definition = *inner;
  object.erase("taskDefinition");
  for (const auto& [key, value] : object.items()) {
    if (!definition.contains(key)) definition[key] = value;
  }
  object = std::move(definition);
}

/// The agent's own call names the machine by a document; an instance's id or alias will do.
void instance_of_document(Json& object) {
  const auto found = object.find("instanceIdentityDocument");
  if (found == object.end() || !found->is_string() || object.contains("containerInstance")) return;
  const std::string document = found->get<std::string>();
  const auto at = document.find("\"i-");
  const auto end = at == std::string::npos ? at : document.find('"', at + 1);
  object.erase("instanceIdentityDocument");
  object["containerInstance"] =
      end == std::string::npos ? document : document.substr(at + 1, end - at - 1);
}

void listeners_of_descriptions(Json& object) {
  const auto found = object.find("ListenerDescriptions");
  if (found == object.end() || !found->is_array() || object.contains("Listeners")) return;
  Json listeners = Json::array();
  for (const auto& description : *found) {
    const bool wrapped = description.is_object() && description.contains("Listener");
    listeners.push_back(wrapped ? description["Listener"] : description);
    if (wrapped && listeners.back().is_object() && description.contains("PolicyNames"))
      listeners.back()["PolicyNames"] = description["PolicyNames"];
  }
  object.erase("ListenerDescriptions");
  object["Listeners"] = std::move(listeners);
}

}  // namespace

void spell_out(std::string_view shape, Json& object) {
  if (!object.is_object()) return;
  if (shape == "TaskDefinition") unwrap_definition(object);
  if (shape == "ContainerInstanceInput") instance_of_document(object);
  if (shape == "ClassicLoadBalancer") listeners_of_descriptions(object);
  if (shape == "ClassicInstances") objects_of(object, "Instances", "InstanceId");
  if (shape == "Targets") objects_of(object, "Targets", "Id");
  if (shape == "TargetGroup") rename(object, "TargetGroupName", "Name");
  if (shape == "LoadBalancerV2") {
    rename(object, "LoadBalancerName", "Name");
    plain_texts(object, "AvailabilityZones", "ZoneName");
  }
  if (shape == "LoadBalancer") rename(object, "classicLoadBalancer", "loadBalancerName");
}

}  // namespace steady::aws
